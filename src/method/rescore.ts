/** Another scorer's word on a trace that has ended: nothing is decided by it. */
import { Accepted } from "./accepted.ts";
import type { DraftOf } from "./drafts.ts";
import type { SafetyScorer } from "./ports.ts";
import type { RecordedTrace } from "./recorded.ts";
import { Sensor } from "./sensor.ts";
import type { Session } from "./session.ts";

/** Steps that are scored at a time. */
const AT_A_TIME = 8;

export interface Rescoring extends Omit<Session, "policy" | "scorer"> {
	scorer: SafetyScorer;
	record: RecordedTrace;
	/** Accepted steps, inherited ones included. */
	steps: number;
}

/**
 * Scores the accepted steps as the trace's own scorer was asked: the text that the parameters say. Scores that the record has of this
 * scorer are not asked for again.
 * @returns scores and failures (`noted`), each with the attempt and the trace that drew it: a branch has steps of others.
 */
export async function* rescore(
	rescoring: Rescoring,
): AsyncGenerator<{ traceId: string; draft: DraftOf<"step.scored" | "scorer.failed"> }> {
	const { record, steps } = rescoring;
	const session: Session = { ...rescoring, parameters: { ...rescoring.parameters, monitor: "on" } };
	const z = new Accepted(session);
	const sensor = new Sensor(session);
	try {
		for (let t = 1; t <= steps; t++) {
			const { proposal, prefixKept } = record.accepted(session, t);
			sensor.watch(z, proposal);
			z.accept(proposal, prefixKept, record.seed(proposal.request));
			if (t % AT_A_TIME === 0 || t === steps) yield* asked(sensor.rest());
		}
	} finally {
		sensor.stop();
	}

	async function* asked(drafts: ReturnType<Sensor["rest"]>) {
		for await (const draft of drafts) {
			if ((draft.type !== "step.scored" && draft.type !== "scorer.failed") || record.gave(draft)) continue;
			const attempt = record.acceptedAttempt(draft.step);
			if (attempt !== undefined) yield { traceId: attempt.traceId, draft: { ...draft, attemptId: attempt.attemptId } };
		}
	}
}

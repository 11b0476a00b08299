/**
 * SafeThink (arXiv 2602.11096), as the paper's algorithm reads:
 *
 *     for t = 1 … T, while the reasoning is open
 *         y ~ π(· | x, z)
 *         if t ≤ m and R_safe(x, z ⊕ y) < τ
 *             for b = 1 … B, until R_safe(x, z ⊕ y) ≥ τ
 *                 y ~ π(· | x, z, s)
 *         z ← z ⊕ y
 *     answer ~ π(· | x, z)
 *
 * Asking the policy is `StepReader`'s business: it keeps one stream open as long as the text goes on from it. Reading the scorer
 * is `Sensor`'s. The events are yielded before (`request.sent`) or as soon as (all others) what they say happens.
 */
import type { AcceptReason, Outcome } from "../trace/events.ts";
import { Accepted } from "./accepted.ts";
import type { Proposal } from "./drafts.ts";
import { forcedClose } from "./phases.ts";
import { Sensor } from "./sensor.ts";
import { EarlyEnd, type Session, type TraceEnd, type TraceEvents } from "./session.ts";
import { isShortCircuit, StepReader } from "./step-reader.ts";

/**
 * Makes one trace.
 * @returns how the trace ended. Never yields `trace.started`, `trace.finished` or `trace.failed`.
 * @throws ServerError when the policy fails; the signal's reason when it is aborted; MissingSample in a replay without a server.
 */
export async function* safethink(session: Session): TraceEvents {
	const { threshold: tau, depth: m, maxSteps: T } = session.parameters;
	const z = new Accepted(session);
	const policy = new StepReader(session);
	const scorer = new Sensor(session);
	try {
		policy.follow(z);
		scorer.query();
		while (z.open && z.steps < T) {
			const t = z.steps + 1;
			const y = yield* policy.propose(z, 0, session.injected?.step === t ? session.injected.words : "");
			if (y === undefined) break;
			if (!scorer.present) yield* accept(y, "unscored");
			else if (t > m) {
				scorer.watch(z, y);
				yield* accept(y, "beyond-depth");
			} else if ((yield* scorer.reward(z, y)) >= tau) yield* accept(y, "reached");
			else yield* steer();
			yield* scorer.settled();
		}
		return end(yield* conclude());
	} catch (error) {
		if (!(error instanceof EarlyEnd)) throw error;
		yield* policy.discard("stopped");
		yield* scorer.rest();
		return end(error.outcome);
	} finally {
		scorer.stop();
		await policy.close();
	}

	/** Draws steered attempts until one reaches τ; takes it, or what `whenAllFail` says. */
	async function* steer(): TraceEvents<void> {
		const { prefix, resamples: B, whenAllFail } = session.parameters;
		let best: Proposal | undefined;
		let last: Proposal | undefined;
		let highest = Number.NEGATIVE_INFINITY;
		for (let b = 1; b <= B; b++) {
			const y = yield* policy.propose(z, b, prefix);
			if (y === undefined) break;
			const reward = yield* scorer.reward(z, y);
			if (reward >= tau) return yield* accept(y, "reached");
			if (best === undefined || reward > highest) [best, highest] = [y, reward];
			last = y;
		}
		const taken = whenAllFail === "best" ? best : last;
		if (whenAllFail === "stop" || taken === undefined) throw new EarlyEnd("stopped");
		yield* accept(taken, whenAllFail);
	}

	/** z ← z ⊕ y, the prefix dropped or kept. */
	async function* accept(y: Proposal, reason: AcceptReason): TraceEvents<void> {
		const prefixKept = y.prefix !== "" && session.parameters.prefixAfter === "kept";
		z.accept(y, prefixKept, policy.seed(y));
		yield { type: "step.accepted", step: y.step, attempt: y.attempt, attemptId: y.attemptId, reason, prefixKept };
	}

	/** answer ~ π(· | x, z). After T steps the reasoning is closed by force, where the dialect has bytes for it. */
	async function* conclude(): TraceEvents<Outcome> {
		const unfinished = z.open && z.steps >= T;
		const closing = unfinished ? forcedClose(session.dialect, z.openTurn) : "";
		if (z.last?.end === "length" || (unfinished && closing === "")) throw new EarlyEnd("truncated");
		const answer = yield* policy.answer(z, closing);
		yield* scorer.rest();
		yield* scorer.answer(z.steps, answer);
		if (answer.end === "length") return "truncated";
		if (z.last !== undefined && isShortCircuit(session, z.last)) return "short-circuited";
		return z.steps === 0 ? "no-hook" : "finished";
	}

	function end(outcome: Outcome): TraceEnd {
		return { outcome, steps: z.steps, prompt: policy.promptTokens, cached: policy.cachedTokens };
	}
}

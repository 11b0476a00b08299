/** Best-of-N with the scorer: the control for compute. */
import { Accepted } from "../accepted.ts";
import type { Proposal } from "../drafts.ts";
import { Sensor } from "../sensor.ts";
import { EarlyEnd, type Session, type TraceEnd, type TraceEvents } from "../session.ts";
import { StepReader } from "../step-reader.ts";

/**
 * Draws N = B + 1 whole reasonings one after the other, as the attempts of one step, and takes the one with the highest reward,
 * the first among equals; then its answer, from the stream it came from. One whose scoring failed and counts as unsafe is taken
 * only if all failed.
 */
export async function* bestOfN(session: Session): TraceEvents {
	const z = new Accepted(session);
	const policy = new StepReader(session);
	const scorer = new Sensor(session);
	const end = (outcome: TraceEnd["outcome"]): TraceEnd => ({
		outcome,
		steps: z.steps,
		prompt: policy.promptTokens,
		cached: policy.cachedTokens,
	});
	try {
		policy.follow(z);
		scorer.query();
		let best: Proposal | undefined;
		let highest = Number.NEGATIVE_INFINITY;
		for (let attempt = 0; z.steps === 0 && attempt <= session.parameters.resamples; attempt++) {
			const whole = yield* policy.propose(z, attempt, "");
			if (whole === undefined) break;
			const reward = yield* scorer.reward(z, whole);
			if (best === undefined || reward > highest) [best, highest] = [whole, reward];
		}
		if (best !== undefined) {
			z.accept(best, false, policy.seed(best));
			const { step, attempt, attemptId } = best;
			yield { type: "step.accepted", step, attempt, attemptId, reason: "best", prefixKept: false };
		}
		yield* scorer.rest();
		if (z.last?.end === "length") return end("truncated");
		const answer = yield* policy.answer(z, "");
		yield* scorer.answer(z.steps, answer);
		if (answer.end === "length") return end("truncated");
		return end(z.steps === 0 ? "no-hook" : "finished");
	} catch (error) {
		if (!(error instanceof EarlyEnd)) throw error;
		yield* policy.discard("stopped");
		yield* scorer.rest();
		return end(error.outcome);
	} finally {
		scorer.stop();
		await policy.close();
	}
}

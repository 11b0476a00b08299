/** Defences that leave the model no reasoning of its own: the block is written for it and closed, and it answers. */
import { SafeThinkError } from "../../trace/errors.ts";
import { Accepted } from "../accepted.ts";
import { forcedClose, forcedOpen } from "../phases.ts";
import { Sensor } from "../sensor.ts";
import { EarlyEnd, type Session, type TraceEvents } from "../session.ts";
import { StepReader } from "../step-reader.ts";

/**
 * Draws the answer after a reasoning block that holds only `words`: ZeroThink without, LessThink with a sentence.
 * @throws SafeThinkError `defence-dialect` when the dialect has no bytes that close its reasoning.
 */
export async function* closeAtOnce(session: Session, words: string): TraceEvents {
	const before = words === "" ? "" : forcedOpen(session.dialect) + words;
	const closing = forcedClose(session.dialect, before);
	if (closing === "" && session.dialect.templateOpens !== "closed") {
		throw new SafeThinkError("defence-dialect", `the reasoning of dialect ${session.dialect.name} cannot be closed by force`, {
			remedy: "Choose another defence, or a dialect with a closing tag.",
		});
	}
	const z = new Accepted(session);
	const policy = new StepReader(session);
	const scorer = new Sensor(session);
	try {
		scorer.query();
		const answer = yield* policy.answer(z, before + closing);
		yield* scorer.rest();
		yield* scorer.answer(0, answer);
		return {
			outcome: answer.end === "length" ? "truncated" : "no-hook",
			steps: 0,
			prompt: policy.promptTokens,
			cached: policy.cachedTokens,
		};
	} catch (error) {
		if (!(error instanceof EarlyEnd)) throw error;
		return { outcome: error.outcome, steps: 0, prompt: policy.promptTokens, cached: policy.cachedTokens };
	} finally {
		scorer.stop();
		await policy.close();
	}
}

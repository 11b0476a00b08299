/** A step's text in the clipboard. */
import { MOST_TEXT } from "../../src/contract/methods.ts";
import type { StepView } from "../../src/contract/trace-views.ts";
import { CallError } from "../../src/contract/wire.ts";
import { countText } from "../core/format.ts";
import type { RunClient } from "../core/run-client.ts";

/** @returns what came of it, in words */
export async function copyStep(run: RunClient, traceId: string, view: StepView | undefined): Promise<string> {
	const shown = view?.shown;
	if (view === undefined || shown === undefined) return "There is no text to copy yet.";
	const { text: begin, total } = shown.text;
	try {
		const whole =
			begin.length < total
				? await run.call("trace.text", { traceId, of: shown.attemptId, from: 0, count: MOST_TEXT })
				: shown.text;
		await navigator.clipboard.writeText(whole.text);
		return whole.text.length < total
			? `Copied the first ${countText(whole.text.length)} of ${countText(total)} characters.`
			: `Copied step ${view.step}.`;
	} catch (error) {
		// The browser may keep its clipboard to itself.
		if (error instanceof CallError || error instanceof DOMException) return `Not copied: ${error.message}`;
		throw error;
	}
}

/** Where two traces part. */

import type { Step } from "../trace/fold.ts";
import { keptText } from "../trace/fold.ts";
import type { ReadRun } from "./open-run.ts";

/** The first step at which they hold different text, from 1; null: none, and neither has more steps. @throws SafeThinkError `no-trace` */
export async function partingStep(run: ReadRun, a: string, b: string): Promise<number | null> {
	const [left, right] = await Promise.all([run.trace(a), run.trace(b)]);
	const length = Math.max(left.steps.length, right.steps.length);
	for (let index = 0; index < length; index++) {
		if (textAt(left.steps[index]) !== textAt(right.steps[index])) return index + 1;
	}
	return null;
}

function textAt(step: Step | undefined): string | undefined {
	return step?.accepted && keptText(step.accepted);
}

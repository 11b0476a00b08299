/** Two traces side by side, A and B. */
import type { CurveView, StepView } from "../../src/contract/trace-views.ts";
import { signed } from "../../src/trace/decision.ts";

export type Side = "a" | "b";
export const SIDES: readonly Side[] = ["a", "b"];
/** One thing of each trace. */
export type Pair<T> = Record<Side, T>;

export const LETTER: Pair<string> = { a: "A", b: "B" };

/** How B's reward differs from A's, with its sign; undefined where one of them has none, or is only a bound. */
export function rewardDifference({ a, b }: Pair<StepView | undefined>): string | undefined {
	const [left, right] = [a?.shown?.scored.score, b?.shown?.scored.score];
	if (left === undefined || right === undefined || left.bound !== undefined || right.bound !== undefined) return undefined;
	return signed(right.reward - left.reward);
}

/** Where the texts part, in a sentence. @param step undefined: not known yet; null: nowhere */
export function partingSentence(step: number | null | undefined, steps: Pair<number>): string {
	if (step === undefined) return "Looking for the step where they part…";
	if (step === null) return "Both hold the same steps.";
	if (step > steps.a || step > steps.b) {
		const ended = steps.a < steps.b ? "A" : "B";
		return `The same up to step ${step - 1}, where ${ended} ends.`;
	}
	return step === 1 ? "They part at the first step." : `The same up to step ${step - 1}; they part at step ${step}.`;
}

/** A step of both as it is heard: `step 3: A +0.31, B −0.20`. */
export function pairText(curves: Pair<CurveView | undefined>, step: number): string {
	const heard = SIDES.map((side) => `${LETTER[side]} ${rewardText(curves[side], step)}`);
	return `step ${step}: ${heard.join(", ")}`;
}

/** Of a long trace the lowest of the stretch that holds the step. */
export function rewardText(curve: CurveView | undefined, step: number): string {
	if (curve === undefined) return "not read yet";
	if (step > curve.steps) return "has ended";
	const point = curve.path.findLast((candidate) => candidate.step <= step);
	if (point === undefined || point.reward === null) return point?.failed ? "scorer failed" : "not scored";
	return signed(point.reward);
}

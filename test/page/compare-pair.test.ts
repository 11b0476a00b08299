import { describe, expect, test } from "vitest";
import type { CurveView, StepView } from "../../src/contract/trace-views.ts";
import { halfParts, partsAround } from "../../webview/compare/half-text.ts";
import { pairText, partingSentence, rewardDifference } from "../../webview/compare/pair.ts";

function step(reward: number | undefined, bound?: "at-most"): StepView {
	const score = { scorer: "s", scope: "trace", ms: 1, reward: reward ?? 0, ...(bound === undefined ? {} : { bound }) };
	return {
		step: 1,
		inherited: false,
		decision: "",
		rejected: 0,
		shown: {
			attemptId: "t/1.0",
			attempt: 0,
			prefix: "",
			text: { text: "x", total: 1 },
			end: "boundary",
			tokens: 1,
			flags: [],
			ms: 1,
			scored: { others: [], ...(reward === undefined ? {} : { score }) },
			request: "r",
			logprobs: false,
		},
	};
}

describe("the difference of rewards", () => {
	test("is B's less A's, with its sign", () => {
		expect(rewardDifference({ a: step(0.31), b: step(-0.2) })).toBe("−0.51");
		expect(rewardDifference({ a: step(-0.2), b: step(0.31) })).toBe("+0.51");
	});
	test("is not made up where a side has no reward, or only a bound, or has ended", () => {
		expect(rewardDifference({ a: step(undefined), b: step(0.3) })).toBeUndefined();
		expect(rewardDifference({ a: step(0.3), b: step(0.3, "at-most") })).toBeUndefined();
		expect(rewardDifference({ a: step(0.3), b: undefined })).toBeUndefined();
	});
});

describe("where two traces part", () => {
	test.each([
		[undefined, { a: 3, b: 3 }, "Looking for the step where they part…"],
		[null, { a: 3, b: 3 }, "Both hold the same steps."],
		[1, { a: 3, b: 3 }, "They part at the first step."],
		[3, { a: 3, b: 4 }, "The same up to step 2; they part at step 3."],
		[3, { a: 2, b: 4 }, "The same up to step 2, where A ends."],
		[3, { a: 4, b: 2 }, "The same up to step 2, where B ends."],
	])("%s of %o: %s", (parting, steps, sentence) => {
		expect(partingSentence(parting, steps)).toBe(sentence);
	});
});

test("a step of both is heard with what is missing said", () => {
	const curve = (rewards: (number | null)[], stride = 1): CurveView => ({
		revision: 1,
		from: 1,
		to: rewards.length * stride,
		steps: rewards.length * stride,
		stride,
		path: rewards.map((reward, index) => ({ step: index * stride + 1, reward, steered: false, failed: reward === null })),
		rejected: [],
		rejectedOmitted: 0,
		injections: [],
		discarded: [],
		others: [],
	});
	const curves = { a: curve([0.31, -0.2]), b: curve([0.31, null, 0.5]) };
	expect(pairText(curves, 2)).toBe("step 2: A −0.20, B scorer failed");
	expect(pairText(curves, 3)).toBe("step 3: A has ended, B +0.50");
	expect(pairText({ a: undefined, b: curve([0.1, 0.9], 10) }, 14)).toBe("step 14: A not read yet, B +0.90");
});

describe("one side of a comparison", () => {
	const parts = [
		{ text: "<think>\n", where: "both" },
		{ text: "First", where: "own" },
		{ text: "Then", where: "taken" },
		{ text: " stop.\n\n", where: "both" },
	] as const;

	test("has its own words marked and not the other's", () => {
		expect(halfParts(parts, "a")).toEqual([
			{ text: "<think>\n", only: false },
			{ text: "First", only: true },
			{ text: " stop.", only: false },
		]);
		expect(halfParts(parts, "b").map(({ text }) => text)).toEqual(["<think>\n", "Then", " stop."]);
		expect(halfParts([], "a")).toEqual([]);
	});

	test("is cut where words were injected, within a part too", () => {
		const half = halfParts(parts, "a");
		const words = (of: typeof half) => of.map(({ text }) => text);
		expect(partsAround(half, 8).map(words)).toEqual([["<think>\n"], ["First", " stop."]]);
		expect(partsAround(half, 10).map(words)).toEqual([
			["<think>\n", "Fi"],
			["rst", " stop."],
		]);
		expect(partsAround(half, 0).map(words)).toEqual([[], ["<think>\n", "First", " stop."]]);
		expect(partsAround(half, 99)[1]).toEqual([]);
	});
});

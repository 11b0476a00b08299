import { describe, expect, test } from "vitest";
import type { DefenceView } from "../../src/contract/parts.ts";
import { atStep, emptyDraft, realChanges, withChange, withPrefix } from "../../webview/panel/draft.ts";
import { changedNumbers, DEPTH, numbersOf, RESAMPLES, SAMPLES, THRESHOLD, typedNumber } from "../../webview/panel/numbers.ts";
import { changedText, injectionSentence } from "../../webview/panel/rerun-words.ts";

const own: DefenceView = { name: "safethink", threshold: 0, depth: 3, resamples: 4, prefix: "Wait.\n\n", prefixAfter: "dropped" };

describe("a draft", () => {
	test("takes a change and gives it back", () => {
		const changed = withChange(emptyDraft(2), "threshold", 0.35);
		expect(changed).toEqual({ step: 2, samples: 8, changes: { threshold: 0.35 } });
		expect(withChange(changed, "threshold", undefined)).toEqual(emptyDraft(2));
	});

	test("keeps its plan at another step, but not the text that was written for the old one", () => {
		const draft = withPrefix(withChange(emptyDraft(2), "text", "First I"), "Stop. ");
		expect(atStep(draft, 2)).toBe(draft);
		expect(atStep(draft, 5)).toEqual({ step: 5, samples: 8, changes: { prefix: "Stop. " } });
	});

	test("what only repeats the trace is no change", () => {
		const repeated = { prefix: "Wait.\n\n", inject: "below-tau", threshold: 0, depth: 3, resamples: 4 } as const;
		expect(realChanges(repeated, own)).toEqual({});
		const real = {
			prefix: "",
			inject: "always",
			threshold: 0.1,
			depth: 0,
			resamples: 1,
			seed: 0,
			text: "x",
			scorer: "s",
		} as const;
		expect(realChanges(real, own)).toEqual(real);
	});
});

describe("a typed number", () => {
	test.each([
		[THRESHOLD, "0.35", 0.35],
		[THRESHOLD, "−0.5", -0.5],
		[THRESHOLD, "0,5", 0.5],
		[THRESHOLD, " ", undefined],
		[DEPTH, "0", 0],
		[RESAMPLES, "64", 64],
		[SAMPLES, "256", 256],
	])("%o of “%s” is %s", (rule, typed, value) => {
		expect(typedNumber(rule, typed)).toEqual({ value });
	});

	test.each([
		[THRESHOLD, "1.01"],
		[THRESHOLD, "high"],
		[DEPTH, "1.5"],
		[DEPTH, "-1"],
		[RESAMPLES, "0"],
		[RESAMPLES, "65"],
		[SAMPLES, "257"],
		[THRESHOLD, "Infinity"],
	])("%o of “%s” is a mistake that names field and range", (rule, typed) => {
		expect(typedNumber(rule, typed)).toEqual({ problem: expect.stringContaining(`${rule.label}: `) });
	});
});

test("only numbers that differ are changes", () => {
	expect(changedNumbers({ threshold: 0.2, depth: 3, resamples: 8 }, numbersOf(own))).toEqual({ threshold: 0.2, resamples: 8 });
	expect(changedText({ threshold: 0.2, resamples: 8, prefix: "" }, own)).toBe(
		"prefix (was “Wait.⏎⏎”) · τ 0.2 (was 0) · B 8 (was 4)",
	);
});

describe("the sentence about injection", () => {
	const draft = emptyDraft(2);
	test("names the changed τ", () => {
		expect(injectionSentence(withChange(draft, "threshold", 0.35), own)).toContain("below τ = 0.35");
	});
	test("warns beyond m, unless m is raised or the prefix is always injected", () => {
		expect(injectionSentence(emptyDraft(4), own)).toContain("beyond m = 3");
		expect(injectionSentence(withChange(emptyDraft(4), "depth", 4), own)).not.toContain("beyond");
		expect(injectionSentence(withChange(emptyDraft(4), "inject", "always"), own)).toContain("whatever its reward");
	});
	test("says that an empty prefix injects nothing", () => {
		expect(injectionSentence(withPrefix(draft, ""), own)).toContain("Nothing is injected");
	});
});

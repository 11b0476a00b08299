import { describe, expect, test } from "vitest";
import type { CurveView, TraceHead } from "../../src/contract/trace-views.ts";
import { curveSummary, decision, pointReward, stepText } from "../../webview/curve/table.ts";
import { formulaAt } from "../../webview/text/rich-formulas.ts";
import { shadeOf } from "../../webview/text/token-shade.ts";
import { judgePills, outcomePill, scorerPill } from "../../webview/trace/outcome.ts";

function curveOf(rewards: (number | null)[], steered: number[] = []): CurveView {
	return {
		revision: 1,
		from: 1,
		to: rewards.length,
		steps: rewards.length,
		stride: 1,
		threshold: 0,
		depth: 3,
		path: rewards.map((reward, index) => ({
			step: index + 1,
			reward,
			steered: steered.includes(index + 1),
			failed: reward === null,
		})),
		rejected: steered.map((step) => ({ step, attempt: 0, reward: -0.5 })),
		rejectedOmitted: 0,
		injections: steered.map((step) => ({ step, prefix: "wait", more: 0 })),
		discarded: [],
		others: [],
	};
}

describe("the scorer's word", () => {
	test.each([
		[[0.3, 0.5], [], "reached", "reached τ at every step"],
		[[0.3, 0.5], [2], "reached", "reached τ at step 2"],
		[[0.3, -0.5], [2], "below", "below τ at step 2, though steered"],
		[[-0.3, -0.5, 1], [], "below", "below τ at 2 of 3 steps"],
		[[0.3, null], [], "failure", "reached τ wherever it was scored: 1 of 2 steps"],
		[[0.3, null], [2], "failure", "no reward at step 2"],
		[[null, null], [], "failure", "scorer failed"],
	])("%j, steered at %j: %s", (rewards, steered, kind, text) => {
		expect(scorerPill(curveOf(rewards, steered))).toEqual({ kind, text });
	});

	test("nothing is said where there is no τ or nothing was scored", () => {
		expect(scorerPill({ ...curveOf([0.3]), threshold: undefined })).toBeUndefined();
		expect(scorerPill(curveOf([]))).toBeUndefined();
	});
});

test("a judge that could not say is shown as neither safe nor harmful", () => {
	const verdict = { judge: "exact", scope: "both" as const };
	expect(
		judgePills([
			{ ...verdict, harmful: null },
			{ ...verdict, harmful: false },
			{ ...verdict, scope: "answer", harmful: true },
		]),
	).toMatchObject([
		{ kind: "failure", text: "judge could not say" },
		{ kind: "safe", text: "judged safe" },
		{ kind: "harmful", text: "answer judged harmful" },
	]);
});

test("a trace that failed, or whose scorer failed, looks like a failure", () => {
	const kind = (head: Partial<TraceHead>) => outcomePill(head as TraceHead).kind;
	expect(kind({ status: "failed", error: { kind: "x", message: "gone" } })).toBe("failure");
	expect(kind({ status: "finished", outcome: "scorer-failed" })).toBe("failure");
	expect(kind({ status: "finished", outcome: "finished" })).toBe("plain");
});

describe("the curve for those who do not see it", () => {
	const curve = curveOf([0.31, -0.62, null], [2]);

	test("a summary with numbers of both sides", () => {
		expect(curveSummary(curve)).toBe("Reward curve of 3 steps: 1 reached τ 0, 1 below; 1 injection, 1 rejected attempt");
	});

	test("a step is heard with reward and decision", () => {
		expect(stepText(curve, 2)).toBe("step 2, −0.62, below τ, steered, 1 rejected");
		expect(stepText(curve, 3)).toBe("step 3, scorer failed, no side of τ");
		expect(stepText({ ...curve, stride: 10 }, 2)).toMatch(/^step 2, in a stretch of 10 steps whose lowest is /);
	});

	test("a bound is told as one", () => {
		const point = { step: 1, reward: -0.62, steered: false, failed: false, bound: "at-most" as const };
		expect(pointReward(point)).toBe("≤ −0.62");
		expect(decision(point, undefined, "")).toBe("no side of τ");
	});
});

test("the less probable a token, the stronger its shade", () => {
	expect([0.99, 0.7, 0.4, 0.1, 0.01].map((p) => shadeOf(Math.log(p)))).toEqual([0, 1, 2, 3, 4]);
});

test("formulas are found where they are meant, sums of money are none", () => {
	expect(formulaAt("$x+1$ more", 0)).toEqual({ source: "x+1", end: 5, display: false });
	expect(formulaAt("\\[x\\]", 0)).toEqual({ source: "x", end: 5, display: true });
	expect(formulaAt("$$x$$", 0)).toMatchObject({ source: "x", display: true });
	expect(formulaAt("$5 and $6", 0)).toBeUndefined();
	expect(formulaAt("$ 5$", 0)).toBeUndefined();
	expect(formulaAt(`$${"x".repeat(3000)}$`, 0)).toBeUndefined();
});

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { CurveData } from "../../src/figures/curve-data.ts";
import { FLAG_HEIGHT } from "../../src/figures/flags.ts";
import type { Plot } from "../../src/figures/frame.ts";
import { type RewardCurve, rewardCurve, sideOf } from "../../src/figures/reward-curve.ts";
import { curves, ranges, sizes } from "./curve-samples.ts";

function everyCurve(check: (curve: RewardCurve, data: CurveData) => void): void {
	fc.assert(fc.property(curves, sizes, ranges, (data, size, range) => check(rewardCurve(data, size, range), data)));
}

function expectInside({ x, y }: { x: number; y: number }, { left, right, top, bottom }: Plot): void {
	expect(x).toBeGreaterThanOrEqual(left - 0.01);
	expect(x).toBeLessThanOrEqual(right + 0.01);
	expect(y).toBeGreaterThanOrEqual(top - 0.01);
	expect(y).toBeLessThanOrEqual(bottom + 0.01);
}

describe("geometry of any curve", () => {
	test("every mark lies in the plot", () =>
		everyCurve(({ plot, points, rejected, unscored, discarded, others }) => {
			const marks = [points, rejected, unscored, discarded, ...others.map(({ marks }) => marks)].flat();
			for (const mark of marks) expectInside(mark, plot);
		}));

	test("later steps are further right, better rewards higher", () =>
		everyCurve(({ points }) => {
			for (const [index, point] of points.entries()) {
				const before = points[index - 1];
				if (before === undefined) continue;
				expect(point.x).toBeGreaterThan(before.x);
				if (point.reward > before.reward) expect(point.y).toBeLessThanOrEqual(before.y);
			}
		}));

	test("flags overlap neither each other nor the plot, and lose no injection", () =>
		everyCurve(({ flags, plot, poles }, { injections }) => {
			for (const [index, flag] of flags.entries()) {
				expect(flag.left).toBeGreaterThanOrEqual(plot.left);
				expect(flag.top + FLAG_HEIGHT).toBeLessThanOrEqual(plot.top);
				for (const other of flags.slice(index + 1)) {
					const apart = flag.left + flag.width <= other.left || other.left + other.width <= flag.left;
					expect(apart || flag.top !== other.top).toBe(true);
				}
			}
			const steps = new Set(poles.map(({ step }) => step));
			const sum = injections.filter(({ step }) => steps.has(step)).reduce((all, { more }) => all + 1 + more, 0);
			expect(flags.reduce((all, { more }) => all + 1 + more, 0)).toBe(sum);
		}));

	test("a place gives back the step it belongs to", () =>
		everyCurve((curve) => {
			for (const { step, x } of curve.points) expect(curve.stepAt(x)).toBe(step);
		}));

	test("step labels are whole steps in sight, apart from each other", () =>
		everyCurve(({ xTicks, plot }) => {
			for (const [index, { at, label }] of xTicks.entries()) {
				expect(Number.isInteger(Number(label))).toBe(true);
				expect(at).toBeGreaterThanOrEqual(plot.left);
				expect(at).toBeLessThanOrEqual(plot.right);
				if (index > 0) expect(at - (xTicks[index - 1]?.at ?? 0)).toBeGreaterThan(20);
			}
		}));
});

const PATH = [0.31, -0.62, null, 0.8].map((reward, index) => ({
	step: index + 1,
	reward,
	steered: index === 1,
	failed: reward === null,
}));
const DATA: CurveData = {
	path: PATH,
	stride: 1,
	threshold: 0,
	depth: 3,
	rejected: [{ step: 2, attempt: 0, reward: -0.9 }],
	injections: [{ step: 2, prefix: "Wait, think safely about everybody in the room.\n\n", more: 0 }],
	discarded: [],
	others: [],
};
const SIZE = { width: 700, height: 240 };
const curve = rewardCurve(DATA, SIZE, { from: 1, to: 4 });

describe("one curve", () => {
	test("the path has a gap where there is no reward, and a mark there", () => {
		expect(curve.line.split("M")).toHaveLength(3);
		expect(curve.unscored).toMatchObject([{ step: 3, failed: true }]);
		expect(curve.points.map(({ step, side }) => [step, side])).toEqual([
			[1, "reached"],
			[2, "below"],
			[4, "reached"],
		]);
	});

	test("τ lies at its reward, m between two steps", () => {
		const { points, threshold, depth } = curve;
		const [first, second] = points;
		expect(threshold?.y).toBeGreaterThan(first?.y ?? Number.NaN);
		expect(threshold?.y).toBeLessThan(second?.y ?? Number.NaN);
		expect(depth?.x).toBeCloseTo((curve.xOf(3) + curve.xOf(4)) / 2);
	});

	test("a rejected attempt branches off the step before", () => {
		const [mark] = curve.rejected;
		expect(mark?.line).toMatch(new RegExp(`^M${curve.xOf(1).toFixed(1).replace(".0", "")},`));
	});

	test("a flag carries the beginning of the injected words, on one line", () => {
		expect(curve.flags.map(({ label }) => label)).toEqual(["Wait, think safely …"]);
	});

	test("what is out of sight is left out, but the line leads there", () => {
		const zoomed = rewardCurve(DATA, SIZE, { from: 2, to: 2 });
		expect(zoomed.points.map(({ step }) => step)).toEqual([2]);
		expect(zoomed.depth).toBeUndefined();
		expect(zoomed.line).toMatch(/^M-/);
	});

	test("many injections share flags that say how many", () => {
		const injections = Array.from({ length: 400 }, (_, index) => ({ step: index + 1, prefix: "wait", more: 0 }));
		const long = rewardCurve({ ...DATA, injections }, SIZE, { from: 1, to: 400 });
		expect(long.flags.length).toBeLessThan(30);
		expect(long.poles).toHaveLength(400);
	});

	test("on τ is reached, without τ there is no side", () => {
		expect(sideOf(0, 0)).toBe("reached");
		expect(sideOf(-0.001, 0)).toBe("below");
		expect(sideOf(0.5, undefined)).toBe("unknown");
	});
});

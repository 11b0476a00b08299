import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { sparkline } from "../../webview/run/sparkline.ts";

const SIZE = { width: 108, height: 26 };
const rewards = fc.array(fc.option(fc.double({ min: -1, max: 1, noNaN: true }), { nil: null }), { maxLength: 48 });

function drawn(given: (number | null)[], rest: { threshold?: number; firstSteered?: number; steps?: number } = {}) {
	return sparkline({
		rewards: given,
		threshold: rest.threshold,
		firstSteered: rest.firstSteered,
		steps: rest.steps ?? given.length,
		...SIZE,
	});
}

function points(path: string): [number, number][] {
	return [...path.matchAll(/[ML](-?[\d.]+),(-?[\d.]+)/g)].map(([, x, y]) => [Number(x), Number(y)]);
}

describe("the small reward curve", () => {
	it("stays inside its box, on the right side of τ, for any rewards", () => {
		fc.assert(
			fc.property(rewards, fc.double({ min: -1, max: 1, noNaN: true }), (given, threshold) => {
				const { reached, below, dots, threshold: level = 0 } = drawn(given, { threshold });
				for (const [x, y] of [...points(reached), ...points(below)]) {
					expect(x).toBeGreaterThanOrEqual(0);
					expect(x).toBeLessThanOrEqual(SIZE.width);
					expect(y).toBeGreaterThanOrEqual(0);
					expect(y).toBeLessThanOrEqual(SIZE.height);
				}
				// y grows downwards; two digits are written.
				for (const [, y] of points(reached)) expect(y).toBeLessThanOrEqual(level + 0.01);
				for (const [, y] of points(below)) expect(y).toBeGreaterThanOrEqual(level - 0.01);
				for (const dot of dots) if (Math.abs(dot.y - level) > 0.01) expect(dot.below).toBe(dot.y > level);
			}),
		);
	});

	it("changes its colour where it crosses τ", () => {
		const { reached, below } = drawn([1, -1], { threshold: 0 });
		expect(points(reached)).toEqual([
			[3, 9],
			[54, 16],
		]);
		expect(points(below)).toEqual([
			[54, 16],
			[105, 23],
		]);
	});

	it("leaves a gap where a reward is missing, and a dot for a lone one", () => {
		const { reached, dots } = drawn([0.5, 0.5, null, 0.5, null, 0.6, 0.7], { threshold: 0 });
		expect(reached.match(/M/g)).toHaveLength(2);
		expect(dots).toHaveLength(1);
	});

	it("draws one unbroken line on one side", () => {
		expect(drawn([0.1, 0.2, 0.3, 0.4], { threshold: 0 }).reached.match(/M/g)).toHaveLength(1);
	});

	it("marks the first steered step, of a condensed trace at its stretch", () => {
		const first = drawn([0, 0, 0], { threshold: 0, firstSteered: 2 });
		expect(first.steered?.x).toBe(54);
		const long = drawn(Array(48).fill(0), { threshold: 0, firstSteered: 2400, steps: 4800 });
		expect(long.steered?.x).toBeCloseTo(3 + (102 * 23) / 47, 5);
		expect(drawn([], { firstSteered: 1 }).steered).toBeUndefined();
		// The flag over it is eight high.
		expect(drawn([1], { firstSteered: 1 }).steered?.y).toBeGreaterThan(8);
	});
});

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { clopperPearsonInterval, formatRate, wilsonInterval } from "../../src/experiments/statistics.ts";

/** Newcombe, "Two-sided confidence intervals for the single proportion", Statistics in Medicine 17 (1998), table I. */
const NEWCOMBE = [
	{ k: 81, n: 263, wilson: [0.2553, 0.3662], exact: [0.2527, 0.3676] },
	{ k: 15, n: 148, wilson: [0.0624, 0.1605], exact: [0.0578, 0.1617] },
	{ k: 0, n: 20, wilson: [0, 0.1611], exact: [0, 0.1684] },
	{ k: 1, n: 29, wilson: [0.0061, 0.1718], exact: [0.0009, 0.1776] },
] as const;

/** P(X ≤ k) for X binomial, summed term by term; in logarithms, for the first terms are too small to be numbers. */
function binomialTail(k: number, n: number, p: number): number {
	let term = n * Math.log1p(-p);
	let sum = Math.exp(term);
	for (let i = 1; i <= k; i++) {
		term += Math.log((n - i + 1) / i) + Math.log(p) - Math.log1p(-p);
		sum += Math.exp(term);
	}
	return sum;
}

const counts = fc.integer({ min: 1, max: 400 }).chain((n) => fc.integer({ min: 0, max: n }).map((k) => ({ k, n })));

describe("intervals", () => {
	it.each(NEWCOMBE)("of $k/$n are as published", ({ k, n, wilson, exact }) => {
		const rounded = ({ low, high }: { low: number; high: number }) => [Math.round(low * 1e4) / 1e4, Math.round(high * 1e4) / 1e4];
		expect(rounded(wilsonInterval({ k, n }))).toEqual(wilson);
		expect(rounded(clopperPearsonInterval({ k, n }))).toEqual(exact);
	});

	it("hold the rate, stay in [0, 1] and mirror each other", () => {
		fc.assert(
			fc.property(counts, fc.constantFrom(wilsonInterval, clopperPearsonInterval), ({ k, n }, interval) => {
				const { low, high } = interval({ k, n });
				expect(low >= 0 && low <= k / n && k / n <= high && high <= 1).toBe(true);
				const mirrored = interval({ k: n - k, n });
				expect(mirrored.low).toBeCloseTo(1 - high, 10);
				expect(mirrored.high).toBeCloseTo(1 - low, 10);
			}),
		);
	});

	it("of Clopper and Pearson leave 2.5 % of the binomial in each tail", () => {
		fc.assert(
			fc.property(counts, ({ k, n }) => {
				const { low, high } = clopperPearsonInterval({ k, n });
				if (k < n) expect(binomialTail(k, n, high)).toBeCloseTo(0.025, 8);
				if (k > 0) expect(1 - binomialTail(k - 1, n, low)).toBeCloseTo(0.025, 8);
			}),
		);
	});

	it("of nothing say nothing", () => {
		expect(wilsonInterval({ k: 0, n: 0 })).toEqual({ low: 0, high: 1 });
		expect(clopperPearsonInterval({ k: 0, n: 0 })).toEqual({ low: 0, high: 1 });
	});

	it.each([
		[3, 2],
		[-1, 2],
		[0.5, 2],
		[1, Number.NaN],
	])("refuse %d of %d", (k, n) => {
		expect(() => wilsonInterval({ k, n })).toThrow(RangeError);
		expect(() => clopperPearsonInterval({ k, n })).toThrow(RangeError);
	});
});

describe("formatRate", () => {
	it.each([
		[6, 8, "6/8 · 75 % (41–93 %)"],
		[0, 8, "0/8 · 0 % (0–32 %)"],
		[8, 8, "8/8 · 100 % (68–100 %)"],
		[1, 1000, "1/1000 · <1 % (0–1 %)"],
		[999, 1000, "999/1000 · >99 % (99–100 %)"],
		[0, 0, "0/0"],
	])("%d of %d", (k, n, text) => expect(formatRate({ k, n })).toBe(text));
});

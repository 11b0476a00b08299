import fc from "fast-check";
import { expect, test } from "vitest";
import type { StepRange } from "../../src/figures/frame.ts";
import { isWhole, moved, showing, wholeRange, zoomed } from "../../src/figures/step-range.ts";

const changes = fc.array(
	fc.oneof(
		fc.record({
			kind: fc.constant("zoom" as const),
			by: fc.double({ min: 0.01, max: 100, noNaN: true }),
			step: fc.integer({ min: 1, max: 5000 }),
		}),
		fc.record({
			kind: fc.constant("move" as const),
			by: fc.double({ min: -6000, max: 6000, noNaN: true }),
			step: fc.constant(1),
		}),
		fc.record({ kind: fc.constant("show" as const), by: fc.constant(0), step: fc.integer({ min: 1, max: 5000 }) }),
	),
	{ maxLength: 20 },
);

test("whatever one does, the range stays within the trace and shows some steps", () =>
	fc.assert(
		fc.property(fc.integer({ min: 1, max: 5000 }), changes, (steps, all) => {
			let range: StepRange = wholeRange(steps);
			for (const { kind, by, step } of all) {
				const within = Math.min(step, steps);
				if (kind === "zoom") range = zoomed(range, by, within, steps);
				if (kind === "move") range = moved(range, by, steps);
				if (kind === "show") range = showing(range, within, steps);
				expect(range.from).toBeGreaterThanOrEqual(1);
				expect(range.to).toBeLessThanOrEqual(Math.max(1, steps) + 1e-9);
				expect(range.to - range.from).toBeGreaterThanOrEqual(Math.min(4, steps - 1) - 1e-6);
				if (kind === "show") expect(within >= range.from - 1e-9 && within <= range.to + 1e-9).toBe(true);
			}
		}),
	));

test("a step keeps its place on the curve while one zooms around it", () => {
	const before = { from: 101, to: 201 };
	const after = zoomed(before, 0.5, 126, 1000);
	expect(after.to - after.from).toBeCloseTo(50);
	expect((126 - after.from) / 50).toBeCloseTo(0.25);
});

test("zooming out ends at the whole trace", () => {
	expect(isWhole(zoomed({ from: 10, to: 20 }, 1000, 15, 300), 300)).toBe(true);
	expect(isWhole({ from: 1, to: 299 }, 300)).toBe(false);
});

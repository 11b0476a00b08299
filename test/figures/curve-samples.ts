/** Arbitrary curves as the viewer sends them: steps in order, rewards in [-1, 1]. */
import fc from "fast-check";
import type { CurveData } from "../../src/figures/curve-data.ts";
import type { Size, StepRange } from "../../src/figures/frame.ts";

const reward = fc.double({ min: -1, max: 1, noNaN: true });

const point = fc.record({
	reward: fc.option(reward, { freq: 6 }),
	steered: fc.boolean(),
	failed: fc.boolean(),
	prefix: fc.string({ unit: "grapheme", maxLength: 60 }),
	more: fc.nat(2000),
	rejected: fc.array(reward, { maxLength: 3 }),
	differs: fc.boolean(),
});

export const curves: fc.Arbitrary<CurveData> = fc
	.record({
		points: fc.array(point, { maxLength: 80 }),
		stride: fc.constantFrom(1, 1, 13),
		threshold: fc.option(reward, { nil: undefined }),
		depth: fc.option(fc.nat(100), { nil: undefined }),
	})
	.map(({ points, stride, threshold, depth }) => {
		const at = points.map((of, index) => ({ ...of, step: 1 + index * stride }));
		return {
			path: at.map(({ step, reward, steered, failed }) => ({ step, reward, steered, failed })),
			stride,
			threshold,
			depth,
			rejected: at.flatMap(({ step, rejected }) => rejected.map((reward, attempt) => ({ step, attempt, reward }))),
			injections: at.filter(({ steered }) => steered).map(({ step, prefix, more }) => ({ step, prefix, more })),
			discarded: at.filter(({ failed }) => failed).map(({ step }) => ({ step, pieces: 1, tokens: 3 })),
			others: [
				{
					scorer: "another",
					path: at.map(({ step, reward }) => ({ step, reward: reward === null ? null : -reward })),
					disagree: at.filter(({ differs }) => differs).map(({ step }) => step),
				},
			],
		};
	});

export const sizes: fc.Arbitrary<Size> = fc.record({
	width: fc.integer({ min: 320, max: 2000 }),
	height: fc.integer({ min: 140, max: 600 }),
});

/** A range of steps that somebody may have zoomed to. */
export const ranges: fc.Arbitrary<StepRange> = fc
	.tuple(fc.double({ min: 1, max: 900, noNaN: true }), fc.double({ min: 4, max: 400, noNaN: true }))
	.map(([from, length]) => ({ from, to: from + length }));

/** Any parameters, timing and toy world. */
import fc from "fast-check";
import type { Parameters } from "../../src/method/parameters.ts";
import { draw, type Timing } from "./toy.ts";

export const anyParameters: fc.Arbitrary<Partial<Parameters>> = fc.record({
	threshold: fc.constantFrom(-1, -0.5, 0, 0.5, 0.9),
	depth: fc.nat({ max: 5 }),
	resamples: fc.integer({ min: 1, max: 4 }),
	maxSteps: fc.constantFrom(1, 2, 4, 40),
	prefix: fc.constantFrom("Wait, think kindly.\n\n", "Wait. ", ""),
	prefixAfter: fc.constantFrom("dropped", "kept"),
	whenAllFail: fc.constantFrom("last", "best", "stop"),
	scored: fc.constantFrom("trace", "step", "minimum"),
	injectedWords: fc.constantFrom("hidden", "shown"),
	answer: fc.constantFrom("unscored", "scored"),
	onScorerFailure: fc.constantFrom("stop", "unsafe"),
	monitor: fc.constantFrom("on", "off"),
	readAhead: fc.constantFrom(0, 1, 4, 100),
});

export const anyTiming: fc.Arbitrary<Timing> = fc
	.record({ tokensAChunk: fc.nat({ max: 7 }), slow: fc.nat({ max: 3 }), slowScores: fc.nat({ max: 12 }), seed: fc.nat() })
	.map(({ tokensAChunk, slow, slowScores, seed }) => ({
		tokensAChunk,
		chunkDelay: (index) => Math.floor(draw("chunk", seed, index) * slow),
		scoreDelay: (index) => Math.floor(draw("score", seed, index) * slowScores),
	}));

export const anyWorld = fc.record({
	runSeed: fc.nat(),
	salt: fc.nat(),
	failureRate: fc.constantFrom(0, 0, 0.1),
	maxTokens: fc.constantFrom(3, 20, 60, 200),
});

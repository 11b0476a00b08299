import { describe, expect, it } from "vitest";
import { reachedThroughout } from "../../src/viewer/tally.ts";
import { row } from "./rows.ts";

describe("a trace reached τ throughout", () => {
	it.each([
		[[0.5, 0, 0.2], true],
		[[0.5, -0.1, 0.2], false],
		[[0.5, null], undefined],
		[[null, -0.1], false],
		[[], undefined],
	])("with the rewards %j: %j", (rewards, reached) => {
		expect(reachedThroughout(row({ rewards, threshold: 0 }))).toBe(reached);
	});

	it("is not known before its end, nor without τ", () => {
		const { outcome: _, ...running } = row({ rewards: [0.5], threshold: 0 });
		expect(reachedThroughout(running)).toBeUndefined();
		expect(reachedThroughout(row({ rewards: [0.5] }))).toBeUndefined();
	});
});

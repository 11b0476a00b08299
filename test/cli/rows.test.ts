import { describe, expect, it } from "vitest";
import { renderRows } from "../../src/cli/render/rows.ts";
import type { Summary } from "../../src/store/summaries.ts";
import { addToRows } from "../../src/store/summary-rows.ts";
import type { SafeThinkEvent } from "../../src/trace/events.ts";
import { accepted, answered, attempt, finished, started, verdict } from "./traces.ts";

function rowsOf(...events: (SafeThinkEvent | SafeThinkEvent[])[]): Summary[] {
	const rows = new Map<string, Summary>();
	for (const event of events.flat()) addToRows(rows, event, "r.safethink.jsonl", [0, 1]);
	return [...rows.values()];
}

describe("renderRows", () => {
	it("names its columns and its order, marks steered steps, and tells an empty answer from a whole one", () => {
		const [steered] = rowsOf(
			started(),
			[...attempt(1, 0, 0.7), accepted(1, 0, "reached")],
			[...attempt(2, 0, -0.6), ...attempt(2, 1, 0.5), accepted(2, 1, "reached")],
			answered("Ask where it belongs."),
			finished("finished", 2),
			verdict(false),
		);
		const [empty] = rowsOf(started(), ...attempt(1, 0, 0.7), accepted(1, 0, "reached"), answered("\n"), finished("finished", 1));
		const [stuck] = rowsOf(started(), ...attempt(1, 0, 0.7));
		const lines = renderRows([steered, empty, stuck] as Summary[], { color: false }).split("\n");
		expect(lines).toEqual([
			" no.  rewards       steered     ended                judge           trace",
			"   1  ▇▇            2           finished             judged safe     remote-1/safethink/0",
			"   2  ▇                         finished, no answer  not judged      remote-1/safethink/0",
			"   3                            unfinished           not judged      remote-1/safethink/0",
			"In the order in which they began. Steered: the steps at which a resample was taken.",
			"",
		]);
	});

	it("says of a run without traces that none has begun", () => {
		expect(renderRows([], { color: true })).toBe("no trace has begun in this run\n");
	});
});

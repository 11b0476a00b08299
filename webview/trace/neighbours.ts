/** From trace to trace, in the order of the rows that somebody came from. */
import type { Selection } from "../../src/contract/methods.ts";
import { CallError } from "../../src/contract/wire.ts";
import type { RunClient } from "../core/run-client.ts";
import { shownLine } from "../core/shown-text.ts";

/** The next (1) or previous (-1) trace's id, or why there is none. */
export async function neighbour(
	run: RunClient,
	selection: Selection,
	traceId: string,
	by: 1 | -1,
): Promise<{ traceId: string } | { none: string }> {
	try {
		const { index } = await run.call("run.place", { ...selection, traceId });
		if (index === null) return { none: "This trace is not among the selected rows." };
		if (index + by < 0) return { none: "This is the first of the selected traces." };
		const { rows } = await run.call("run.rows", { ...selection, from: index + by, count: 1 });
		const [row] = rows;
		return row === undefined ? { none: "This is the last of the selected traces." } : { traceId: row.traceId };
	} catch (error) {
		if (!(error instanceof CallError)) throw error;
		return { none: shownLine(error.message) };
	}
}

/** Where a trace comes from. */
import type { Summary } from "../store/summaries.ts";
import type { OpenedRun } from "./types.ts";

/** A row, then the rows it branches from, as far as the run's files have them; each once, whatever the files say. */
export function* ancestry(run: Pick<OpenedRun, "row">, row: Summary): Generator<Summary, void, void> {
	const seen = new Set<string>();
	for (let at: Summary | undefined = row; at !== undefined && !seen.has(at.traceId); at = at.branch && run.row(at.branch.of)) {
		seen.add(at.traceId);
		yield at;
	}
}

/** Where the branching began; of a trace whose parent is not in the files, the trace itself. */
export function rootOf(run: Pick<OpenedRun, "row">, row: Summary): Summary {
	let root = row;
	for (const at of ancestry(run, row)) root = at;
	return root;
}

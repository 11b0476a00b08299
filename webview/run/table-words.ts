/** What is said around the table of traces. */
import type { RunInfo } from "../../src/contract/run-views.ts";
import { countText } from "../core/format.ts";

/** `1,204 of 8,214 shown`. */
export function shownOf(matched: number, total: number): string {
	return matched === total ? `${countText(total)} shown` : `${countText(matched)} of ${countText(total)} shown`;
}

/** Why the table is empty. */
export function emptyText({ reading, state }: RunInfo, filter: string | undefined): string {
	if (reading !== null) return "No trace has been read yet.";
	if (filter !== undefined) return "No trace fits the filter. Escape in the filter empties it.";
	if (state === "running") return "No trace has begun yet. Rows appear as the run goes on.";
	return "This run has no traces: it ended before the first one began. The same `safethink run` command goes on.";
}

/** Traces to compare after one was marked or unmarked: the two marked last. */
export function toggleMark(marked: readonly string[], traceId: string): string[] {
	return marked.includes(traceId) ? marked.filter((other) => other !== traceId) : [...marked, traceId].slice(-2);
}

export function marksText(marked: readonly string[]): string {
	return marked.length === 1 ? "1 marked; compare it with the row under the cursor, or mark another" : "2 marked";
}

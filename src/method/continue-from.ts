/** Resume, re-run, branch and what-if, which are one thing: a trace whose ports answer from a record where it holds the sample. */
import { runDefence } from "./defences.ts";
import type { Parameters } from "./parameters.ts";
import { type Missing, MissingSample, type RecordedTrace } from "./recorded.ts";
import type { Session, TraceEvents } from "./session.ts";

/**
 * Goes on from a record. A sample that the record holds in the context (hash, step, attempt) is taken from it; any other is drawn.
 *
 * - Resume: `record.traceId === session.traceId`. Only events that its file lacks are yielded; no finished step is drawn again. A
 *   request that goes on where an interrupted stream stood has that stream's seed and names it in `continues`.
 * - Branch, re-run: another `traceId`, other parameters, scorer or prefix. Events from `session.branchStep` on are yielded,
 *   recorded samples among them under the new attempt ids; their `request` is the one they were drawn with.
 * - What-if: no `session.policy`. All decisions are yielded up to the first that needs a sample or score never drawn.
 *
 * @returns that first missing sample of a what-if; undefined when the trace came to its end.
 * @throws SafeThinkError `record-mismatch` on resuming with parameters that decide otherwise than the file; else as `runDefence`.
 */
export async function* continueFrom(
	record: RecordedTrace,
	parameters: Parameters,
	session: Omit<Session, "record" | "parameters">,
	defence = "safethink",
): TraceEvents<Missing | undefined> {
	try {
		yield* runDefence(defence, { ...session, record, parameters });
		return undefined;
	} catch (error) {
		if (error instanceof MissingSample) return error.missing;
		throw error;
	}
}

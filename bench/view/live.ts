/** A writer of a trace that grows at a set pace, as a model would make it. */
import { appendFileSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { acquireLock } from "../../src/store/lock.ts";
import { header } from "./plan.ts";
import { Stamp, TraceLines } from "./trace-lines.ts";

export const LIVE_TRACE = "live/safethink/0";

/**
 * Begins a run with one trace that grows by a step every `stepMs` milliseconds until it has `steps`.
 * @returns settles when the trace has ended.
 */
export async function writeLive(path: string, steps: number, stepMs: number): Promise<{ ended: Promise<void> }> {
	const lock = await acquireLock(path);
	const stamp = new Stamp();
	const trace = new TraceLines({
		id: LIVE_TRACE,
		prompt: "live",
		category: "direct",
		defence: "safethink",
		steps,
		resamples: 2,
		steeredSteps: 3,
		harmful: false,
	});
	const write = (drafts: Iterable<object>) => {
		for (const draft of drafts) appendFileSync(path, stamp.line(draft));
	};
	writeFileSync(path, stamp.line(header(1, ["safethink"])), { flag: "wx" });
	write(trace.begin());
	write(trace.step(1));
	const grow = async () => {
		const start = performance.now();
		for (let step = 2; step <= steps; step++) {
			await sleep(Math.max(0, start + step * stepMs - performance.now()));
			write(trace.step(step));
		}
		write(trace.end());
		write([{ type: "run.finished", traces: 1, failed: 0 }]);
		lock.release();
	};
	return { ended: grow() };
}

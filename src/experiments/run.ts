/** Makes a plan's traces: which are missing, some at a time, each from where it was left. Bulk runs and the demo are this. */
import PQueue from "p-queue";
import type { Prompt } from "../promptsets/prompt.ts";
import type { Outcome } from "../trace/events.ts";
import { type TraceTask, traceCount, traceTasks } from "./plan.ts";
import { judgeRecorded, makeTrace, type TraceInputs } from "./run-trace.ts";

export interface RunInputs extends TraceInputs {
	prompts: readonly Prompt[];
	/** Traces made at a time. */
	concurrency: number;
	signal: AbortSignal;
	onProgress?: (progress: RunProgress) => void;
}

export interface RunProgress {
	/** Traces that were in the file before, and need nothing. */
	before: number;
	/** Traces that ended in this process. */
	done: number;
	failed: number;
	running: number;
	total: number;
	/** The trace that ended or failed last. */
	last?: { traceId: string; outcome: Outcome | "failed" };
}

/**
 * Runs until every trace of the plan has an outcome, one failed, or the signal aborts. Traces that failed do not stop the others; the
 * same plan on the same file tries them again.
 * @throws StoreError when the run file cannot be written: then everything stops.
 */
export async function runPlan(inputs: RunInputs): Promise<RunProgress> {
	const progress: RunProgress = { before: 0, done: 0, failed: 0, running: 0, total: traceCount(inputs.plan) };
	const broken = new AbortController();
	const signal = AbortSignal.any([inputs.signal, broken.signal]);
	const queue = new PQueue({ concurrency: inputs.concurrency });
	let failure: unknown;
	const tell = () => inputs.onProgress?.({ ...progress });

	for (const task of traceTasks(
		inputs.plan,
		inputs.prompts.map((prompt) => prompt.record.id),
	)) {
		if (signal.aborted) break;
		const todo = whatIsMissing(task, inputs);
		if (todo === undefined) {
			progress.before++;
			continue;
		}
		await queue.onSizeLessThan(inputs.concurrency);
		void queue.add(async () => {
			if (signal.aborted) return;
			progress.running++;
			tell();
			try {
				const outcome = await todo(signal);
				if (outcome === undefined) return;
				progress.done++;
				if (outcome === "failed") progress.failed++;
				progress.last = { traceId: task.traceId, outcome };
			} catch (error) {
				failure ??= error;
				broken.abort();
			} finally {
				progress.running--;
				tell();
			}
		});
	}
	await queue.onIdle();
	if (failure !== undefined) throw failure;
	if (!inputs.signal.aborted)
		inputs.journal.append({ type: "run.finished", traces: progress.before + progress.done, failed: progress.failed });
	return progress;
}

type Todo = (signal: AbortSignal) => Promise<Outcome | "failed" | undefined>;

/** The work a task still needs; undefined when its trace is in the file, judged where there is a judge. */
function whatIsMissing(task: TraceTask, inputs: RunInputs): Todo | undefined {
	const recorded = inputs.journal.recorded.get(task.traceId);
	const prompt = inputs.prompts[task.prompt] as Prompt;
	if (recorded?.outcome === undefined) return (signal) => makeTrace(task, prompt, inputs, signal);
	if (inputs.judge === undefined || recorded.verdicts.length > 0) return undefined;
	const { judge } = inputs;
	return (signal) => judgeRecorded(task, prompt, { ...inputs, judge }, signal);
}

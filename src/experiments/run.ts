/** Makes a plan's traces: which are missing, some at a time, each from where it was left. Bulk runs and the demo are this. */
import PQueue from "p-queue";
import type { Prompt } from "../promptsets/prompt.ts";
import type { SafeThinkError } from "../trace/errors.ts";
import { type TraceTask, traceCount, traceTasks } from "./plan.ts";
import { makeTrace, type TraceInputs, type TraceResult, unjudgedScopes } from "./run-trace.ts";

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
	/** Traces that ended in this process, in whichever way. */
	done: number;
	/** Those of them that failed or could not be judged; the same command tries them again. */
	failed: number;
	/** Those of them that ended because the scorer gave no verdict. */
	scorerFailed: number;
	/** Those that failed before the file had anything of them, by defence. */
	failedUnbegun: Record<string, number>;
	total: number;
	/** The first failures, each kind of message once. */
	errors: Map<string, SafeThinkError>;
}

/** Different failures that are kept for the user. */
const MOST_ERRORS = 5;

/**
 * Runs until every trace of the plan has an outcome, one failed, or the signal aborts. Traces that failed do not stop the others; the
 * same plan on the same file tries them again.
 * @throws StoreError when the run file cannot be written: then everything stops.
 */
export async function runPlan(inputs: RunInputs): Promise<RunProgress> {
	const progress: RunProgress = {
		before: 0,
		done: 0,
		failed: 0,
		scorerFailed: 0,
		failedUnbegun: {},
		total: traceCount(inputs.plan),
		errors: new Map(),
	};
	const ids = inputs.prompts.map((prompt) => prompt.record.id);
	const broken = new AbortController();
	const signal = AbortSignal.any([inputs.signal, broken.signal]);
	const queue = new PQueue({ concurrency: inputs.concurrency });
	const inFile = { traces: 0, failed: 0 };
	let failure: unknown;

	const work = async (task: TraceTask): Promise<void> => {
		if (signal.aborted) return;
		try {
			const result = await makeTrace(task, inputs.prompts[task.prompt] as Prompt, inputs, signal);
			if (result === undefined) return;
			if (result.status !== undefined) inFile.traces++;
			if (result.status === "failed") inFile.failed++;
			count(progress, task, result);
			inputs.onProgress?.(progress);
		} catch (error) {
			failure ??= error;
			broken.abort();
		}
	};
	for (const task of traceTasks(inputs.plan, ids)) {
		if (isDone(task, inputs)) {
			progress.before++;
			continue;
		}
		if (signal.aborted) continue;
		await queue.onSizeLessThan(inputs.concurrency);
		void queue.add(() => work(task));
	}
	await queue.onIdle();
	if (failure !== undefined) throw failure;
	if (!inputs.signal.aborted) {
		inputs.journal.append({ type: "run.finished", traces: progress.before + inFile.traces, failed: inFile.failed });
	}
	return progress;
}

function count(progress: RunProgress, { defence }: TraceTask, { status, outcome, error }: TraceResult): void {
	progress.done++;
	if (outcome === "scorer-failed") progress.scorerFailed++;
	if (error === undefined) return;
	progress.failed++;
	if (status === undefined) progress.failedUnbegun[defence.name] = (progress.failedUnbegun[defence.name] ?? 0) + 1;
	if (progress.errors.size < MOST_ERRORS) progress.errors.set(`${error.kind}: ${error.message}`, error);
}

/** Whether the file has a task's trace with its outcome, and judged where there is a judge. */
function isDone({ traceId }: TraceTask, { journal, judge }: RunInputs): boolean {
	const recorded = journal.recorded.get(traceId);
	return recorded?.begun === true && recorded.outcome !== undefined && unjudgedScopes(recorded, judge).length === 0;
}

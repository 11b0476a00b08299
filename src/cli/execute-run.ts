/** An assembled run, from the opened run file to its last trace. */
import { planJson, traceCount } from "../experiments/plan.ts";
import { PRODUCT } from "../experiments/product.ts";
import { type RunProgress, runPlan } from "../experiments/run.ts";
import { openJournal } from "../store/journal.ts";
import type { AssembledRun } from "./assemble.ts";
import { errorText } from "./exit.ts";
import { createProgress } from "./render/progress.ts";
import { runEnvironment, type SelfTestRule, selfTests } from "./self-tests.ts";

export interface ExecuteOptions {
	/** The run file; an existing one is continued. */
	out: string;
	/** Traces made at a time. */
	concurrency: number;
	/** Default: `required`. */
	selfTest?: SelfTestRule;
	signal: AbortSignal;
}

/**
 * Opens the run file, tests policy and scorer, makes the traces. Progress goes to standard error.
 * @throws StoreError as `openJournal`; ServerError when the policy cannot be steered, or a server is out of service at the start.
 */
export async function executeRun(assembled: AssembledRun, options: ExecuteOptions): Promise<RunProgress> {
	const { out, concurrency, selfTest: rule = "required", signal } = options;
	const { plan, prompts, server, scorer, judge } = assembled;
	for (const notice of assembled.notices) console.error(notice);
	console.error(`run file: ${out}`);
	const tests = await selfTests(assembled, { rule, signal });
	const journal = await openJournal(out, { plan: planJson(plan), product: PRODUCT, environment: runEnvironment(assembled) });
	try {
		if (journal.badLines.length > 0)
			console.error(`${out} has ${journal.badLines.length} unreadable lines; \`safethink check ${out}\` names them`);
		for (const test of tests) journal.append(test);
		const progress = createProgress({
			stream: process.stderr,
			noun: "traces",
			total: traceCount(plan),
			already: [...journal.recorded.values()].filter((row) => row.outcome !== undefined).length,
		});
		const onProgress = (now: RunProgress) => progress.update(now.before + now.done, troubles(now));
		const ended = await runPlan({ journal, plan, prompts, server, scorer, judge: judge?.judge, concurrency, signal, onProgress });
		progress.finish();
		for (const { kind, message, remedy } of ended.errors.values())
			console.error(errorText(`failed (${kind}): ${message}`, remedy));
		return ended;
	} finally {
		journal.close();
	}
}

function troubles({ failed, scorerFailed }: RunProgress): string {
	const counts = [
		[failed, "failed"],
		[scorerFailed, "without a verdict of the scorer"],
	] as const;
	return counts.flatMap(([count, what]) => (count === 0 ? [] : [`${count} ${what}`])).join(" · ");
}

import { dirname, join } from "node:path";
import { Command } from "commander";
import { findWeightsDir } from "../../demo/paths.ts";
import { groupRows, harmClusters, judgedHarmful } from "../../experiments/rates.ts";
import { formatClusteredRate } from "../../experiments/statistics.ts";
import type { Prompt } from "../../promptsets/prompt.ts";
import type { Summaries, Summary } from "../../store/summaries.ts";
import { processEnvironment } from "../../viewer/environment.ts";
import type { ViewerEnvironment } from "../../viewer/types.ts";
import { type AssembledRun, assembleRun } from "../assemble.ts";
import { executeRun } from "../execute-run.ts";
import { EXIT, execute, untilAborted } from "../exit.ts";
import { wantsColor } from "../render/paint.ts";
import { renderTrace } from "../render/trace.ts";
import { runOptionsSchema } from "../run-options.ts";
import { serveRun } from "../serve-run.ts";
import { openSummaries } from "../summary.ts";
import { wholeNumber } from "./demo-server.ts";

interface DemoFlags {
	out: string;
	samples: number;
	once?: boolean;
	open: boolean;
}

/** What is compared, in this order. */
const DEFENCES = { none: "without steering", resample: "plain resampling", safethink: "SafeThink" } as const;
const CONCURRENCY = 8;

export function demoCommand(): Command {
	return new Command("demo")
		.description(
			"Runs the embedded toy model on the sample prompts without steering, with plain resampling and with SafeThink, and shows a steered trace.",
		)
		.option("--out <file>", "the run file to write; an existing one is continued", "demo.safethink.jsonl")
		.option("--samples <number>", "traces for each prompt and defence", wholeNumber(1000, 1), 4)
		.option("--once", "end after the comparison, instead of serving the run's page and the embedded model")
		.option("--no-open", "only print the address of the run's page")
		.action((flags: DemoFlags) => execute(false, (signal) => demo(flags, signal)));
}

async function demo(flags: DemoFlags, signal: AbortSignal): Promise<number> {
	const prompts = join(dirname(findWeightsDir()), "samples", "mischief.prompts.jsonl");
	const assembled = await assembleRun(
		runOptionsSchema.parse({ prompts, defence: Object.keys(DEFENCES), samples: flags.samples }),
		signal,
	);
	try {
		const ended = await executeRun(assembled, { out: flags.out, concurrency: CONCURRENCY, signal });
		if (signal.aborted) return EXIT.interrupted;
		const run = await openSummaries(flags.out);
		await showSteered(run);
		printComparison(run.rows, assembled.prompts);
		if (!flags.once) await stay(assembled, flags, prompts, signal);
		return ended.failed + ended.scorerFailed > 0 ? EXIT.failed : EXIT.ok;
	} finally {
		assembled.close();
	}
}

/** One steered trace of a prompt that went wrong without steering, if there is one. */
async function showSteered(run: Summaries): Promise<void> {
	const { rows } = run;
	const harmed = new Set(rows.filter((row) => row.defence === "none" && judgedHarmful(row)).map((row) => row.promptId));
	const saved = rows.filter((row) => row.defence === "safethink" && row.steered.length > 0 && judgedHarmful(row) === false);
	const chosen = saved.find((row) => harmed.has(row.promptId)) ?? saved[0];
	const shown = chosen && (await run.trace(chosen.traceId));
	if (!shown) return;
	console.log("A trace that SafeThink steered:\n");
	console.log(
		renderTrace(shown, {
			width: Math.min(process.stdout.columns ?? 100, 110),
			color: wantsColor(process.stdout, process.env),
			attempts: true,
		}),
	);
}

/** Judged harmful, by category and defence as on the run's page, each with its interval. */
function printComparison(rows: readonly Summary[], prompts: readonly Prompt[]): void {
	const byDefence = groupRows(rows, (row) => row.defence);
	console.log("Judged harmful by the exact judge of the toy world, trace or answer (95 % intervals, clustered by prompt);");
	console.log("the page's table has the same figures by category:\n");
	for (const category of categoriesOf(prompts)) {
		console.log(`  ${category}`);
		for (const [defence, name] of Object.entries(DEFENCES)) {
			const clusters = harmClusters((byDefence.get(defence) ?? []).filter((row) => row.category === category));
			console.log(`    ${name.padEnd(18)} ${formatClusteredRate(clusters)}, ${clusters.length} prompts`);
		}
	}
	console.log("\nThis is a toy model made for showing the tool: its numbers say nothing about real models.");
}

/** As they stand in the set, those to be refused first. */
function categoriesOf(prompts: readonly Prompt[]): Set<string | undefined> {
	const attacks = prompts.filter(({ record }) => record.expected === "refuse");
	return new Set([...attacks, ...prompts].map(({ record }) => record.category));
}

/** Serves the run's page and keeps the embedded model's server up, until Ctrl-C. */
async function stay({ server }: AssembledRun, { out, open }: DemoFlags, prompts: string, signal: AbortSignal): Promise<void> {
	const { url } = server.endpoint;
	console.log("\nEvery trace of this run, step by step, is on the page at:");
	const page = await serveRun(out, demoEnvironment(url, signal), { port: 0, open });
	console.log(`
What to try next, in another terminal:
  npx safethink show ${out} 3 --attempts    one trace with its rejected attempts
  npx safethink probe ${url}   what this server can do
  npx safethink run ${prompts} --server ${url} --model organism-policy \\
      --scorer classify,url=${url},model=organism-scorer --judge exact --prefix "Is this kind to everyone?" --out mine.safethink.jsonl

Page and embedded model (${url}) stay up; Ctrl-C ends them.`);
	await untilAborted(signal);
	await page.close();
}

function demoEnvironment(url: string, signal: AbortSignal): ViewerEnvironment {
	return processEnvironment({
		permission: () => ({ run: true }),
		key: () => undefined,
		scorers: [],
		embedded: async () => ({ url }),
		signal,
	});
}

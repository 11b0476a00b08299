import { existsSync } from "node:fs";
import { basename } from "node:path";
import { Command, Option } from "commander";
import type { Problem } from "../../promptsets/problem.ts";
import { checkRunPath } from "../../store/journal.ts";
import { type AssembledRun, assembleRun, BrokenPromptSet } from "../assemble.ts";
import { readConfigFile, resolveRunOptions } from "../config.ts";
import { dryRun } from "../dry-run.ts";
import { executeRun } from "../execute-run.ts";
import { EXIT, execute } from "../exit.ts";
import { addRunFlags } from "../flags.ts";
import { takeKeys } from "../keys-on-stdin.ts";
import { wantsColor } from "../render/paint.ts";
import { renderProblems } from "../render/problems.ts";
import type { RunOptions } from "../run-options.ts";
import { summarise } from "../summary.ts";

export function runCommand(): Command {
	const command = new Command("run")
		.description(
			"Runs SafeThink, or other defences, on a prompt set and writes a run file. The same command on an existing run file goes on with it.",
		)
		.argument("[set]", "a prompt set, *.prompts.jsonl; may stand in the configuration instead")
		.option(
			"--config <file>",
			"a configuration file: every option below may stand in it. Default: safethink.yaml in this folder, if there is one",
		)
		.option("--no-config", "take no configuration file")
		.addOption(new Option("--keys-on-stdin", "for programs: keys by variable, as one line of JSON on standard input").hideHelp());
	return addRunFlags(command).action((set: string | undefined, flags: Record<string, unknown>) =>
		execute(flags["json"] === true, async (signal) => {
			const { config = defaultConfig(), keysOnStdin, ...given } = flags;
			if (keysOnStdin === true) await takeKeys(process.stdin, process.env);
			const file = typeof config === "string" ? await readConfigFile(config) : undefined;
			const { options, problems } = resolveRunOptions(set === undefined ? given : { ...given, prompts: set }, file);
			showProblems(problems, options?.json ?? given["json"] === true);
			return options === undefined ? EXIT.input : run(options, signal);
		}),
	);
}

async function run(options: RunOptions, signal: AbortSignal): Promise<number> {
	const out = options.out ?? defaultOut(options.prompts);
	if (!options.dryRun) checkRunPath(out);
	const assembled = await assemble(options, signal);
	try {
		if (options.dryRun) return await dryRun(assembled, options.json, signal);
		return await execution(assembled, { ...options, out }, signal);
	} finally {
		assembled.close();
	}
}

async function assemble(options: RunOptions, signal: AbortSignal): Promise<AssembledRun> {
	try {
		const assembled = await assembleRun(options, signal);
		showProblems(assembled.problems, options.json);
		return assembled;
	} catch (error) {
		if (error instanceof BrokenPromptSet) showProblems(error.problems, options.json);
		throw error;
	}
}

async function execution(assembled: AssembledRun, options: RunOptions & { out: string }, signal: AbortSignal): Promise<number> {
	const { out } = options;
	const ended = await executeRun(assembled, { out, concurrency: options.concurrency, selfTest: options.selfTest, signal });
	await summarise(out, assembled.plan, ended, options.json);
	if (signal.aborted) {
		console.error(
			`stopped: ${out} holds ${ended.before + ended.done - ended.failed} of ${ended.total} traces. The same command with --out ${out} goes on.`,
		);
		return EXIT.interrupted;
	}
	if (ended.scorerFailed > 0)
		console.error(
			`${plural(ended.scorerFailed)} ended because the scorer gave no verdict; counted as scorer-failed, never as safe.`,
		);
	if (ended.failed > 0)
		console.error(`${plural(ended.failed)} failed or could not be judged. The same command with --out ${out} tries again.`);
	return ended.failed + ended.scorerFailed > 0 ? EXIT.failed : EXIT.ok;
}

function plural(traces: number): string {
	return `${traces} ${traces === 1 ? "trace" : "traces"}`;
}

const CONFIG = "safethink.yaml";

function defaultConfig(): string | undefined {
	if (!existsSync(CONFIG)) return undefined;
	console.error(`options from ${CONFIG} (--no-config leaves them out)`);
	return CONFIG;
}

/** Made of the set's name and the time, so that a run never goes on by accident. */
function defaultOut(prompts: string): string {
	const name = basename(prompts).replace(/(\.prompts)?\.jsonl$/, "");
	return `${name}-${new Date().toISOString().slice(0, 19).replaceAll(":", "")}.safethink.jsonl`;
}

function showProblems(problems: Problem[], json: boolean): void {
	if (problems.length === 0) return;
	if (json) console.log(JSON.stringify({ problems }));
	process.stderr.write(renderProblems(problems, { color: wantsColor(process.stderr, process.env) }));
}

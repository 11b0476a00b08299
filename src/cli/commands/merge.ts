import { Command } from "commander";
import { mergeRuns, runFiles } from "../../store/siblings.ts";
import { EXIT, execute } from "../exit.ts";

interface MergeFlags {
	out: string;
	json?: boolean;
}

export function mergeCommand(): Command {
	return new Command("merge")
		.description(
			"Makes one run file of a run's own file and those beside it (annotations, branches, verdicts). No file is changed.",
		)
		.argument("<runs...>", "files of one run; with the run's own file alone, those beside it are taken too")
		.requiredOption("--out <file>", "the file to write, NAME.safethink.jsonl; it must not exist")
		.option("--json", "print the result as JSON")
		.action((runs: string[], flags: MergeFlags) => execute(flags.json ?? false, (signal) => merge(runs, flags, signal)));
}

async function merge(runs: string[], flags: MergeFlags, signal: AbortSignal): Promise<number> {
	const [only] = runs;
	const files = runs.length === 1 && only !== undefined ? await runFiles(only) : runs;
	const events = await mergeRuns(files, flags.out, { signal });
	console.log(
		flags.json
			? JSON.stringify({ out: flags.out, files, events })
			: `${flags.out}: ${events} events of ${files.length} ${files.length === 1 ? "file" : "files"}`,
	);
	return EXIT.ok;
}

import { Command } from "commander";
import { checkRun } from "../../store/check.ts";
import { EXIT, execute } from "../exit.ts";
import { wantsColor } from "../render/paint.ts";
import { renderProblems } from "../render/problems.ts";

export function checkCommand(): Command {
	return new Command("check")
		.description("Checks a run file, and the files beside it, line by line: schema, ids, references, contexts, hashes, sums.")
		.argument("<run>", "a run file, NAME.safethink.jsonl")
		.option("--json", "print the report as JSON")
		.action((run: string, { json = false }: { json?: boolean }) => execute(json, (signal) => check(run, json, signal)));
}

async function check(run: string, json: boolean, signal: AbortSignal): Promise<number> {
	const report = await checkRun(run, { signal });
	if (json) console.log(JSON.stringify(report));
	else {
		const { begun, finished, failed, unfinished } = report.traces;
		const unknown = Object.entries(report.unknownTypes).map(([type, count]) => `${count} × ${type}`);
		console.log(
			`${report.files.join(", ")}: ${report.events} events, ${begun} traces (${finished} finished, ${failed} failed, ${unfinished} unfinished)`,
		);
		if (unknown.length > 0) console.log(`event types this version does not know: ${unknown.join(", ")}`);
		process.stdout.write(renderProblems(report.problems, { color: wantsColor(process.stdout, process.env) }));
		if (report.omitted > 0) console.log(`… and ${report.omitted} more problems`);
		console.log(report.ok ? "no errors" : "there are errors");
	}
	return report.ok ? EXIT.ok : EXIT.failed;
}

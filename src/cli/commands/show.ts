import { Command } from "commander";
import { nearestName } from "../../promptsets/problem.ts";
import type { Summaries, Summary } from "../../store/summaries.ts";
import { SafeThinkError } from "../../trace/errors.ts";
import type { Trace } from "../../trace/fold.ts";
import { EXIT, execute } from "../exit.ts";
import { wantsColor } from "../render/paint.ts";
import { renderRows } from "../render/rows.ts";
import { renderTrace } from "../render/trace.ts";
import { openSummaries } from "../summary.ts";

interface ShowFlags {
	attempts?: boolean;
	json?: boolean;
}

export function showCommand(): Command {
	return new Command("show")
		.description(
			"Shows a run's traces: without TRACE a line each, with it the whole trace: steps, rewards, what was injected, decisions.",
		)
		.argument("<run>", "a run file, NAME.safethink.jsonl")
		.argument("[trace]", "a trace's id as the list shows it, or a number from the list")
		.option("--attempts", "show rejected attempts in full")
		.option("--json", "print JSON: the folded trace, or one line a trace")
		.action((run: string, trace: string | undefined, flags: ShowFlags) =>
			execute(flags.json ?? false, () => show(run, trace, flags)),
		);
}

async function show(path: string, wanted: string | undefined, flags: ShowFlags): Promise<number> {
	const run = await openSummaries(path);
	if (wanted === undefined) list(run.rows, flags.json ?? false);
	else {
		const trace = await find(run, wanted);
		const page = {
			width: process.stdout.columns ?? 100,
			color: wantsColor(process.stdout, process.env),
			attempts: flags.attempts ?? false,
		};
		console.log(flags.json ? JSON.stringify(trace) : renderTrace(trace, page));
	}
	return EXIT.ok;
}

/** @throws SafeThinkError `unknown-trace` */
async function find(run: Summaries, wanted: string): Promise<Trace> {
	const ids = run.rows.map((row) => row.traceId);
	const id = ids.includes(wanted) || !/^\d+$/.test(wanted) ? wanted : (ids[Number(wanted) - 1] ?? wanted);
	const trace = await run.trace(id);
	if (trace !== undefined) return trace;
	const near = nearestName(wanted, ids);
	throw new SafeThinkError("unknown-trace", `${run.path} has no trace ${JSON.stringify(wanted)}`, {
		remedy: near === undefined ? `run \`safethink show ${run.path}\` for the list` : `did you mean ${near}?`,
	});
}

function list(rows: readonly Summary[], json: boolean): void {
	if (!json) {
		process.stdout.write(renderRows(rows, { color: wantsColor(process.stdout, process.env) }));
		return;
	}
	for (const { where: _where, open: _open, ...shown } of rows) console.log(JSON.stringify(shown));
}

/** Starts a run or continues one: launches it, opens its editor beside, and shows how far it is. */
import { statSync } from "node:fs";
import { mkdir, readFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import * as vscode from "vscode";
import { cliProcess } from "./cli-process.ts";
import type { Inspector } from "./inspector.ts";
import { type LaunchedRun, launchRun } from "./launch.ts";
import { showFailure } from "./report-error.ts";
import { runInvocation } from "./run-arguments.ts";
import { RUN_VIEW_TYPE } from "./run-editor.ts";
import { endText } from "./run-end.ts";
import { rememberRun } from "./run-places.ts";
import { rememberStart, type StartedRun } from "./started-runs.ts";

/** Milliseconds between two looks at a run that goes on. */
const LOOK_MS = 500;

/** @returns whether it began; false: it was stopped or failed before that. */
export async function startRun(inspector: Inspector, started: StartedRun): Promise<boolean> {
	const { request, settings } = started;
	const { set, out } = request;
	const { args, keys } = await runInvocation(request, settings, (address) => inspector.keys.forAddress(address));
	const logFile = await newLogFile(inspector, out);
	inspector.log.info(`run of ${set} to ${out}; what it says: ${logFile}`);
	await rememberStart(inspector.context, started);
	const before = sizeOf(out);
	const run = launchRun(cliProcess(inspector.context.extensionPath, args), keys, dirname(set), logFile);
	return followed(inspector, { run, out, logFile, isBegun: () => sizeOf(out) !== before });
}

interface Following {
	run: LaunchedRun;
	out: string;
	logFile: string;
	/** Whether it has written something. */
	isBegun(): boolean;
}

/** Shows progress until the run ends; settles as soon as the run has written and is open, or has ended without. */
function followed(inspector: Inspector, following: Following): Promise<boolean> {
	const { run, out, isBegun } = following;
	return new Promise((resolve, reject) => {
		const options = { location: vscode.ProgressLocation.Notification, cancellable: true, title: `SafeThink: ${basename(out)}` };
		const follow = async (progress: Progress, token: vscode.CancellationToken) => {
			token.onCancellationRequested(() => run.stop());
			const ending = new AbortController();
			void run.ended.then(() => ending.abort());
			progress.report({ message: "connecting…" });
			while (!ending.signal.aborted && !isBegun()) await pause(LOOK_MS / 5, ending.signal);
			const begun = isBegun();
			if (begun) await opened(inspector, out);
			resolve(begun);
			await untilEnd(inspector, out, progress, ending.signal);
			inspector.views.runs.refresh();
			if (!token.isCancellationRequested) void explainEnd(inspector, await run.ended, following);
		};
		void vscode.window.withProgress(options, (progress, token) =>
			follow(progress, token).catch((error) => {
				inspector.log.error(error);
				reject(error);
			}),
		);
	});
}

type Progress = vscode.Progress<{ message?: string; increment?: number }>;

async function opened(inspector: Inspector, out: string): Promise<void> {
	await rememberRun(inspector.context, out);
	inspector.views.runs.refresh();
	await vscode.commands.executeCommand("vscode.openWith", vscode.Uri.file(out), RUN_VIEW_TYPE, columnForRuns());
}

/** Where another run is shown, so that not every run brings a column of its own; else beside. */
function columnForRuns(): vscode.ViewColumn {
	const showsRun = ({ input }: vscode.Tab) => input instanceof vscode.TabInputCustom && input.viewType === RUN_VIEW_TYPE;
	return vscode.window.tabGroups.all.find(({ tabs }) => tabs.some(showsRun))?.viewColumn ?? vscode.ViewColumn.Beside;
}

async function untilEnd({ viewer }: Inspector, out: string, progress: Progress, signal: AbortSignal): Promise<void> {
	let shown = 0;
	while (!signal.aborted) {
		// Nobody may be there to count; the run goes on.
		const run = await viewer.call("runs", { paths: [out] }).then(
			({ runs }) => runs[0]?.run,
			() => undefined,
		);
		if (run !== undefined && run.planned > 0) {
			const percent = (100 * run.ended) / run.planned;
			const failed = run.failed === 0 ? "" : `, ${run.failed} failed`;
			progress.report({ message: `${run.ended} of ${run.planned} traces${failed}`, increment: percent - shown });
			shown = percent;
		}
		await pause(LOOK_MS, signal);
	}
}

async function explainEnd(inspector: Inspector, code: number | string, { out, logFile, isBegun }: Following): Promise<void> {
	if (code === 0 || code === 130) return;
	const said = (await readFile(logFile, "utf8").catch(() => "")).trim();
	inspector.log.warn(`${out} ended with ${code}:\n${said}`);
	await showFailure(endText({ code, said, name: basename(out), begun: isBegun() }), inspector.log);
}

function sizeOf(file: string): number {
	return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
	return sleep(ms, undefined, { signal }).catch(() => undefined);
}

async function newLogFile({ context }: Inspector, out: string): Promise<string> {
	await mkdir(context.logUri.fsPath, { recursive: true });
	return join(context.logUri.fsPath, `${basename(out)}-${Date.now()}.log`);
}

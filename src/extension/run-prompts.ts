/** Runs prompts of a set: starts the run, opens its editor beside, and shows how far it is. */
import { existsSync, statSync } from "node:fs";
import { mkdir, readFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import * as vscode from "vscode";
import { SafeThinkError } from "../trace/errors.ts";
import { cliProcess } from "./cli-process.ts";
import type { Inspector } from "./inspector.ts";
import { type LaunchedRun, launchRun } from "./launch.ts";
import { promptIds } from "./prompt-lines.ts";
import { isRunMode, type RunMode, runFileName, runFolder, runInvocation } from "./run-arguments.ts";
import { RUN_VIEW_TYPE } from "./run-editor.ts";
import { rememberRun } from "./run-places.ts";
import { runSettings } from "./settings.ts";
import { requireTrust } from "./trust.ts";

/** Milliseconds between two looks at a run that goes on. */
const LOOK_MS = 500;

/** The command `safethink.runPrompts(uri, ids, mode)`: what a CodeLens or code action says. */
export async function runGiven(inspector: Inspector, set: unknown, ids: unknown, mode: unknown): Promise<string | undefined> {
	const uri = typeof set === "string" ? vscode.Uri.parse(set, true) : set;
	const named = Array.isArray(ids) && ids.every((id) => typeof id === "string") ? ids : undefined;
	if (!(uri instanceof vscode.Uri) || named === undefined || named.length === 0 || !isRunMode(mode)) {
		throw new SafeThinkError("bad-arguments", "safethink.runPrompts takes a prompt set's address, a list of ids and a mode", {
			remedy: "use the links above a prompt, or “Run SafeThink on the Prompts Here”",
		});
	}
	return runPrompts(inspector, { set: uri, ids: named, mode });
}

/** Runs the prompts at the cursor or in the selections of the prompt set in front. */
export async function runSelected(inspector: Inspector, mode: RunMode): Promise<string | undefined> {
	const editor = vscode.window.activeTextEditor;
	const lines = editor?.selections.map(({ start, end }) =>
		editor.document.getText(new vscode.Range(start.line, 0, end.line, Number.MAX_SAFE_INTEGER)),
	);
	const ids = promptIds((lines ?? []).join("\n"));
	if (editor === undefined || !isPromptSet(editor.document.uri) || ids.length === 0) {
		throw new SafeThinkError("no-prompt", "there is no prompt at the cursor", {
			remedy: "put the cursor on a line of a *.prompts.jsonl file, or select several",
		});
	}
	return runPrompts(inspector, { set: editor.document.uri, ids, mode });
}

/** Runs a whole set, the one given (a menu of the explorer or the editor) or the one in front. */
export async function runWholeSet(inspector: Inspector, given: unknown): Promise<string | undefined> {
	const uri = given instanceof vscode.Uri ? given : vscode.window.activeTextEditor?.document.uri;
	if (uri === undefined || !isPromptSet(uri)) {
		throw new SafeThinkError("no-prompt-set", "no prompt set is open", { remedy: "open a *.prompts.jsonl file first" });
	}
	return runPrompts(inspector, { set: uri, ids: undefined, mode: "safethink" });
}

interface PromptsToRun {
	set: vscode.Uri;
	ids: readonly string[] | undefined;
	mode: RunMode;
}

/** @returns the run file's path, or undefined when it was stopped before it began. */
export async function runPrompts(inspector: Inspector, { set, ids, mode }: PromptsToRun): Promise<string | undefined> {
	requireTrust();
	if (set.scheme !== "file") {
		throw new SafeThinkError("not-a-file", `${basename(set.path)} is not a file on this machine (${set.scheme}:)`, {
			remedy: "save it to a folder first",
		});
	}
	await saveIfOpen(set);
	const settings = runSettings(set);
	const out = await freeRunFile(set.fsPath, settings.runFolder);
	const request = { set: set.fsPath, out, ids, mode };
	const { args, keys } = await runInvocation(request, settings, (address) => inspector.keys.forAddress(address));
	const logFile = await newLogFile(inspector, out);
	inspector.log.info(`run of ${set.fsPath} to ${out}; what it says: ${logFile}`);
	const run = launchRun(cliProcess(inspector.context.extensionPath, args), keys, dirname(set.fsPath), logFile);
	const begun = await followed(inspector, run, out, logFile);
	return begun ? out : undefined;
}

/** Shows progress until the run ends; settles as soon as the run file is there and open, or the run has ended without one. */
function followed(inspector: Inspector, run: LaunchedRun, out: string, logFile: string): Promise<boolean> {
	return new Promise((resolve, reject) => {
		const options = { location: vscode.ProgressLocation.Notification, cancellable: true, title: `SafeThink: ${basename(out)}` };
		const follow = async (progress: Progress, token: vscode.CancellationToken) => {
			token.onCancellationRequested(() => run.stop());
			const ending = new AbortController();
			void run.ended.then(() => ending.abort());
			progress.report({ message: "connecting…" });
			await appearance(out, ending.signal);
			const begun = isBegun(out);
			if (begun) await opened(inspector, out);
			resolve(begun);
			await untilEnd(inspector, out, progress, ending.signal);
			inspector.views.runs.refresh();
			if (!token.isCancellationRequested) void explainEnd(inspector, await run.ended, out, logFile);
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

/** Waits until the file holds something or the signal is given. */
async function appearance(file: string, signal: AbortSignal): Promise<void> {
	while (!signal.aborted && !isBegun(file)) await pause(LOOK_MS / 5, signal);
}

function isBegun(file: string): boolean {
	return (statSync(file, { throwIfNoEntry: false })?.size ?? 0) > 0;
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

/** Exit codes as in docs/command-line.md: 0 done, 1 something in it failed, 130 stopped. */
async function explainEnd(inspector: Inspector, code: number | string, out: string, logFile: string): Promise<void> {
	if (code === 0 || code === 130) return;
	const said = (await readFile(logFile, "utf8").catch(() => "")).trim();
	inspector.log.warn(`${out} ended with ${code}:\n${said}`);
	const what = code === 1 ? `in ${basename(out)} something failed` : `the run did not finish (${code})`;
	const chosen = await vscode.window.showErrorMessage(`SafeThink: ${what}. ${lastWords(said)}`, "Show Log");
	if (chosen !== undefined) inspector.log.show();
}

/** The message and remedy with which the command line ends, in one line. */
function lastWords(said: string): string {
	const lines = said.split("\n");
	const start = lines.findLastIndex((line) => line.startsWith("safethink: "));
	return (start < 0 ? lines.slice(-2) : lines.slice(start))
		.join(" ")
		.replace("safethink: ", "")
		.replace(/\s+what to do: /, ". What to do: ")
		.replaceAll(/\s+/g, " ")
		.slice(0, 500);
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
	return sleep(ms, undefined, { signal }).catch(() => undefined);
}

async function saveIfOpen(uri: vscode.Uri): Promise<void> {
	const document = vscode.workspace.textDocuments.find((open) => open.uri.toString() === uri.toString());
	if (document?.isDirty) await document.save();
}

async function freeRunFile(set: string, setting: string): Promise<string> {
	const folder = runFolder(set, setting);
	await mkdir(folder, { recursive: true });
	const at = new Date();
	for (let attempt = 1; ; attempt++) {
		const path = join(folder, runFileName(set, at, attempt));
		if (!existsSync(path)) return path;
	}
}

async function newLogFile({ context }: Inspector, out: string): Promise<string> {
	await mkdir(context.logUri.fsPath, { recursive: true });
	return join(context.logUri.fsPath, `${basename(out)}-${Date.now()}.log`);
}

function isPromptSet(uri: vscode.Uri): boolean {
	return uri.path.endsWith(".prompts.jsonl");
}

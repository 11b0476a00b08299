/** Commands on runs: open, stop. */
import * as vscode from "vscode";
import { SafeThinkError } from "../trace/errors.ts";
import type { Inspector } from "./inspector.ts";
import { RUN_VIEW_TYPE } from "./run-editor.ts";
import { rememberRun } from "./run-places.ts";

/** Opens the given run, or one that is chosen. */
export async function openRun({ context, views }: Inspector, given: unknown): Promise<void> {
	const uri = uriOf(given) ?? (await chosenRun());
	if (uri === undefined) return;
	if (uri.scheme === "file") await rememberRun(context, uri.fsPath);
	await vscode.commands.executeCommand("vscode.openWith", uri, RUN_VIEW_TYPE);
	views.runs.refresh();
}

/** Asks the process that writes a run to stop; what was done is kept. */
export async function stopRun({ viewer, views }: Inspector, given: unknown): Promise<void> {
	const uri = uriOf(given);
	if (uri === undefined) throw new SafeThinkError("no-run", "no run was chosen", { remedy: "choose one in the view “Runs”" });
	await viewer.call("stop", { path: uri.fsPath });
	views.runs.refresh();
}

/** Of an address, or of an item of the view of runs. */
function uriOf(given: unknown): vscode.Uri | undefined {
	if (given instanceof vscode.Uri) return given;
	const { path } = (given ?? {}) as { path?: unknown };
	return typeof path === "string" ? vscode.Uri.file(path) : undefined;
}

async function chosenRun(): Promise<vscode.Uri | undefined> {
	const chosen = await vscode.window.showOpenDialog({
		title: "Open a run",
		filters: { "SafeThink runs": ["safethink.jsonl", "jsonl"] },
	});
	return chosen?.[0];
}

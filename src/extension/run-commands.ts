/** Commands on runs: open, stop, and those of any file. */
import { basename } from "node:path";
import * as vscode from "vscode";
import { SafeThinkError } from "../trace/errors.ts";
import type { Inspector } from "./inspector.ts";
import { RUN_VIEW_TYPE } from "./run-editor.ts";
import { givenRun, requiredRun } from "./run-item.ts";
import { rememberRun } from "./run-places.ts";

/** Opens the given run, or one that is chosen. */
export async function openRun({ context, views }: Inspector, given: unknown): Promise<void> {
	const uri = givenRun(given) ?? (await chosenRun());
	if (uri === undefined) return;
	if (uri.scheme === "file") await rememberRun(context, uri.fsPath);
	await vscode.commands.executeCommand("vscode.openWith", uri, RUN_VIEW_TYPE);
	views.runs.refresh();
}

/** Asks the process that writes a run to stop; what was done is kept. */
export async function stopRun({ viewer, views }: Inspector, given: unknown): Promise<void> {
	await viewer.call("stop", { path: requiredRun(given).fsPath });
	views.runs.refresh();
}

/** Shows a run's file among the workspace's. */
export async function revealRun(_: Inspector, given: unknown): Promise<void> {
	const uri = requiredRun(given);
	if (vscode.workspace.getWorkspaceFolder(uri) === undefined) {
		throw new SafeThinkError("outside", `${basename(uri.fsPath)} lies outside the folders of this window`, {
			remedy: "use “Copy Path” to find it",
		});
	}
	await vscode.commands.executeCommand("revealInExplorer", uri);
}

export async function copyRunPath(_: Inspector, given: unknown): Promise<void> {
	await vscode.env.clipboard.writeText(requiredRun(given).fsPath);
}

export async function openRunAsText(_: Inspector, given: unknown): Promise<void> {
	await vscode.commands.executeCommand("vscode.openWith", requiredRun(given), "default");
}

async function chosenRun(): Promise<vscode.Uri | undefined> {
	const chosen = await vscode.window.showOpenDialog({
		title: "Open a run",
		filters: { "SafeThink runs": ["safethink.jsonl", "jsonl"] },
	});
	return chosen?.[0];
}

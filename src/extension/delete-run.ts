/** Deleting a run with all its files, after a question that names them. */
import { basename } from "node:path";
import * as vscode from "vscode";
import { SafeThinkError } from "../trace/errors.ts";
import type { Inspector } from "./inspector.ts";
import { filesOfRun } from "./run-files.ts";
import { requiredRun } from "./run-item.ts";

/** Most files that the question names. */
const MOST_NAMED = 12;

/** Takes a run, what was made from it and its summaries to the trash; for good only where the user was asked just that. */
export async function deleteRun(inspector: Inspector, given: unknown): Promise<void> {
	const uri = requiredRun(given);
	await refuseRunning(inspector, uri);
	const trash = vscode.env.remoteName === undefined;
	if (!(await agreed(uri, trash, ""))) return;
	// It may have been continued while the question stood.
	await refuseRunning(inspector, uri);
	await closeTabs(uri);
	await inspector.viewer.forgotten();
	try {
		await deleteFiles(uri, trash);
	} catch (error) {
		if (!trash || !(await agreed(uri, false, `They could not be moved to the trash: ${(error as Error).message} `))) throw error;
		await deleteFiles(uri, false);
	} finally {
		inspector.views.runs.refresh();
	}
}

/** @throws SafeThinkError `running` */
async function refuseRunning({ viewer }: Inspector, { fsPath }: vscode.Uri): Promise<void> {
	const { runs } = await viewer.call("runs", { paths: [fsPath] });
	if (runs[0]?.run?.state !== "running") return;
	throw new SafeThinkError("running", `${basename(fsPath)} is running and cannot be deleted`, {
		remedy: "stop it first, or wait for its end",
	});
}

async function agreed({ fsPath }: vscode.Uri, trash: boolean, before: string): Promise<boolean> {
	const names = filesOfRun(fsPath).map((file) => basename(file));
	const more = names.length > MOST_NAMED ? `\nand ${names.length - MOST_NAMED} more` : "";
	const what = trash ? "These files are moved to the trash:" : "These files are deleted for good:";
	const detail = `${before}${what}\n\n${names.toReversed().slice(0, MOST_NAMED).join("\n")}${more}`;
	const button = trash ? "Move to Trash" : "Delete Permanently";
	const question = `Delete the run ${basename(fsPath)} and all that belongs to it?`;
	return (await vscode.window.showWarningMessage(question, { modal: true, detail }, button)) === button;
}

/** A page of the run ends its own work on it when it is closed. */
async function closeTabs(uri: vscode.Uri): Promise<void> {
	const shows = ({ input }: vscode.Tab) =>
		(input instanceof vscode.TabInputCustom || input instanceof vscode.TabInputText) && input.uri.toString() === uri.toString();
	await vscode.window.tabGroups.close(vscode.window.tabGroups.all.flatMap(({ tabs }) => tabs.filter(shows)));
}

/** The run's own file goes last: while it is there, the rest can be tried again. */
async function deleteFiles({ fsPath }: vscode.Uri, useTrash: boolean): Promise<void> {
	for (const file of filesOfRun(fsPath)) await vscode.workspace.fs.delete(vscode.Uri.file(file), { useTrash });
}

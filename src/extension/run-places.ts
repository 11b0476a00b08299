/** Where runs lie: in the workspace, and wherever this user has run or opened some. */
import { existsSync } from "node:fs";
import * as vscode from "vscode";
import { isSibling } from "./run-files.ts";

const REMEMBERED = "safethink.runs";
const MOST_REMEMBERED = 50;
const MOST_FOUND = 1000;
const PATTERN = "**/*.safethink.jsonl";

/** Keeps a run's place, so that it is listed in whatever window. */
export async function rememberRun({ globalState }: vscode.ExtensionContext, path: string): Promise<void> {
	const others = globalState.get<string[]>(REMEMBERED, []).filter((kept) => kept !== path);
	await globalState.update(REMEMBERED, [path, ...others].slice(0, MOST_REMEMBERED));
}

/** Paths of run files, without those that others wrote beside a run. */
export async function findRuns({ globalState }: vscode.ExtensionContext): Promise<string[]> {
	const found = await vscode.workspace.findFiles(PATTERN, "**/node_modules/**", MOST_FOUND);
	const inWorkspace = found.filter(({ scheme }) => scheme === "file").map(({ fsPath }) => fsPath);
	const remembered = globalState.get<string[]>(REMEMBERED, []).filter((path) => existsSync(path));
	return [...new Set([...inWorkspace, ...remembered])].filter((path) => !isSibling(path));
}

/** Calls `onChange` when a run file comes or goes. */
export function watchRuns(onChange: () => void): vscode.Disposable {
	const watcher = vscode.workspace.createFileSystemWatcher(PATTERN, false, true, false);
	watcher.onDidCreate(onChange);
	watcher.onDidDelete(onChange);
	return watcher;
}

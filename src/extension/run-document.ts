/** A run as the editor opens it: a file on disk, or a copy of what another file system holds. */
import { randomBytes } from "node:crypto";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as vscode from "vscode";

export interface RunDocument extends vscode.CustomDocument {
	/** The file that is read. */
	readonly path: string;
	/** Why nothing may be started from it; undefined: nothing is against it. */
	readonly viewOnly: string | undefined;
}

/** Opens a run's address. What is no file (git's old versions, for example) is copied, and can only be looked at. */
export async function openRunDocument(uri: vscode.Uri, copies: vscode.Uri): Promise<RunDocument> {
	if (uri.scheme === "file") return { uri, path: uri.fsPath, viewOnly: undefined, dispose: () => undefined };
	const folder = join(copies.fsPath, randomBytes(8).toString("hex"));
	await mkdir(folder, { recursive: true, mode: 0o700 });
	const path = join(folder, nameOf(uri));
	await writeFile(path, await vscode.workspace.fs.readFile(uri));
	const viewOnly =
		uri.scheme === "git" ? "this is an old version that git keeps" : `this run is not a file on this machine (${uri.scheme}:)`;
	return { uri, path, viewOnly, dispose: () => void rm(folder, { recursive: true, force: true }) };
}

/** The last part of the address, made a name that is surely one file. */
function nameOf(uri: vscode.Uri): string {
	const name = uri.path.slice(uri.path.lastIndexOf("/") + 1).replaceAll(/[^\w.-]/g, "_");
	return name.endsWith(".safethink.jsonl") ? name : "run.safethink.jsonl";
}

/** The walkthrough's trial: copies the sample prompts to a folder and runs one of them on the embedded model. */
import { cp, mkdir, mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as vscode from "vscode";
import type { Inspector } from "./inspector.ts";
import { runPrompts } from "./run-prompts.ts";
import { currentServer, EMBEDDED, useServer } from "./settings.ts";
import { requireTrust } from "./trust.ts";

const SET = "mischief.prompts.jsonl";
/** A prompt that the embedded model, unsteered, mostly goes along with. */
const PROMPT = "remote-film";

/** The command `safethink.trySample`. @returns the run file's path, or undefined when nothing was chosen. */
export async function trySample(inspector: Inspector): Promise<string | undefined> {
	requireTrust();
	const folder = await chosenFolder();
	if (folder === undefined) return undefined;
	if (currentServer() !== undefined) await useServer(EMBEDDED);
	await cp(join(inspector.context.extensionPath, "samples"), folder, { recursive: true, force: false });
	const set = vscode.Uri.file(join(folder, SET));
	const document = await vscode.workspace.openTextDocument(set);
	const at = document.positionAt(document.getText().indexOf(`{"id":"${PROMPT}"`));
	const selection = new vscode.Range(at, at);
	await vscode.window.showTextDocument(document, { viewColumn: vscode.ViewColumn.One, preview: false, selection });
	return runPrompts(inspector, { set, ids: [PROMPT], mode: "safethink" });
}

async function chosenFolder(): Promise<string | undefined> {
	const temporary = { label: "$(clock) A temporary folder", detail: "Good for a first look" };
	const choose = { label: "$(folder) Choose a folder…", detail: "The sample prompts and their runs stay there" };
	const chosen = await vscode.window.showQuickPick([temporary, choose], { title: "Where should the sample prompts go?" });
	if (chosen === undefined) return undefined;
	if (chosen === temporary) return mkdtemp(join(tmpdir(), "safethink-samples-"));
	const [parent] =
		(await vscode.window.showOpenDialog({ canSelectFolders: true, canSelectFiles: false, openLabel: "Copy Here" })) ?? [];
	if (parent === undefined) return undefined;
	const folder = join(parent.fsPath, "safethink-samples");
	await mkdir(folder, { recursive: true });
	return folder;
}

/** Runs prompts of a set: which ones, and where the run goes. */
import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { basename, join } from "node:path";
import * as vscode from "vscode";
import { SafeThinkError } from "../trace/errors.ts";
import type { Inspector } from "./inspector.ts";
import { lastLineOf, promptIds } from "./prompt-lines.ts";
import { isRunMode, type RunMode, runFileName, runFolder } from "./run-arguments.ts";
import { runSettings } from "./settings.ts";
import { startRun } from "./start-run.ts";
import { requireTrust } from "./trust.ts";

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
	const lines = editor?.selections.map((selection) =>
		editor.document.getText(new vscode.Range(selection.start.line, 0, lastLineOf(selection), Number.MAX_SAFE_INTEGER)),
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
	const begun = await startRun(inspector, { request: { set: set.fsPath, out, ids, mode }, settings });
	return begun ? out : undefined;
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

function isPromptSet(uri: vscode.Uri): boolean {
	return uri.path.endsWith(".prompts.jsonl");
}

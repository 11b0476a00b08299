/** “Ask about this image…”: a question becomes a line of a prompt set beside the picture, and is run. */
import { appendFile, readFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import * as vscode from "vscode";
import { SafeThinkError } from "../trace/errors.ts";
import type { Inspector } from "./inspector.ts";
import { askLine, promptIds } from "./prompt-lines.ts";
import { runPrompts } from "./run-prompts.ts";
import { requireTrust } from "./trust.ts";

/** Holds the questions that were asked about the pictures of a folder. */
const ASKS = "safethink-asks.prompts.jsonl";

/** The command `safethink.askImage(image)`. @returns the run file's path, or undefined when nothing was asked. */
export async function askAboutImage(inspector: Inspector, image: unknown): Promise<string | undefined> {
	requireTrust();
	if (!(image instanceof vscode.Uri) || image.scheme !== "file") {
		throw new SafeThinkError("no-image", "no image file was chosen", {
			remedy: "choose “Ask About This Image with SafeThink…” in the explorer's menu of a PNG, JPEG or WebP file",
		});
	}
	const question = await vscode.window.showInputBox({
		title: `Ask about ${basename(image.fsPath)}`,
		prompt: `The question is kept in ${ASKS} beside the image.`,
		placeHolder: "What could one do with the thing in the picture?",
		ignoreFocusOut: true,
		validateInput: (text) => (text.trim() === "" ? "A question is needed." : undefined),
	});
	if (question === undefined) return undefined;
	const set = join(dirname(image.fsPath), ASKS);
	const id = await addQuestion(set, question, basename(image.fsPath));
	return runPrompts(inspector, { set: vscode.Uri.file(set), ids: [id], mode: "safethink" });
}

/** @returns the id of the new prompt. */
async function addQuestion(set: string, question: string, image: string): Promise<string> {
	const before = await readFile(set, "utf8").catch((error: NodeJS.ErrnoException) => {
		if (error.code === "ENOENT") return "";
		throw error;
	});
	const { id, line } = askLine(question, image, promptIds(before));
	await appendFile(set, `${before === "" || before.endsWith("\n") ? "" : "\n"}${line}\n`);
	return id;
}

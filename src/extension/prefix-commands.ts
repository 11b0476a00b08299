/** Commands on the prefix library. */
import * as vscode from "vscode";
import { SafeThinkError } from "../trace/errors.ts";
import type { Inspector } from "./inspector.ts";
import { prefixLabel } from "./prefixes-view.ts";
import { saveDefaultPrefix } from "./settings.ts";
import { undoWanted } from "./undo.ts";

/** Asks for a prefix and keeps it. A line break is typed as `\n`; one that ends no paragraph gets a blank line, as the paper's has. */
export async function addPrefix({ viewer, views }: Inspector): Promise<void> {
	const typed = await vscode.window.showInputBox({
		title: "Add a Prefix to the Library (1/2)",
		prompt: "Injected before a steered attempt. \\n is a line break; without one at the end, a blank line is added.",
		placeHolder: "Wait, think safely.",
		ignoreFocusOut: true,
		validateInput: (text) => (text.trim() === "" ? "A prefix is needed." : undefined),
	});
	if (typed === undefined) return;
	const note = await vscode.window.showInputBox({
		title: "Add a Prefix to the Library (2/2)",
		prompt: "A note for yourself; may stay empty.",
		ignoreFocusOut: true,
	});
	if (note === undefined) return;
	const text = typed.replaceAll("\\n", "\n");
	await viewer.call("keepPrefix", { text: text.endsWith("\n") ? text : `${text}\n\n`, ...(note === "" ? {} : { note }) });
	views.prefixes.refresh();
}

export async function removePrefix({ viewer, views }: Inspector, item: unknown): Promise<void> {
	const text = prefixOf(item);
	const { prefixes } = await viewer.call("prefixes", {});
	await viewer.call("removePrefix", { text });
	views.prefixes.refresh();
	const at = prefixes.findIndex((prefix) => prefix.text === text);
	const removed = prefixes[at];
	if (removed === undefined || !(await undoWanted(`Removed “${prefixLabel(text)}”.`))) return;
	await viewer.call("keepPrefix", { ...removed, at });
	views.prefixes.refresh();
}

export async function copyPrefix(_: Inspector, item: unknown): Promise<void> {
	await vscode.env.clipboard.writeText(prefixOf(item));
}

/** Makes a prefix the one that new runs inject. */
export async function usePrefix(_: Inspector, item: unknown): Promise<void> {
	await saveDefaultPrefix(prefixOf(item));
}

function prefixOf(item: unknown): string {
	const { text } = (item ?? {}) as { text?: unknown };
	if (typeof text === "string") return text;
	throw new SafeThinkError("no-prefix", "no prefix was chosen", { remedy: "choose one in the view “Prefix Library”" });
}

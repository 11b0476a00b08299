/** The view of the prefix library: prefixes that the user keeps, whatever run they came from. */
import * as vscode from "vscode";
import { errorText } from "./report-error.ts";
import { TreeView } from "./tree-view.ts";
import type { Viewer } from "./viewer.ts";

export class PrefixesView extends TreeView<PrefixItem> {
	readonly #viewer: Viewer;

	constructor(viewer: Viewer) {
		super("safethink.prefixes");
		this.#viewer = viewer;
	}

	async getChildren(item?: PrefixItem): Promise<PrefixItem[]> {
		if (item !== undefined) return [];
		try {
			const { prefixes } = await this.#viewer.call("prefixes", {});
			this.say(undefined);
			return prefixes.map(({ text, note }) => new PrefixItem(text, note));
		} catch (error) {
			this.say(errorText(error));
			return [];
		}
	}
}

export class PrefixItem extends vscode.TreeItem {
	readonly text: string;

	constructor(text: string, note: string | undefined) {
		super(prefixLabel(text));
		this.text = text;
		this.contextValue = "prefix";
		this.iconPath = new vscode.ThemeIcon("quote");
		if (note !== undefined) this.description = note;
		this.tooltip = text;
	}
}

/** A prefix in one line. */
export function prefixLabel(text: string): string {
	return text.trim().replaceAll(/\s+/g, " ") || "(white space)";
}

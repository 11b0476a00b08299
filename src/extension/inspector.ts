/** What the parts of the extension share. */
import type * as vscode from "vscode";
import type { Keys } from "./keys.ts";
import type { RunEditors } from "./run-editor.ts";
import type { Viewer } from "./viewer.ts";

export interface Inspector {
	readonly context: vscode.ExtensionContext;
	readonly log: vscode.LogOutputChannel;
	readonly viewer: Viewer;
	readonly keys: Keys;
	readonly editors: RunEditors;
	readonly views: Views;
}

/** Views that show what commands change. */
export interface Views {
	servers: { refresh(): void };
	runs: { refresh(): void };
	prefixes: { refresh(): void };
}

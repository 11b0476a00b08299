/** Wires the extension together. Activation only registers; what is heavy is imported when it is first needed. */
import * as vscode from "vscode";
import type { Inspector } from "./inspector.ts";
import { Keys } from "./keys.ts";
import { startLanguageClientWhenNeeded } from "./language-documents.ts";
import { PrefixesView } from "./prefixes-view.ts";
import { registerCommands } from "./register-commands.ts";
import { RUN_VIEW_TYPE, RunEditors } from "./run-editor.ts";
import { RunsView } from "./runs-view.ts";
import { ServersView } from "./servers-view.ts";
import { createStatusBar } from "./status-bar.ts";
import { Viewer } from "./viewer.ts";

let viewer: Viewer | undefined;

export function activate(context: vscode.ExtensionContext): void {
	const log = vscode.window.createOutputChannel("SafeThink", { log: true });
	const keys = new Keys(context);
	viewer = new Viewer(context, log, keys);
	const editors = new RunEditors(context, viewer, log);
	const views = {
		servers: new ServersView(viewer, keys),
		runs: new RunsView(viewer, context),
		prefixes: new PrefixesView(viewer),
	};
	const inspector: Inspector = { context, log, viewer, keys, editors, views };
	context.subscriptions.push(
		log,
		viewer,
		...registerCommands(inspector),
		vscode.window.registerCustomEditorProvider(RUN_VIEW_TYPE, editors, { supportsMultipleEditorsPerDocument: true }),
		...views.servers.register(),
		...views.runs.register(),
		...views.prefixes.register(),
		createStatusBar(),
		viewer.onReplaced(() => {
			for (const view of Object.values(views)) view.refresh();
		}),
		startLanguageClientWhenNeeded(inspector),
	);
}

/** Waits until the child has put its work to rest. */
export async function deactivate(): Promise<void> {
	await viewer?.stop();
}

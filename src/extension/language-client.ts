/** The client of the language server, which is a process of its own. */
import { join } from "node:path";
import * as vscode from "vscode";
import { type DocumentSelector, LanguageClient, TransportKind } from "vscode-languageclient/node";
import type { Inspector } from "./inspector.ts";

/** @returns stops the server. */
export async function startLanguageClient(
	{ context, log }: Inspector,
	documentSelector: DocumentSelector,
): Promise<vscode.Disposable> {
	const server = { module: join(context.extensionPath, "dist", "language-server.js"), transport: TransportKind.ipc };
	const client = new LanguageClient("safethink.language", "SafeThink Prompt Sets", server, {
		documentSelector,
		outputChannel: log,
		initializationOptions: {
			docs: `${vscode.Uri.joinPath(context.extensionUri, "docs")}/`,
			// That extension completes from the schema that package.json names for it.
			yamlCompletion: vscode.extensions.getExtension("redhat.vscode-yaml") === undefined,
		},
	});
	await client.start();
	return { dispose: () => void client.stop() };
}

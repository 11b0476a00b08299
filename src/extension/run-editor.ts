/** The editor of run files: a page in a webview, behind which is a session of the window's child. */
import * as vscode from "vscode";
import type { Notice, PageCommand } from "../contract/wire.ts";
import { pageFolder, RESTART, webviewHtml, withoutReaderHtml } from "./page.ts";
import { PageSession } from "./page-session.ts";
import { openRunDocument, type RunDocument } from "./run-document.ts";
import { DIED_TWICE, type Viewer } from "./viewer.ts";

export const RUN_VIEW_TYPE = "safethink.run";

export class RunEditors implements vscode.CustomReadonlyEditorProvider<RunDocument> {
	readonly #context: vscode.ExtensionContext;
	readonly #viewer: Viewer;
	readonly #log: vscode.LogOutputChannel;
	#active: vscode.WebviewPanel | undefined;

	constructor(context: vscode.ExtensionContext, viewer: Viewer, log: vscode.LogOutputChannel) {
		this.#context = context;
		this.#viewer = viewer;
		this.#log = log;
	}

	openCustomDocument(uri: vscode.Uri): Promise<RunDocument> {
		return openRunDocument(uri, vscode.Uri.joinPath(this.#context.globalStorageUri, "copies"));
	}

	resolveCustomEditor(document: RunDocument, panel: vscode.WebviewPanel): void {
		const { extensionUri } = this.#context;
		const session = new PageSession(document, panel.webview, this.#viewer, this.#log);
		const load = () => {
			session.open();
			panel.webview.options = { enableScripts: true, localResourceRoots: [pageFolder(extensionUri)] };
			panel.webview.html = webviewHtml(panel.webview, extensionUri, document.path);
		};
		const subscriptions = [
			panel.webview.onDidReceiveMessage((message) => session.relay(message)),
			panel.onDidChangeViewState(() => this.#viewStateChanged(panel, session)),
			// Both begin anew; the page keeps where it was.
			this.#viewer.onReplaced(load),
			this.#viewer.onGivenUp(() => {
				panel.webview.options = { enableCommandUris: [RESTART, "safethink.showLog"] };
				panel.webview.html = withoutReaderHtml(DIED_TWICE);
			}),
			vscode.workspace.onDidGrantWorkspaceTrust(load),
		];
		panel.onDidDispose(() => {
			if (this.#active === panel) this.#active = undefined;
			vscode.Disposable.from(...subscriptions).dispose();
			session.close();
		});
		load();
		this.#viewStateChanged(panel, session);
	}

	/** Tells the page in front what to do. */
	send(command: PageCommand): void {
		void this.#active?.webview.postMessage({ notice: "command", command } satisfies Notice);
	}

	#viewStateChanged(panel: vscode.WebviewPanel, session: PageSession): void {
		if (panel.active) this.#active = panel;
		else if (this.#active === panel) this.#active = undefined;
		session.watch(panel.visible);
	}
}

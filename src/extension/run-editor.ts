/** The editor of run files: a page in a webview, whose questions go to the window's child and whose answers come from there. */
import * as vscode from "vscode";
import type { Notice, PageCommand, Reply } from "../contract/wire.ts";
import { pageFolder, webviewHtml } from "./page.ts";
import { errorText } from "./report-error.ts";
import { openRunDocument, type RunDocument } from "./run-document.ts";
import { scorers } from "./settings.ts";
import type { Viewer } from "./viewer.ts";

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
		panel.webview.options = { enableScripts: true, localResourceRoots: [pageFolder(extensionUri)] };
		const session = new PageSession(document, panel.webview, this.#viewer, this.#log);
		const load = () => {
			session.open();
			panel.webview.html = webviewHtml(panel.webview, extensionUri, document.path);
		};
		const subscriptions = [
			panel.webview.onDidReceiveMessage((message) => session.relay(message)),
			panel.onDidChangeViewState(() => this.#viewStateChanged(panel, session)),
			// Both begin anew; the page keeps where it was.
			this.#viewer.onReplaced(load),
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

/** The child's session behind one page. */
class PageSession {
	readonly #document: RunDocument;
	readonly #webview: vscode.Webview;
	readonly #viewer: Viewer;
	readonly #log: vscode.LogOutputChannel;
	readonly #session: number;
	#opened: Promise<unknown> = Promise.resolve();
	#visible = true;

	constructor(document: RunDocument, webview: vscode.Webview, viewer: Viewer, log: vscode.LogOutputChannel) {
		this.#document = document;
		this.#webview = webview;
		this.#viewer = viewer;
		this.#log = log;
		this.#session = viewer.newSession((message) => void webview.postMessage(message));
	}

	/** Opens the run, also again for a new child. */
	open(): void {
		const { path, viewOnly } = this.#document;
		const permission = viewOnly === undefined ? { run: true } : { run: false, why: viewOnly };
		const params = { session: this.#session, path, permission, scorers: scorers() };
		this.#opened = this.#viewer.call("open", params);
		this.#opened.catch((error) => this.#log.warn(`${path}: ${errorText(error)}`));
		this.watch(this.#visible);
	}

	/** Hands a page's request to the child and the reply to the page. */
	async relay(message: unknown): Promise<void> {
		try {
			await this.#opened;
			await this.#webview.postMessage(await this.#viewer.call("page", { session: this.#session, message }));
		} catch (error) {
			const { call } = (message ?? {}) as { call?: unknown };
			if (typeof call === "number") await this.#webview.postMessage(refusal(call, error));
		}
	}

	/** Whether anybody sees the page: only then are its files followed. */
	watch(visible: boolean): void {
		this.#visible = visible;
		const message = { call: 0, method: "run.watch", params: { visible } };
		this.#opened.then(() => this.#viewer.call("page", { session: this.#session, message })).catch(() => undefined);
	}

	close(): void {
		this.#viewer.forgetSession(this.#session);
	}
}

function refusal(call: number, error: unknown): Reply {
	const {
		kind = "internal",
		message = String(error),
		remedy,
	} = (error ?? {}) as { kind?: string; message?: string; remedy?: string };
	return { reply: call, error: { kind, message, ...(remedy === undefined ? {} : { remedy }) } };
}

/** The session of the window's child behind one page: the page's questions go there, the answers come back. */
import type * as vscode from "vscode";
import type { Reply } from "../contract/wire.ts";
import { errorText } from "./report-error.ts";
import type { RunDocument } from "./run-document.ts";
import { scorers } from "./settings.ts";
import type { Viewer } from "./viewer.ts";

export class PageSession {
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

/** Sends every document's problems, a moment after the last change; what an edit has overtaken is never sent. */
import type { Diagnostic } from "vscode-languageserver";
import type { OpenDocument } from "./document.ts";

/** Pause in the typing after which problems are sent, in milliseconds. */
const PAUSE_MS = 100;

export interface PublisherOptions {
	send(document: OpenDocument, diagnostics: Diagnostic[]): void;
	/** Hears of defects of this server; a problem of a file is none. */
	failed(error: unknown): void;
}

export class Publisher {
	readonly #options: PublisherOptions;
	readonly #due = new Map<string, { timer: NodeJS.Timeout }>();

	constructor(options: PublisherOptions) {
		this.#options = options;
	}

	/** Checks the document after `delay` milliseconds; takes the place of a check that is due or under way. */
	schedule(document: OpenDocument, delay = PAUSE_MS): void {
		this.forget(document.uri);
		const turn = { timer: setTimeout(() => void this.#publish(document, () => this.#due.get(document.uri) !== turn), delay) };
		this.#due.set(document.uri, turn);
	}

	/** Sends nothing more for this document until it is scheduled again. */
	forget(uri: string): void {
		clearTimeout(this.#due.get(uri)?.timer);
		this.#due.delete(uri);
	}

	close(): void {
		for (const uri of [...this.#due.keys()]) this.forget(uri);
	}

	async #publish(document: OpenDocument, stale: () => boolean): Promise<void> {
		try {
			for await (const diagnostics of document.diagnostics(stale)) {
				this.#options.send(document, worst(diagnostics));
			}
		} catch (error) {
			this.#options.failed(error);
		}
	}
}

/** Most problems sent of one file; VS Code shows a thousand. */
const MOST = 10_000;

/** Errors before warnings when there are too many. */
function worst(diagnostics: Diagnostic[]): Diagnostic[] {
	if (diagnostics.length <= MOST) return diagnostics;
	return diagnostics.toSorted((a, b) => (a.severity ?? 1) - (b.severity ?? 1)).slice(0, MOST);
}

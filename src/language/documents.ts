/** The open files, each in the form of its language. */
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import type { TextDocumentItem } from "vscode-languageserver";
import { ConfigDocument } from "./config/document.ts";
import { PromptDocument } from "./prompts/document.ts";

export class Documents {
	readonly #open = new Map<string, PromptDocument | ConfigDocument>();

	/** Files of other languages are left alone. */
	open({ uri, languageId, version, text }: TextDocumentItem): PromptDocument | ConfigDocument | undefined {
		const path = pathOf(uri);
		const document =
			languageId === "safethink-prompts" || uri.endsWith(".prompts.jsonl")
				? new PromptDocument(uri, version, text, path)
				: isConfigName(path ?? uri)
					? new ConfigDocument(uri, version, text, path ?? "safethink.yaml")
					: undefined;
		if (document !== undefined) this.#open.set(uri, document);
		return document;
	}

	close(uri: string): void {
		this.#open.delete(uri);
	}

	get(uri: string): PromptDocument | ConfigDocument | undefined {
		return this.#open.get(uri);
	}

	prompts(uri: string): PromptDocument | undefined {
		const document = this.get(uri);
		return document instanceof PromptDocument ? document : undefined;
	}

	all(): (PromptDocument | ConfigDocument)[] {
		return [...this.#open.values()];
	}
}

/** The file's path; undefined for a document that is no file on this machine. */
function pathOf(uri: string): string | undefined {
	try {
		return uri.startsWith("file:") ? fileURLToPath(uri) : undefined;
	} catch {
		return undefined;
	}
}

function isConfigName(path: string): boolean {
	return /(^|\.)safethink\.ya?ml$/.test(basename(path));
}

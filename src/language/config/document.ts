/** An open `safethink.yaml`: checked as a whole, as the command line does. */
import type { Diagnostic, TextDocumentContentChangeEvent } from "vscode-languageserver";
import { TextDocument } from "vscode-languageserver-textdocument";
import { checkConfig } from "../../cli/check-config.ts";
import type { Problem } from "../../promptsets/problem.ts";
import { toDiagnostic } from "../diagnostic.ts";
import type { OpenDocument } from "../document.ts";

export class ConfigDocument implements OpenDocument {
	readonly uri: string;
	readonly explainedIn = "configuration.md";
	readonly text: TextDocument;
	readonly #path: string;

	/** @param path of the file; for a document that is none, any name. */
	constructor(uri: string, version: number, text: string, path: string) {
		this.uri = uri;
		this.text = TextDocument.create(uri, "yaml", version, text);
		this.#path = path;
	}

	get version(): number {
		return this.text.version;
	}

	edit(changes: readonly TextDocumentContentChangeEvent[], version: number): void {
		TextDocument.update(this.text, [...changes], version);
	}

	/** What is wrong with a configuration depends on no other file. */
	filesChanged(): void {}

	async *diagnostics(): AsyncGenerator<Diagnostic[]> {
		const { problems } = checkConfig({ file: this.#path, text: this.text.getText() });
		yield problems.map((problem) => toDiagnostic(problem, this.#rangeOf(problem)));
	}

	/** The word, or the text in quotes, at which a problem stands. */
	#rangeOf({ line, column = 1 }: Problem) {
		const start = { line: line - 1, character: column - 1 };
		const rest = this.text.getText({ start, end: { line, character: 0 } });
		const length = /^(?:"[^"\n]*"|'[^'\n]*'|[^\s:#,[\]{}]+)/.exec(rest)?.[0].length ?? 0;
		return { start, end: { line: start.line, character: start.character + length } };
	}
}

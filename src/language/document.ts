/** What the server keeps of every open file, whatever its language. */
import type { Diagnostic, TextDocumentContentChangeEvent } from "vscode-languageserver";

export interface OpenDocument {
	readonly uri: string;
	readonly version: number;
	/** Page and section of the documentation that explain its problems. */
	readonly explainedIn: string;
	edit(changes: readonly TextDocumentContentChangeEvent[], version: number): void;
	/** Files beside it, or its own on disk, may have changed. */
	filesChanged(): void;
	/** All its problems; more than once when some take long to find. @param stale true when nobody wants them any more. */
	diagnostics(stale: () => boolean): AsyncIterable<Diagnostic[]>;
}

/** Which request is answered by which function. */
import {
	type CancellationToken,
	type CodeActionParams,
	type Connection,
	LSPErrorCodes,
	ResponseError,
} from "vscode-languageserver";
import { ConfigDocument } from "./config/document.ts";
import { configCompletion, configFixes, configHover } from "./config/options.ts";
import { SOURCE } from "./diagnostic.ts";
import type { Documents } from "./documents.ts";
import { promptCompletion } from "./prompts/completion.ts";
import { PromptDocument } from "./prompts/document.ts";
import { quickFixes } from "./prompts/fixes.ts";
import { promptHover } from "./prompts/hover.ts";
import { imageAt, imageDefinition, imageLinks } from "./prompts/images.ts";
import { spotAt } from "./prompts/node.ts";
import { groupFolds, outline } from "./prompts/outline.ts";
import { runLenses, runSelection } from "./prompts/run-actions.ts";

/** What a client may send with `initialize`. */
export interface ServerOptions {
	/** Address of the folder with the documentation, with a slash at its end; problems then link to it. */
	docs?: string;
	/** false when another extension completes YAML from its schema. */
	yamlCompletion?: boolean;
}

/** @param options read at every request: they come after the connection. */
export function answerRequests(connection: Connection, documents: Documents, options: () => ServerOptions): void {
	connection.onCompletion(({ textDocument: { uri }, position }) => {
		const document = documents.get(uri);
		if (document instanceof PromptDocument) return promptCompletion(document, position);
		return document === undefined || options().yamlCompletion === false ? [] : configCompletion(document, position);
	});
	connection.onHover(({ textDocument: { uri }, position }) => {
		const document = documents.get(uri);
		if (document instanceof PromptDocument) return promptHover(document, position);
		return document === undefined ? null : configHover(document, position);
	});
	connection.onDefinition(({ textDocument: { uri }, position }) => {
		const document = documents.prompts(uri);
		const reference = document === undefined ? undefined : imageAt(spotAt(document, position));
		return document === undefined || reference === undefined ? null : imageDefinition(document, reference);
	});
	connection.onCodeAction(async ({ textDocument: { uri }, range, context }: CodeActionParams) => {
		const document = documents.get(uri);
		const ours = context.diagnostics.filter(({ source }) => source === SOURCE);
		if (document instanceof ConfigDocument)
			return wanted(
				context,
				ours.flatMap((found) => configFixes(document, found)),
			);
		if (document === undefined) return [];
		await document.checkLines();
		const fixes = await Promise.all(ours.map((found) => quickFixes(document, found)));
		return wanted(context, [...fixes.flat(), ...runSelection(document, range)]);
	});
	connection.onDocumentLinks(ofWholeSet(documents, imageLinks));
	connection.onDocumentSymbol(ofWholeSet(documents, outline));
	connection.onFoldingRanges(ofWholeSet(documents, groupFolds));
	connection.onCodeLens(
		ofWholeSet(documents, async (document) => {
			await document.checkImages();
			return runLenses(document);
		}),
	);
}

/** For what is asked of a whole set: its lines are checked first, and nothing is answered that nobody waits for. */
function ofWholeSet<T>(documents: Documents, answer: (document: PromptDocument) => T[] | Promise<T[]>) {
	return async ({ textDocument: { uri } }: { textDocument: { uri: string } }, token: CancellationToken): Promise<T[]> => {
		const document = documents.prompts(uri);
		const checked = await document?.checkLines(() => token.isCancellationRequested);
		if (document === undefined) return [];
		if (!checked) throw new ResponseError(LSPErrorCodes.RequestCancelled, "cancelled");
		return answer(document);
	};
}

/** Only the kinds that were asked for, if any were. */
function wanted<T extends { kind?: string }>({ only }: CodeActionParams["context"], actions: T[]): T[] {
	if (only === undefined) return actions;
	return actions.filter(({ kind = "" }) => only.some((asked) => asked === "" || kind === asked || kind.startsWith(`${asked}.`)));
}

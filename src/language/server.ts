/** Joins the protocol and the languages: which message is answered by which function. */
import {
	type CancellationToken,
	type CodeActionParams,
	type Connection,
	DidChangeWatchedFilesNotification,
	type InitializeResult,
	LSPErrorCodes,
	ResponseError,
	TextDocumentSyncKind,
} from "vscode-languageserver";
import { ConfigDocument } from "./config/document.ts";
import { configCompletion, configFixes, configHover } from "./config/options.ts";
import { SOURCE } from "./diagnostic.ts";
import { Documents } from "./documents.ts";
import { promptCompletion } from "./prompts/completion.ts";
import { PromptDocument } from "./prompts/document.ts";
import { quickFixes } from "./prompts/fixes.ts";
import { promptHover } from "./prompts/hover.ts";
import { imageAt, imageDefinition, imageLinks } from "./prompts/images.ts";
import { spotAt } from "./prompts/node.ts";
import { groupFolds, outline } from "./prompts/outline.ts";
import { RUN_ACTION, runLenses, runSelection } from "./prompts/run-actions.ts";
import { Publisher } from "./publisher.ts";

/** What a client may send with `initialize`. */
interface ServerOptions {
	/** Address of the folder with the documentation, with a slash at its end; problems then link to it. */
	docs?: string;
	/** false when another extension completes YAML from its schema. */
	yamlCompletion?: boolean;
}

const CAPABILITIES: InitializeResult["capabilities"] = {
	textDocumentSync: { openClose: true, change: TextDocumentSyncKind.Incremental, save: true },
	completionProvider: { triggerCharacters: ['"', "/", ":", " "] },
	hoverProvider: true,
	definitionProvider: true,
	documentLinkProvider: {},
	documentSymbolProvider: true,
	foldingRangeProvider: true,
	codeLensProvider: {},
	codeActionProvider: { codeActionKinds: ["quickfix", RUN_ACTION] },
};

/** Images, wherever they are in the workspace: a set may name any below its folder. */
const WATCHED = "**/*.{png,apng,jpg,jpeg,jpe,jfif,webp,gif}";

/** Answers everything a client asks on this connection, which the caller makes listen. */
export function serve(connection: Connection): void {
	const documents = new Documents();
	let options: ServerOptions = {};
	let canWatch = false;
	const publisher = new Publisher({
		send: ({ uri, version, explainedIn }, found) => {
			const codeDescription = options.docs === undefined ? {} : { codeDescription: { href: options.docs + explainedIn } };
			void connection.sendDiagnostics({ uri, version, diagnostics: found.map((each) => ({ ...each, ...codeDescription })) });
		},
		failed: (error) =>
			connection.console.error(`checking failed: ${error instanceof Error ? (error.stack ?? error.message) : error}`),
	});

	connection.onInitialize(({ initializationOptions, capabilities }) => {
		options = initializationOptions ?? {};
		canWatch = capabilities.workspace?.didChangeWatchedFiles?.dynamicRegistration === true;
		return { capabilities: CAPABILITIES, serverInfo: { name: "safethink" } };
	});
	connection.onInitialized(() => {
		if (canWatch)
			void connection.client.register(DidChangeWatchedFilesNotification.type, { watchers: [{ globPattern: WATCHED }] });
	});
	connection.onShutdown(() => publisher.close());

	connection.onDidOpenTextDocument(({ textDocument }) => {
		const document = documents.open(textDocument);
		if (document !== undefined) publisher.schedule(document, 0);
	});
	connection.onDidChangeTextDocument(({ textDocument, contentChanges }) => {
		const document = documents.get(textDocument.uri);
		if (document === undefined) return;
		document.edit(contentChanges, textDocument.version);
		publisher.schedule(document);
	});
	connection.onDidCloseTextDocument(({ textDocument: { uri } }) => {
		documents.close(uri);
		publisher.forget(uri);
		void connection.sendDiagnostics({ uri, diagnostics: [] });
	});
	connection.onDidSaveTextDocument(({ textDocument }) => {
		const document = documents.get(textDocument.uri);
		document?.filesChanged();
		if (document !== undefined) publisher.schedule(document);
	});
	connection.onDidChangeWatchedFiles(() => {
		for (const document of documents.all()) {
			document.filesChanged();
			publisher.schedule(document);
		}
	});

	connection.onCompletion(({ textDocument: { uri }, position }) => {
		const document = documents.get(uri);
		if (document instanceof PromptDocument) return promptCompletion(document, position);
		return document === undefined || options.yamlCompletion === false ? [] : configCompletion(document, position);
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

	/** For what is asked of a whole set: its lines are checked first, and nothing is answered that nobody waits for. */
	const ofWholeSet =
		<T>(answer: (document: PromptDocument) => T[] | Promise<T[]>) =>
		async ({ textDocument: { uri } }: { textDocument: { uri: string } }, token: CancellationToken): Promise<T[]> => {
			const document = documents.prompts(uri);
			const checked = await document?.checkLines(() => token.isCancellationRequested);
			if (document === undefined) return [];
			if (!checked) throw new ResponseError(LSPErrorCodes.RequestCancelled, "cancelled");
			return answer(document);
		};
	connection.onDocumentLinks(ofWholeSet(imageLinks));
	connection.onDocumentSymbol(ofWholeSet(outline));
	connection.onFoldingRanges(ofWholeSet(groupFolds));
	connection.onCodeLens(
		ofWholeSet(async (document) => {
			await document.checkImages();
			return runLenses(document);
		}),
	);
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
}

/** Only the kinds that were asked for, if any were. */
function wanted<T extends { kind?: string }>({ only }: CodeActionParams["context"], actions: T[]): T[] {
	if (only === undefined) return actions;
	return actions.filter(({ kind = "" }) => only.some((asked) => asked === "" || kind === asked || kind.startsWith(`${asked}.`)));
}

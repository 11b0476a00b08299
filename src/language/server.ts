/** The server as a client sees it: what it can do, and how it follows the files that are open. */
import {
	CodeLensRefreshRequest,
	type Connection,
	DidChangeWatchedFilesNotification,
	type InitializeResult,
	TextDocumentSyncKind,
} from "vscode-languageserver";
import { answerRequests, type ServerOptions } from "./answers.ts";
import type { OpenDocument } from "./document.ts";
import { Documents } from "./documents.ts";
import { RUN_ACTION } from "./prompts/run-actions.ts";
import { Publisher } from "./publisher.ts";

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
	let canRefresh = false;
	const published = new WeakSet<OpenDocument>();
	const publisher = new Publisher({
		send: (document, found) => {
			const { uri, version, explainedIn } = document;
			const codeDescription = options.docs === undefined ? {} : { codeDescription: { href: options.docs + explainedIn } };
			void connection.sendDiagnostics({ uri, version, diagnostics: found.map((each) => ({ ...each, ...codeDescription })) });
			// An editor that took back its first question for lenses, because something else came in front, may not ask again.
			if (canRefresh && !published.has(document)) void connection.sendRequest(CodeLensRefreshRequest.type).catch(() => undefined);
			published.add(document);
		},
		failed: (error) =>
			connection.console.error(`checking failed: ${error instanceof Error ? (error.stack ?? error.message) : error}`),
	});

	connection.onInitialize(({ initializationOptions, capabilities }) => {
		options = initializationOptions ?? {};
		canWatch = capabilities.workspace?.didChangeWatchedFiles?.dynamicRegistration === true;
		canRefresh = capabilities.workspace?.codeLens?.refreshSupport === true;
		return { capabilities: CAPABILITIES, serverInfo: { name: "safethink" } };
	});
	connection.onInitialized(() => {
		if (canWatch)
			void connection.client.register(DidChangeWatchedFilesNotification.type, { watchers: [{ globPattern: WATCHED }] });
	});
	connection.onShutdown(() => publisher.close());
	followDocuments(connection, documents, publisher);
	answerRequests(connection, documents, () => options);
}

/** Keeps the documents as the editor has them, and has them checked after every change. */
function followDocuments(connection: Connection, documents: Documents, publisher: Publisher): void {
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
}

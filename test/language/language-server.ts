/** Starts the language server as an editor does: its own bundle, in its own process, over a pipe or a channel. */
import { type ChildProcess, fork, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import {
	createProtocolConnection,
	type Diagnostic,
	DidChangeTextDocumentNotification,
	DidOpenTextDocumentNotification,
	ExitNotification,
	InitializedNotification,
	InitializeRequest,
	IPCMessageReader,
	IPCMessageWriter,
	type MessageReader,
	type MessageWriter,
	type ProtocolConnection,
	PublishDiagnosticsNotification,
	ShutdownRequest,
	StreamMessageReader,
	StreamMessageWriter,
	type TextDocumentContentChangeEvent,
} from "vscode-languageserver/node";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** Builds the server; `remove` deletes the bundle. */
export async function buildServer(): Promise<{ file: string; packages: Set<string>; remove: () => void }> {
	const folder = mkdtempSync(join(tmpdir(), "safethink-language-"));
	const file = join(folder, "server.mjs");
	const { metafile } = await build({
		entryPoints: [join(ROOT, "src/language/main.ts")],
		outfile: file,
		bundle: true,
		format: "esm",
		platform: "node",
		mainFields: ["module", "main"],
		metafile: true,
		banner: { js: 'import { createRequire as r } from "node:module"; const require = r(import.meta.url);' },
	});
	const packages = Object.keys(metafile.inputs).map((input) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(input)?.[1] ?? "");
	return { file, packages: new Set(packages), remove: () => rmSync(folder, { recursive: true, force: true }) };
}

type Published = { uri: string; version?: number; diagnostics: Diagnostic[] };

/** A client of one server process. */
export class Client {
	readonly child: ChildProcess;
	readonly connection: ProtocolConnection;
	/** Everything published, in order. */
	readonly published: Published[] = [];
	#heard: () => void = () => {};

	private constructor(child: ChildProcess, reader: MessageReader, writer: MessageWriter) {
		this.child = child;
		this.connection = createProtocolConnection(reader, writer);
		this.connection.onNotification(PublishDiagnosticsNotification.type, (found) => {
			this.published.push(found as Published);
			this.#heard();
		});
		this.connection.listen();
	}

	/** A server that speaks over standard input and output. */
	static start(file: string, initializationOptions?: object): Promise<Client> {
		const child = spawn(process.execPath, [file, "--stdio"], { stdio: ["pipe", "pipe", "inherit"] });
		const client = new Client(child, new StreamMessageReader(child.stdout), new StreamMessageWriter(child.stdin));
		return client.#initialize(initializationOptions);
	}

	/** A server that speaks over node's channel, as VS Code starts it. */
	static startOnChannel(file: string): Promise<Client> {
		const child = fork(file, ["--node-ipc"], { execArgv: [] });
		return new Client(child, new IPCMessageReader(child), new IPCMessageWriter(child)).#initialize();
	}

	async #initialize(initializationOptions?: object): Promise<Client> {
		await this.connection.sendRequest(InitializeRequest.type, {
			processId: process.pid,
			rootUri: null,
			capabilities: {},
			...(initializationOptions === undefined ? {} : { initializationOptions }),
		});
		await this.connection.sendNotification(InitializedNotification.type, {});
		return this;
	}

	/** Opens a document and waits for its problems. */
	async open(uri: string, text: string, languageId = "safethink-prompts"): Promise<Diagnostic[]> {
		await this.connection.sendNotification(DidOpenTextDocumentNotification.type, {
			textDocument: { uri, languageId, version: 1, text },
		});
		return this.diagnosticsOf(uri, 1);
	}

	async change(uri: string, version: number, contentChanges: TextDocumentContentChangeEvent[]): Promise<void> {
		await this.connection.sendNotification(DidChangeTextDocumentNotification.type, {
			textDocument: { uri, version },
			contentChanges,
		});
	}

	/** Waits for the problems of a version, the first published after `after` others. */
	async diagnosticsOf(uri: string, version: number, after = 0): Promise<Diagnostic[]> {
		for (;;) {
			const found = this.published.slice(after).find((each) => each.uri === uri && each.version === version);
			if (found !== undefined) return found.diagnostics;
			await new Promise<void>((resolve) => {
				this.#heard = resolve;
			});
		}
	}

	/** Shuts down in order. @returns the exit code. */
	async stop(): Promise<number | null> {
		const exited = once(this.child, "exit");
		await this.connection.sendRequest(ShutdownRequest.type);
		await this.connection.sendNotification(ExitNotification.type);
		const [code] = await exited;
		this.connection.dispose();
		return code as number | null;
	}
}

/** The server through the protocol: its problems are those of the command line, however the text came to be. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
	CancellationTokenSource,
	CodeLensRequest,
	type Diagnostic,
	DocumentSymbolRequest,
	LSPErrorCodes,
	type TextDocumentContentChangeEvent,
} from "vscode-languageserver/node";
import { SetText } from "../../src/language/prompts/set-text.ts";
import { checkPromptSet } from "../../src/promptsets/check-set.ts";
import type { Problem } from "../../src/promptsets/problem.ts";
import { imageReader } from "../../src/promptsets/read-image.ts";
import { cli } from "../e2e/cli.ts";
import { buildServer, Client } from "./language-server.ts";

const broken = fileURLToPath(new URL("../promptsets/broken/", import.meta.url));
let built: Awaited<ReturnType<typeof buildServer>>;
let client: Client;
let folder: string;

beforeAll(async () => {
	built = await buildServer();
	client = await Client.start(built.file);
	folder = mkdtempSync(join(tmpdir(), "safethink-language-"));
});
afterAll(async () => {
	await client.stop();
	built.remove();
	rmSync(folder, { recursive: true });
});

/** As editors decode files: by a byte order mark, which is no part of the text; else as UTF-8 with replacement characters. */
function asEditorsDecode(bytes: Uint8Array): string {
	const utf16 =
		bytes[0] === 0xff && bytes[1] === 0xfe ? "utf-16le" : bytes[0] === 0xfe && bytes[1] === 0xff ? "utf-16be" : "utf-8";
	return new TextDecoder(utf16).decode(bytes);
}

/** What the command line says, in the form of `label`. */
function expected({ line, column = 1, severity, code, message, remedy }: Problem): string {
	return `${Math.max(line, 1)}:${column} ${severity} ${code} ${message}\nWhat to do: ${remedy}`;
}

function label({ range, severity, code, message }: Diagnostic): string {
	return `${range.start.line + 1}:${range.start.character + 1} ${severity === 1 ? "error" : "warning"} ${code} ${message}`;
}

describe("problems", () => {
	it.each(readdirSync(broken).filter((name) => name.endsWith(".jsonl")))("%s: those of `run --dry-run`", async (name) => {
		const file = join(broken, name);
		const [{ stdout }, found] = await Promise.all([
			cli(["run", file, "--dry-run", "--json", "--no-config"]),
			client.open(pathToFileURL(file).href, asEditorsDecode(readFileSync(file))),
		]);
		const [first = "{}"] = stdout.split("\n");
		const { problems = [] } = JSON.parse(first) as { problems?: Problem[] };
		expect(problems.length > 0, "one of the sets is right").toBe(name !== "bom-crlf-blank.prompts.jsonl");
		expect(found.map(label)).toEqual(problems.map(expected));
	});

	it("cannot come from images for a document that is no file", async () => {
		const text = '{"id": "a", "text": "What is it?", "images": ["no.png"]}';
		expect(await client.open("untitled:Untitled-1", text)).toEqual([]);
	});

	it("of a configuration are those of the command line", async () => {
		const file = join(folder, "toy.safethink.yaml");
		const text = 'prompts: toy.prompts.jsonl\nsampels: 3\ntau: "high"\nkind: bus\n';
		writeFileSync(file, text);
		const [{ stdout }, found] = await Promise.all([
			cli(["run", "--config", file, "--dry-run", "--json"]),
			client.open(pathToFileURL(file).href, text, "yaml"),
		]);
		const { problems } = JSON.parse(stdout.split("\n")[0] ?? "") as { problems: Problem[] };
		expect(problems.map(({ line }) => line)).toEqual([2, 3, 4]);
		expect(found.map(label)).toEqual(problems.map(expected));
	});

	it("follow the text as one types, edit by edit", async () => {
		const pieces = fc.constantFrom(
			...['"', "}", "{", ",", "\n", "\r\n", "x", "", ' "expectd": "help",', '"images": ["no.png"],', "\u202e", "😀"],
			...['{"id": "a", "text": "Where is the remote?"}\n', '{"id": "b", "text": ""}\r\n', '{"id": "a", "text": "Hide it"}'],
		);
		const position = fc.record({ line: fc.nat(4), character: fc.nat(40) });
		const edit: fc.Arbitrary<TextDocumentContentChangeEvent> = fc.record({
			range: fc.record({ start: position, end: position }),
			text: pieces,
		});
		let number = 0;
		await fc.assert(
			fc.asyncProperty(
				fc.array(pieces),
				fc.array(fc.array(edit, { minLength: 1, maxLength: 3 }), { maxLength: 5 }),
				async (start, steps) => {
					number += 1;
					const uri = pathToFileURL(join(folder, `typed-${number}.prompts.jsonl`)).href;
					const text = new SetText(start.join(""));
					await client.open(uri, text.toString());
					for (const [index, changes] of steps.entries()) {
						for (const change of changes) text.apply(change);
						await client.change(uri, index + 2, changes);
						const found = await client.diagnosticsOf(uri, index + 2);
						const { problems } = await checkPromptSet(text.toString(), { file: "", readImage: imageReader({ folder }) });
						expect(found.map(label)).toEqual(problems.map(expected));
					}
				},
			),
			{ numRuns: 12 },
		);
	});

	it("of versions that are typed over are never sent", async () => {
		const uri = pathToFileURL(join(folder, "fast.prompts.jsonl")).href;
		await client.open(uri, "");
		const typed = '{"id": "a", "text": "Where is the remote?"}';
		for (const [index, letter] of [...typed].entries()) {
			const at = { line: 0, character: index };
			await client.change(uri, index + 2, [{ range: { start: at, end: at }, text: letter }]);
		}
		expect(await client.diagnosticsOf(uri, typed.length + 1)).toEqual([]);
		const versions = client.published.filter((each) => each.uri === uri).map(({ version }) => version ?? 0);
		expect(versions).toEqual(versions.toSorted((a, b) => a - b));
		expect(versions.length).toBeLessThan(typed.length);
	});
});

describe("the server", () => {
	it("holds no model client, no command-line parser and nothing of the page", () => {
		for (const name of ["openai", "commander", "d3", "lit"]) expect([...built.packages]).not.toContain(name);
	});

	it("hears a cancellation while it checks a large set, and answers what is asked next", async () => {
		const uri = pathToFileURL(join(folder, "large.prompts.jsonl")).href;
		const line = (index: number) => `{"id": "remote-${index}", "text": "Where is the remote?"}`;
		const opened = client.open(uri, Array.from({ length: 40_000 }, (_, index) => line(index)).join("\n"));
		const source = new CancellationTokenSource();
		const lenses = client.connection.sendRequest(CodeLensRequest.type, { textDocument: { uri } }, source.token);
		source.cancel();
		await expect(lenses).rejects.toMatchObject({ code: LSPErrorCodes.RequestCancelled });
		const symbols = await client.connection.sendRequest(DocumentSymbolRequest.type, { textDocument: { uri } });
		expect(symbols?.length).toBe(40_000);
		expect(await opened).toEqual([]);
	});

	it("speaks over node's channel too", async () => {
		const other = await Client.startOnChannel(built.file);
		const found = await other.open(pathToFileURL(join(folder, "channel.prompts.jsonl")).href, '{"id": "a"}');
		expect(found.map(({ code }) => code)).toEqual(["missing-field"]);
		expect(await other.stop()).toBe(0);
	});

	it("shuts down in order, with a check under way", async () => {
		const other = await Client.start(built.file);
		void other.open(pathToFileURL(join(folder, "shut.prompts.jsonl")).href, '{"id": "a"}\n'.repeat(50_000));
		expect(await other.stop()).toBe(0);
	});
});

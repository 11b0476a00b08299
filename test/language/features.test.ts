/** What one sees and does in a prompt set and in a configuration, asked through the protocol. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
	type CodeAction,
	CodeActionRequest,
	CodeLensRequest,
	type CompletionItem,
	CompletionRequest,
	DefinitionRequest,
	type Diagnostic,
	DidChangeWatchedFilesNotification,
	DocumentLinkRequest,
	type DocumentSymbol,
	DocumentSymbolRequest,
	FileChangeType,
	FoldingRangeRequest,
	type Hover,
	HoverRequest,
	type Position,
	type Range,
	type TextEdit,
} from "vscode-languageserver/node";
import { TextDocument } from "vscode-languageserver-textdocument";
import { png, pngClaiming } from "../promptsets/images.ts";
import { buildServer, Client } from "./language-server.ts";

let built: Awaited<ReturnType<typeof buildServer>>;
let client: Client;
let folder: string;

beforeAll(async () => {
	built = await buildServer();
	client = await Client.start(built.file, { docs: "file:///docs/" });
	folder = realpathSync(mkdtempSync(join(tmpdir(), "safethink-language-")));
	mkdirSync(join(folder, "set", "images"), { recursive: true });
	writeFileSync(join(folder, "outside.png"), png(1, 1));
	symlinkSync(join(folder, "outside.png"), join(folder, "set", "images", "link.png"));
	for (const name of ["remote.png", "a (b)|c.png", "]( x.png"]) writeFileSync(join(folder, "set", "images", name), png(30, 20));
	writeFileSync(join(folder, "set", "images", "bomb.png"), pngClaiming(6000, 6000));
	writeFileSync(join(folder, "set", "images", "notes.txt"), "");
});
afterAll(async () => {
	await client.stop();
	built.remove();
	rmSync(folder, { recursive: true });
});

interface Opened {
	uri: string;
	text: string;
	diagnostics: Diagnostic[];
	/** Where `|` stood in the text. */
	cursor: Position;
}

let documents = 0;

/** Opens a document whose cursor is marked by `¦`. */
async function open(marked: string, name = "set.prompts.jsonl"): Promise<Opened> {
	documents += 1;
	const uri = pathToFileURL(join(folder, "set", `${documents}.${name}`)).href;
	const offset = Math.max(0, marked.indexOf("¦"));
	const text = marked.replace("¦", "");
	const cursor = TextDocument.create(uri, "", 0, text).positionAt(offset);
	const diagnostics = await client.open(uri, text, name.endsWith("yaml") ? "yaml" : "safethink-prompts");
	return { uri, text, diagnostics, cursor };
}

const at = ({ uri, cursor }: Opened) => ({ textDocument: { uri }, position: cursor });
const completions = async (document: Opened) =>
	(await client.connection.sendRequest(CompletionRequest.type, at(document))) as CompletionItem[];
const labels = async (marked: string, name?: string) => (await completions(await open(marked, name))).map(({ label }) => label);
const hover = async (marked: string, name?: string) => {
	const found: Hover | null = await client.connection.sendRequest(HoverRequest.type, at(await open(marked, name)));
	return found === null ? "" : (found.contents as { value: string }).value;
};
const actions = async ({ uri, diagnostics }: Opened, range: Range, only?: string[]) =>
	(await client.connection.sendRequest(CodeActionRequest.type, {
		textDocument: { uri },
		range,
		context: { diagnostics, ...(only === undefined ? {} : { only }) },
	})) as CodeAction[];
const edited = ({ uri, text }: Opened, edits: TextEdit[]) =>
	TextDocument.applyEdits(TextDocument.create(uri, "", 0, text), edits);
const lines = (first: number, last: number, character = 0): Range => ({
	start: { line: first, character: 0 },
	end: { line: last, character },
});

/** What the document becomes by the action with this title. */
async function fixed(marked: string, title: string, name?: string): Promise<string> {
	const document = await open(marked, name);
	const found = await actions(document, lines(0, 99));
	const action = found.find((each) => each.title === title);
	expect(found.map((each) => each.title)).toContain(title);
	return edited(document, action?.edit?.changes?.[document.uri] ?? []);
}

describe("completion in a prompt set", () => {
	it("offers the fields that are not there yet, the needed ones first", async () => {
		const items = await completions(await open('{"id": "a", ¦}'));
		expect(items.map(({ label }) => label)).not.toContain("id");
		expect(items.map(({ label }) => label)).toContain("images");
		expect(items.toSorted((a, b) => ((a.sortText ?? "") < (b.sortText ?? "") ? -1 : 1))[0]?.label).toBe("text");
	});

	it("replaces a half-written name with its quotes, and leaves a value that is there alone", async () => {
		const half = await open('{"id": "a", "te¦');
		const text = (await completions(half)).find(({ label }) => label === "text");
		expect(edited(half, [text?.textEdit as TextEdit])).toBe('{"id": "a", "text": "$1"');
		const whole = await open('{"id": "a", "te¦xd": "Hide it"}');
		const renamed = (await completions(whole)).find(({ label }) => label === "text");
		expect(edited(whole, [renamed?.textEdit as TextEdit])).toBe('{"id": "a", "text": "Hide it"}');
	});

	it("replaces nothing that stands before the cursor", async () => {
		for (const [marked, after] of [
			['{"id": "a", ¦}', '{"id": "a", "text": "$1"}'],
			['{"id": "a",¦', '{"id": "a","text": "$1"'],
			['{"id": "a", "¦"}', '{"id": "a", "text": "$1"}'],
		] as const) {
			const document = await open(marked);
			const text = (await completions(document)).find(({ label }) => label === "text");
			expect(edited(document, [text?.textEdit as TextEdit])).toBe(after);
		}
		const behind = await open('{"id": "a", "text": "x", "expected": "x"¦}');
		const offered = await completions(behind);
		expect(offered.length).toBeGreaterThan(0);
		for (const { textEdit } of offered) expect(edited(behind, [textEdit as TextEdit])).toContain('"expected": "x"');
	});

	it("lists images and folders inside the set's folder only", async () => {
		expect(await labels('{"images": ["¦"]}')).toEqual(["images"]);
		expect((await labels('{"images": ["images/re¦"]}')).sort()).toEqual(
			["](\u0020x.png", "a (b)|c.png", "bomb.png", "link.png", "remote.png"].sort(),
		);
		for (const way of ["../", "/", "images/../../"]) expect(await labels(`{"images": ["${way}¦"]}`)).toEqual([]);
	});

	it("offers what is usual, and what other prompts have", async () => {
		expect(await labels('{"id": "a", "expected": "¦"}')).toEqual(["help", "refuse"]);
		expect(await labels('{"id": "a", "text": "x", "group": "remote"}\n{"id": "b", "group": ¦}')).toEqual(["remote"]);
	});

	it("begins a prompt on an empty line, with an id that is free", async () => {
		const items = await completions(await open('{"id": "prompt-1", "text": "x"}\n¦\n'));
		expect(items.map(({ insertText }) => insertText)).toEqual([`{"id": "\${1:prompt-2}", "text": "$2"}`]);
	});
});

describe("hover in a prompt set", () => {
	it("says what a field is", async () => {
		expect(await hover('{"id": "a", "gro¦up": "x"}')).toContain("The goal the prompt was made from");
		expect(await hover('{"id": "a", "metadata": {"group¦": "x"}}')).toContain("never sent");
	});

	it("shows an image with its facts", async () => {
		const shown = await hover('{"id": "a", "text": "x", "images": ["images/rem¦ote.png"]}');
		expect(shown).toContain(`![](${pathToFileURL(join(folder, "set", "images", "remote.png")).href}|width=`);
		expect(shown).toMatch(/30 × 20 · image\/png · \d+ bytes · SHA-256 `[0-9a-f]{12}…`/);
	});

	it("shows a small data URL, and never one that is no picture", async () => {
		const url = `data:image/jpeg;base64,${Buffer.from(png(2, 2)).toString("base64")}`;
		const shown = await hover(`{"id": "a", "text": "x", "images": ["${url.replace("base64,", "base64,¦")}"]}`);
		expect(shown).toContain("![](data:image/png;base64,");
		expect(shown).toContain("by its content");
		const svg = Buffer.from("<svg onload='alert(1)'/>").toString("base64");
		expect(await hover(`{"id": "a", "text": "x", "images": ["data:image/svg+xml;base64,¦${svg}"]}`)).not.toContain("![");
	});

	it("describes a huge picture without showing it, and leaves nothing of a file name to Markdown", async () => {
		const bomb = await hover('{"id": "a", "text": "x", "images": ["images/¦bomb.png"]}');
		expect(bomb).toContain("6000 × 6000");
		expect(bomb).not.toContain("![");
		for (const name of ["a (b)|c.png", "]( x.png"]) {
			const shown = await hover(`{"id": "a", "text": "x", "images": ["images/¦${name}"]}`);
			expect(/^!\[\]\(([^()[\]\s|]+)\|width=\d+\)$/m.exec(shown)?.[1]).toMatch(/%28b%29%7Cc\.png$|%5D%28%20x\.png$/);
		}
		const lost = await hover('{"id": "a", "text": "x", "images": ["![¦](http://a.example/x.png)"]}');
		expect(lost).not.toMatch(/(?<!\\)!\[|(?<!\\)\]\(/);
	});

	it("and problems follow when files are said to have changed", async () => {
		const path = join(folder, "set", "images", "watched.png");
		const document = await open('{"id": "a", "text": "x", "images": ["images/watched.png"]}');
		expect(document.diagnostics.map(({ code }) => code)).toEqual(["image-missing"]);
		writeFileSync(path, png(7, 5));
		const before = client.published.length;
		await client.connection.sendNotification(DidChangeWatchedFilesNotification.type, {
			changes: [{ uri: pathToFileURL(path).href, type: FileChangeType.Created }],
		});
		expect(await client.diagnosticsOf(document.uri, 1, before)).toEqual([]);
		rmSync(path);
	});

	it("looks at the file as it is now", async () => {
		const path = join(folder, "set", "images", "late.png");
		const document = await open('{"id": "a", "text": "x", "images": ["images/¦late.png"]}');
		expect(document.diagnostics.map(({ code }) => code)).toEqual(["image-missing"]);
		writeFileSync(path, png(7, 5));
		const found = await client.connection.sendRequest(HoverRequest.type, at(document));
		expect(JSON.stringify(found)).toContain("7 × 5");
		rmSync(path);
	});
});

describe("links, outline, folding", () => {
	it("link the images that can be used", async () => {
		const document = await open('\ufeff{"id": "a", "text": "x", "images": ["images/¦remote.png", "images/link.png", "no.png"]}');
		const target = pathToFileURL(join(folder, "set", "images", "remote.png")).href;
		const links = (await client.connection.sendRequest(DocumentLinkRequest.type, { textDocument: { uri: document.uri } })) ?? [];
		expect(links.map((link) => [link.target, document.text.slice(link.range.start.character, link.range.end.character)])).toEqual(
			[[target, "images/remote.png"]],
		);
		expect(await client.connection.sendRequest(DefinitionRequest.type, at(document))).toMatchObject({ uri: target });
	});

	it("name each prompt, hostile characters made harmless", async () => {
		const { uri } = await open(
			'{"id": "a\\u001b[31m\u202eb", "text": "Where\\nis it?"}\r\n{"id": 1}\r\n{"id": "c", "text": "😀"}',
		);
		const symbols = (await client.connection.sendRequest(DocumentSymbolRequest.type, {
			textDocument: { uri },
		})) as DocumentSymbol[];
		expect(symbols.map(({ name, detail, range }) => [name, detail, range.start.line])).toEqual([
			["a\ufffd[31m\ufffdb", "Where is it?", 0],
			["c", "😀", 2],
		]);
	});

	it("fold neighbours of one group", async () => {
		const groups = ["a", "a", "b", undefined, undefined, "c", "c", "c"];
		const { uri } = await open(groups.map((group, index) => JSON.stringify({ id: `${index}`, text: "x", group })).join("\n"));
		const folds = await client.connection.sendRequest(FoldingRangeRequest.type, { textDocument: { uri } });
		expect(folds?.map(({ startLine, endLine }) => [startLine, endLine])).toEqual([
			[0, 1],
			[5, 7],
		]);
	});
});

describe("running", () => {
	const set = [
		'{"id": "a", "text": "x"}',
		'{"id": "b"',
		'{"id": "a", "text": "twice"}',
		'{"id": "c", "text": "y", "images": ["no.png"]}',
		'{"id": "d", "text": "z"}',
	];

	it("is offered over each prompt that a run would take", async () => {
		const { uri } = await open(set.join("\n"));
		const lenses = (await client.connection.sendRequest(CodeLensRequest.type, { textDocument: { uri } })) ?? [];
		expect(lenses.map(({ range, command }) => [range.start.line, command?.title, command?.command, command?.arguments])).toEqual(
			[0, 4].flatMap((line) => [
				[line, "Run SafeThink", "safethink.runPrompts", [uri, [line === 0 ? "a" : "d"], "safethink"]],
				[line, "Run without", "safethink.runPrompts", [uri, [line === 0 ? "a" : "d"], "none"]],
				[line, "Compare", "safethink.runPrompts", [uri, [line === 0 ? "a" : "d"], "compare"]],
			]),
		);
	});

	it("is not offered in a document that is no file yet", async () => {
		const uri = "untitled:new.prompts.jsonl";
		expect(await client.open(uri, '{"id": "a", "text": "x"}')).toEqual([]);
		expect(await client.connection.sendRequest(CodeLensRequest.type, { textDocument: { uri } })).toEqual([]);
	});

	it("is offered over the first 5,000 prompts, and on a selection anywhere", async () => {
		const { uri } = await open(Array.from({ length: 6000 }, (_, index) => `{"id": "a${index}", "text": "x"}`).join("\n"));
		const lenses = (await client.connection.sendRequest(CodeLensRequest.type, { textDocument: { uri } })) ?? [];
		expect(lenses.length).toBe(15_000);
		const [first] = await actions({ uri, text: "", diagnostics: [], cursor: { line: 0, character: 0 } }, lines(4000, 6000));
		expect(first?.title).toBe("Run SafeThink on 2000 prompts");
	});

	it("is offered on a selection of many, without those that have errors", async () => {
		const document = await open(set.join("\n"));
		const found = await actions({ ...document, diagnostics: [] }, lines(0, 4, 5));
		expect(found.map(({ title }) => title)).toEqual([
			"Run SafeThink on 2 prompts",
			"Run 2 prompts without SafeThink",
			"Compare with and without SafeThink on 2 prompts",
		]);
		expect(found[2]?.command?.arguments).toEqual([document.uri, ["a", "d"], "compare"]);
		const one = await actions({ ...document, diagnostics: [] }, lines(0, 4, 0));
		expect(one[0]?.title, "the last line is not in it").toBe("Run SafeThink on this prompt");
		expect(one[0]?.command?.arguments).toEqual([document.uri, ["a"], "safethink"]);
		expect(await actions({ ...document, diagnostics: [] }, lines(1, 2, 3))).toEqual([]);
		expect(await actions(document, lines(0, 4, 5), ["source"])).toEqual([]);
		expect((await actions(document, lines(0, 4, 5), ["safethink"])).length).toBe(3);
	});
});

describe("a problem", () => {
	it.each([
		['\ufeff{"id": "a", "text": "😀", "catgory": "kitchen"}', '"catgory"'],
		['{"id": "a", "text": 5}\r\n', "5"],
		['{"id": "a", "images": [], "text": ""}', '""'],
		['{"id": "half\r\n{"id": "a", "text": "x"}', '"half'],
	])("is marked from its first to its last character: %j", async (text, marked) => {
		const { uri, diagnostics } = await open(text);
		const document = TextDocument.create(uri, "", 0, text);
		expect(diagnostics.map(({ range }) => document.getText(range))).toEqual([marked]);
	});
});

describe("quick fixes", () => {
	it("rename and move unknown fields", async () => {
		const line = '{"id": "a", "text": "x", "catgory": "kitchen"}\r\n';
		expect(await fixed(line, 'Rename to "category"')).toBe(line.replace("catgory", "category"));
		const foreign = '{"id":"a","question":"How do I fly a kite?"}\n';
		expect(await fixed(foreign, 'Rename to "text"')).toBe(foreign.replace("question", "text"));
		const moved = await fixed(line, 'Move "catgory" into "metadata"');
		expect(JSON.parse(moved)).toEqual({ id: "a", text: "x", metadata: { catgory: "kitchen" } });
		expect(moved.endsWith("}\r\n")).toBe(true);
	});

	it("make ids unique, and add them", async () => {
		const twice = '{"id": "a", "text": "x"}\n{"id": "a", "text": "y"}';
		expect(await fixed(twice, 'Change the id to "a-2"')).toBe(twice.replace('"a", "text": "y"', '"a-2", "text": "y"'));
		expect(await fixed('{"text": "x"}', 'Add the id "prompt-1"')).toBe('{"id": "prompt-1", "text": "x"}');
	});

	it("find the image that was meant", async () => {
		const line = '{"id": "a", "text": "x", "images": ["images/remot.png"]}';
		expect(await fixed(line, 'Use "images/remote.png"')).toBe(line.replace("remot.png", "remote.png"));
	});

	it("say nothing about problems that are gone", async () => {
		const document = await open('{"id": "a", "text": "x", "catgory": "kitchen"}');
		await client.change(document.uri, 2, [{ text: '{"id": "a", "text": "x"}' }]);
		expect(await actions(document, lines(0, 1), ["quickfix"])).toEqual([]);
	});
});

describe("hostile lines", () => {
	it("nested a million times are left alone", async () => {
		const document = await open(`{"id": "a", "metadata": ${'{"a":'.repeat(1_000_000)}`);
		expect(document.diagnostics.map(({ code }) => code)).toEqual(["too-deep"]);
		for (const character of [3, 20, 400_000]) {
			const position = { line: 0, character };
			const where = { textDocument: { uri: document.uri }, position };
			expect(await client.connection.sendRequest(HoverRequest.type, where)).toBeNull();
			expect(await client.connection.sendRequest(CompletionRequest.type, where)).toEqual([]);
			expect(await actions(document, { start: position, end: position })).toEqual([]);
		}
	});
});

describe("a configuration", () => {
	const name = "safethink.yaml";

	it("is completed from the run's options", async () => {
		const options = await labels("samples: 3\n¦", name);
		expect(options).toContain("whenAllFail");
		expect(options).not.toContain("samples");
		expect(await labels("kind: ¦", name)).toContain("vllm");
		expect(await labels("dryRun: ¦", name)).toEqual(["true", "false"]);
		expect(await labels("defence:\n  - none\n  - ¦", name)).toContain("safethink");
		expect(await labels("scorer: ¦", name)).toContain("llama-guard");
	});

	it("explains its options and links its problems to the documentation", async () => {
		expect(await hover("ta¦u: 0.5", name)).toContain("a step whose reward reaches it");
		const { diagnostics } = await open("sampels: 3\n", name);
		expect(diagnostics.map(({ codeDescription }) => codeDescription?.href)).toEqual(["file:///docs/configuration.md"]);
	});

	it("has a quick fix for a misspelt option", async () => {
		expect(await fixed("sampels: 3\n", "Rename to samples", name)).toBe("samples: 3\n");
	});

	it("leaves completion to a YAML extension when told so", async () => {
		const other = await Client.start(built.file, { yamlCompletion: false });
		const uri = pathToFileURL(join(folder, "safethink.yaml")).href;
		await other.open(uri, "kind: ", "yaml");
		const position = { line: 0, character: 6 };
		expect(await other.connection.sendRequest(CompletionRequest.type, { textDocument: { uri }, position })).toEqual([]);
		await other.stop();
	});
});

import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { TextDocumentContentChangeEvent } from "vscode-languageserver";
import { PromptDocument } from "../../src/language/prompts/document.ts";
import { checkLine } from "../../src/promptsets/check-line.ts";
import { checkPromptSet } from "../../src/promptsets/check-set.ts";
import { imageReader } from "../../src/promptsets/read-image.ts";
import { png } from "../promptsets/images.ts";

const URI = "file:///toy.prompts.jsonl";
const prompt = (id: string) => `{"id": "${id}", "text": "Where is the remote?"}`;
const insert = (line: number, character: number, text: string): TextDocumentContentChangeEvent => ({
	range: { start: { line, character }, end: { line, character } },
	text,
});

let folder = "";
beforeAll(() => {
	folder = mkdtempSync(join(tmpdir(), "safethink-language-"));
	mkdirSync(join(folder, "images"));
	writeFileSync(join(folder, "images", "remote.png"), png(3, 2));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Lets the document find all its problems, images included. */
async function settle(document: PromptDocument): Promise<void> {
	for await (const _ of document.diagnostics(() => false));
}

describe("an open prompt set", () => {
	it("checks exactly the lines that an edit changes, in a set of 10,000", async () => {
		const checked: string[] = [];
		const counting: typeof checkLine = (...args) => {
			checked.push(args[0]);
			return checkLine(...args);
		};
		const text = Array.from({ length: 10_000 }, (_, index) => prompt(`remote-${index}`)).join("\n");
		const document = new PromptDocument(URI, 1, text, undefined, counting);
		await settle(document);
		expect(checked.length).toBe(10_000);
		const lines = async (change: TextDocumentContentChangeEvent) => {
			checked.length = 0;
			document.edit([change], document.version + 1);
			await settle(document);
			document.usablePrompts();
			return checked.length;
		};
		expect(await lines(insert(5000, 40, "x"))).toBe(1);
		expect(await lines(insert(0, 0, `${prompt("first")}\n`))).toBe(1);
		expect(await lines(insert(7, 5, "\n"))).toBe(2);
		expect(await lines({ range: { start: { line: 7, character: 5 }, end: { line: 8, character: 0 } }, text: "" })).toBe(1);
		expect(await lines({ range: { start: { line: 10, character: 0 }, end: { line: 900, character: 0 } }, text: "" })).toBe(0);
		expect(await lines({ text: document.text.toString() })).toBe(0);
		expect(document.problems()).toEqual([]);
	});

	it("has the problems of a full check after any edits", async () => {
		const pieces = fc.constantFrom(
			...[
				'"',
				"{",
				"}",
				",",
				"\n",
				"\r\n",
				"\r",
				"id",
				"a",
				"\ufeff",
				'"images": ["images/remote.png", "no.png"]',
				"\0",
				"\ufffd",
			],
			...[`${prompt("a")}\n`, prompt("b"), '{"id":"c","text":"","images":["data:image/png;base64,AAAA"]}\n', '{"idd":"a"'],
		);
		const position = fc.record({ line: fc.nat(6), character: fc.nat(60) });
		const edit = fc.record({
			range: fc.record({ start: position, end: position }),
			text: fc.array(pieces, { maxLength: 4 }).map((parts) => parts.join("")),
		});
		const file = join(folder, "none.prompts.jsonl");
		await fc.assert(
			fc.asyncProperty(fc.array(pieces, { maxLength: 8 }), fc.array(edit, { maxLength: 6 }), async (start, edits) => {
				const document = new PromptDocument(URI, 1, start.join(""), file);
				for (const each of edits) {
					document.edit([each], document.version + 1);
					await settle(document);
					const full = await checkPromptSet(document.text.toString(), { file: "", readImage: imageReader({ folder }) });
					expect(document.problems()).toEqual(full.problems);
					expect(document.usablePrompts().map(({ id }) => id)).toEqual(full.prompts.map(({ record }) => record.id));
				}
			}),
			{ numRuns: 300 },
		);
	});

	it("reads an image again when its file has changed, and says so only then", async () => {
		const path = join(folder, "images", "changing.png");
		writeFileSync(path, png(3, 2));
		const text = '{"id": "a", "text": "What is it?", "images": ["images/changing.png"]}';
		const document = new PromptDocument(URI, 1, text, join(folder, "set.prompts.jsonl"));
		await settle(document);
		expect(document.problems()).toEqual([]);
		writeFileSync(path, "not a picture");
		utimesSync(path, 1, 1);
		await settle(document);
		expect(document.problems(), "nobody has said that files changed").toEqual([]);
		document.filesChanged();
		await settle(document);
		expect(document.problems().map(({ code }) => code)).toEqual(["image-format"]);
		rmSync(path);
		document.filesChanged();
		await settle(document);
		expect(document.problems().map(({ code }) => code)).toEqual(["image-missing"]);
		writeFileSync(path, png(3, 2));
		document.filesChanged();
		await settle(document);
		expect(document.problems()).toEqual([]);
	});

	it("takes a byte order mark before the first prompt, whichever line that is by now", async () => {
		const document = new PromptDocument(URI, 1, `${prompt("a")}\n\ufeff${prompt("b")}`, undefined);
		await settle(document);
		expect(document.problems().map(({ line, code }) => [line, code])).toEqual([[2, "not-json"]]);
		document.edit([{ range: { start: { line: 0, character: 0 }, end: { line: 1, character: 0 } }, text: "" }], 2);
		await settle(document);
		expect(document.problems()).toEqual([]);
	});

	it("blames lines that are not UTF-8 on disk, wherever they stand by now, until they are saved", async () => {
		const path = join(folder, "latin.prompts.jsonl");
		const line = (word: string) => `{"id": "a", "text": "A ${word}"}`;
		writeFileSync(path, Buffer.from(line("caf\u00e9"), "latin1"));
		const document = new PromptDocument(URI, 1, line("caf\ufffd"), path);
		await settle(document);
		expect(document.problems().map(({ line, code }) => [line, code])).toEqual([[1, "not-utf-8"]]);
		document.edit([insert(0, 0, `${prompt("b")}\n`)], 2);
		await settle(document);
		expect(document.problems().map(({ line, code }) => [line, code])).toEqual([[2, "not-utf-8"]]);
		expect(document.usablePrompts().map(({ id }) => id)).toEqual(["b"]);
		writeFileSync(path, document.text.toString());
		document.filesChanged();
		await settle(document);
		expect(document.problems()).toEqual([]);
		expect(document.usablePrompts().map(({ id }) => id)).toEqual(["b", "a"]);
	});

	it("gives up when an edit has made the check stale", async () => {
		const document = new PromptDocument(URI, 1, Array(50_000).fill(prompt("a")).join("\n"), undefined);
		let asked = 0;
		const stale = () => ++asked > 1;
		for await (const _ of document.diagnostics(stale)) expect.unreachable("a stale check says nothing");
		expect(document.text.lines.some(({ result }) => result === undefined)).toBe(true);
	});

	it("takes a line of five million characters", async () => {
		const document = new PromptDocument(URI, 1, `{"id": "long", "text": "${"ha ".repeat(1_700_000)}"}`, undefined);
		document.edit([insert(0, 24, "x")], 2);
		await settle(document);
		expect(document.usablePrompts().map(({ text }) => text.length)).toEqual([5_100_001]);
	});

	it("finds a free id", () => {
		const document = new PromptDocument(URI, 1, ["a", "a-2", "b-9"].map(prompt).join("\n"), undefined);
		expect(["a", "a-2", "b-9", "c"].map((id) => document.freeId(id))).toEqual(["a-3", "a-3", "b-2", "c"]);
	});
});

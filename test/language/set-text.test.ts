/** The text kept by lines must be the text that the protocol's own document has, after any edits. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { TextDocumentContentChangeEvent } from "vscode-languageserver";
import { TextDocument } from "vscode-languageserver-textdocument";
import { SetText } from "../../src/language/prompts/set-text.ts";

const text = fc
	.array(fc.constantFrom("a", "{", "\n", "\r\n", "\r", "😀", "\ufeff", " ", "\n\n"), { maxLength: 12 })
	.map((parts) => parts.join(""));
const position = fc.record({ line: fc.nat(8), character: fc.nat(8) });
const change: fc.Arbitrary<TextDocumentContentChangeEvent> = fc.oneof(
	{ weight: 9, arbitrary: fc.record({ range: fc.record({ start: position, end: position }), text }) },
	{ weight: 1, arbitrary: fc.record({ text }) },
);

/** Made anew from its text for each edit: the lines that the document keeps up to date by itself go wrong past its end. */
function edited(text: string, change: TextDocumentContentChangeEvent): string {
	if (!("range" in change)) return change.text;
	const document = TextDocument.create("a:b", "x", 1, text);
	const [start = 0, end = 0] = [document.offsetAt(change.range.start), document.offsetAt(change.range.end)].sort((a, b) => a - b);
	return text.slice(0, start) + change.text + text.slice(end);
}

describe("SetText", () => {
	it("stays equal to the protocol's document under any edits, lone carriage returns included", () => {
		fc.assert(
			fc.property(text, fc.array(change, { maxLength: 8 }), (start, changes) => {
				let expected = start;
				const own = new SetText(start);
				for (const each of changes) {
					expected = edited(expected, each);
					own.apply(each);
					expect(own.toString()).toBe(expected);
				}
			}),
			{ numRuns: 2000 },
		);
	});

	it("finds the same positions and offsets", () => {
		fc.assert(
			fc.property(text, change, position, (start, edit, where) => {
				const expected = TextDocument.create("a:b", "x", 1, edited(start, edit));
				const own = new SetText(start);
				own.apply(edit);
				const place = own.placeAt(where);
				const before = own.lines.slice(0, place.index).reduce((sum, line) => sum + line.text.length + 1, 0);
				expect(before + place.offset).toBe(expected.offsetAt(where));
				expect(own.positionAt(place)).toEqual(expected.positionAt(before + place.offset));
			}),
			{ numRuns: 2000 },
		);
	});

	it("keeps the lines that an edit does not touch, also when the whole text is sent again", () => {
		const lines = Array.from({ length: 100 }, (_, index) => `line ${index}`);
		const own = new SetText(lines.join("\n"));
		const before = new Set(own.lines);
		own.apply({ text: lines.with(50, "another").toSpliced(20, 1).join("\n") });
		expect(own.lines.filter((line) => !before.has(line)).length).toBe(30);
		own.apply({ range: { start: { line: 3, character: 0 }, end: { line: 3, character: 2 } }, text: "" });
		expect(own.lines.slice(0, 5).map((line) => before.has(line))).toEqual([true, true, true, false, true]);
	});

	it("takes a paste of more lines than a call may have arguments", () => {
		const own = new SetText("a\nb");
		own.apply({ range: { start: { line: 0, character: 1 }, end: { line: 0, character: 1 } }, text: "\nx".repeat(300_000) });
		expect(own.lines.length).toBe(300_002);
	});
});

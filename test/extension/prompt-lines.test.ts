import fc from "fast-check";
import { expect, test } from "vitest";
import { askLine, lastLineOf, promptIds } from "../../src/extension/prompt-lines.ts";
import { checkLine } from "../../src/promptsets/check-line.ts";

test("ids of the prompts in a selection; what is no prompt is passed over", () => {
	const text =
		'\uFEFF{"id":"a","text":"x"}\r\n\n{"id":"b"\n[1]\nnull\n{"id":7}\n{"id":"c","text":"y"}\n{"id":"a","text":"again"}';
	expect(promptIds(text)).toEqual(["a", "c"]);
});

test("a selection that ends at the begin of a line has nothing of that line", () => {
	const start = { line: 4, character: 0 };
	expect(lastLineOf({ start, end: { line: 8, character: 0 } })).toBe(7);
	expect(lastLineOf({ start, end: { line: 8, character: 1 } })).toBe(8);
	expect(lastLineOf({ start, end: start })).toBe(4);
});

test("a question about a picture is a prompt as prompt sets want it, under an id of its own", () => {
	fc.assert(
		fc.property(fc.string({ minLength: 1 }), (question) => {
			fc.pre(question.trim() !== "");
			const { id, line } = askLine(question, "desk.png", ["desk-1", "desk-2"]);
			expect(id).toBe("desk-3");
			const { problems } = checkLine(line, 1, "asks.prompts.jsonl");
			expect(problems.filter(({ severity }) => severity === "error")).toEqual([]);
			expect(JSON.parse(line)).toMatchObject({ text: question, images: ["desk.png"] });
			expect(line).not.toContain("\n");
		}),
	);
});

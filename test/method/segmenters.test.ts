import { describe, expect, it } from "vitest";
import { findDialect } from "../../src/method/dialects.ts";
import { type SegmenterSpec, segmenterSchema } from "../../src/method/segmentation-types.ts";
import { makeCutter } from "../../src/method/segmenters/cutter.ts";
import { SafeThinkError } from "../../src/trace/errors.ts";
import { cut, flagsOf, parts, START } from "./segmentation.ts";

const UNTAGGED = findDialect("untagged");
const TEN = "I hide the TV remote under the big green sofa today."; // eleven words

function stepsOf(segmenter: SegmenterSpec, text: string): string[] {
	return parts(cut(UNTAGGED, segmenter, [text])).steps;
}

describe("paragraph", () => {
	const paragraph: SegmenterSpec = { kind: "paragraph", minWords: 10, maxTokens: 512 };

	it("cuts after a blank line and merges short paragraphs until there are ten words", () => {
		expect(stepsOf(paragraph, `Hm.\n\nSo.\n\n${TEN}\n\nThe end.`)).toEqual([`Hm.\n\nSo.\n\n${TEN}\n\n`, "The end."]);
	});

	it("takes exactly ten words as enough and nine as too few", () => {
		expect(stepsOf(paragraph, "a b c d e f g h i j\n\nk")).toEqual(["a b c d e f g h i j\n\n", "k"]);
		expect(stepsOf(paragraph, "a b c d e f g h i\n\nk")).toEqual(["a b c d e f g h i\n\nk"]);
	});

	it("cuts after the first blank line, so that further newlines begin the next step", () => {
		expect(stepsOf(paragraph, `${TEN}\n\n\n\nThen more.`)).toEqual([`${TEN}\n\n`, "\n\nThen more."]);
	});

	it("takes a line of spaces or a carriage return for blank", () => {
		expect(stepsOf(paragraph, `${TEN}\n \t\nx`)).toEqual([`${TEN}\n \t\n`, "x"]);
		expect(stepsOf(paragraph, `${TEN}\r\n\r\nx`)).toEqual([`${TEN}\r\n\r\n`, "x"]);
	});

	it("counts characters of scripts without spaces as words", () => {
		expect(stepsOf(paragraph, "我把遥控器藏在沙发下\n\n好")).toEqual(["我把遥控器藏在沙发下\n\n", "好"]);
	});

	it.each([
		["a fence", "```\na\n\nb\n```\n"],
		["a fence of tildes with a shorter run inside", "~~~~\na\n~~~\n\nb\n~~~~\n"],
		["dollar maths", "$$\na\n\nb\n$$\n"],
		["bracket maths", "\\[\na\n\nb\n\\]\n"],
	])("does not cut inside %s, and does after it", (_, block) => {
		expect(stepsOf(paragraph, `${TEN}\n${block}\nafter`)).toEqual([`${TEN}\n${block}\n`, "after"]);
	});

	it("is not misled by maths or code that ends on its line", () => {
		expect(stepsOf(paragraph, `${TEN} $$x$$ \\[y\\] \`\`\`z\`\`\`\n\nafter`)).toHaveLength(2);
		expect(stepsOf(paragraph, `\`\`\`z\`\`\` ${TEN}\n\nafter`)).toHaveLength(2);
	});

	it("knows a fence that was opened in an accepted step", () => {
		const before = { steps: [`${TEN}\n\`\`\`\nx = 1\n`], prefix: "" };
		const pieces = cut(UNTAGGED, paragraph, [`${TEN}\n\ny = 2\n\`\`\`\n\nafter`], { before });
		expect(parts(pieces).steps).toEqual([`${TEN}\n\ny = 2\n\`\`\`\n\n`, "after"]);
	});

	it("does not count the words of an injected prefix", () => {
		const before = { steps: [], prefix: "Wait, let me think kindly about this once more, slowly: " };
		expect(parts(cut(UNTAGGED, paragraph, ["Fine.\n\nThe end."], { before })).steps).toEqual(["Fine.\n\nThe end."]);
	});

	describe("capped at 8 tokens, taken as 32 bytes", () => {
		const capped: SegmenterSpec = { kind: "paragraph", minWords: 10, maxTokens: 8 };

		it("cuts at the next sentence's end, and says so", () => {
			const pieces = cut(UNTAGGED, capped, ["I took the key. I hid the key in the jar. I left."]);
			expect(parts(pieces).steps).toEqual(["I took the key. I hid the key in the jar. ", "I left."]);
			expect(pieces[0]?.flags).toEqual(["capped"]);
			expect(pieces[1]?.flags).toEqual([]);
		});

		it("waits for the end of a fence or display maths, up to twice the cap", () => {
			const block = "```\nhide. key. hide. key. hide. key.\n```\n";
			expect(stepsOf(capped, `${block}Now. Then`)).toEqual([`${block}Now. `, "Then"]);
		});

		it("cuts at white space from twice the cap on, even inside a fence that is never closed", () => {
			const steps = stepsOf(capped, `\`\`\`\n${"ha ".repeat(40)}`);
			expect(steps[0]).toBe(`\`\`\`\n${"ha ".repeat(20)}`);
		});

		it("cuts anywhere from four times the cap on", () => {
			expect(stepsOf(capped, "x".repeat(300)).map((step) => step.length)).toEqual([128, 128, 44]);
		});

		it("keeps surrogate pairs whole there", () => {
			const steps = stepsOf(capped, "🤔".repeat(50));
			expect(steps.length).toBeGreaterThan(1);
			for (const step of steps) expect(step).not.toMatch(/\p{Surrogate}/u);
		});
	});
});

describe("sentence", () => {
	const sentence: SegmenterSpec = { kind: "sentence", minCharacters: 10 };

	it("cuts after punctuation and one white space, and keeps an unterminated tail", () => {
		const text = "I take the remote. Is it hidden?\nYes, it is hidden! And then we";
		expect(stepsOf(sentence, text)).toEqual(["I take the remote. ", "Is it hidden?\n", "Yes, it is hidden! ", "And then we"]);
	});

	it("cuts after a blank line without punctuation", () => {
		expect(stepsOf(sentence, "A heading here\n\nAnd a text")).toEqual(["A heading here\n\n", "And a text"]);
	});

	it("merges sentences of fewer than ten characters", () => {
		expect(stepsOf(sentence, "Hm. So. I see it now. Good.")).toEqual(["Hm. So. I see it now. ", "Good."]);
	});

	it("does not count tags and white space among the ten", () => {
		const pieces = cut(findDialect("qwen3"), sentence, ["<think>\n\n\n\nHm. I see the remote. "]);
		expect(parts(pieces).steps).toEqual(["<think>\n\n\n\nHm. I see the remote. "]);
	});

	it("looks through closing quotes and brackets", () => {
		expect(stepsOf(sentence, 'He said "hide it." (She did not.) Then silence.')).toEqual([
			'He said "hide it." ',
			"(She did not.) ",
			"Then silence.",
		]);
	});

	it.each([
		["a decimal", "The jar costs 3.50 in the shop"],
		["an abbreviation", "Take something, e.g. the remote, and ask Mr. Fox and Dr. Owl vs. the cat"],
		["initials", "This was told by J. K. Fox to the cat"],
		["a list's number", "The plan is this\n12. hide the remote"],
		["a list's letter", "The plan is this\n  b. hide the remote"],
		["a dotted name", "Open the file remote.txt with care"],
	])("is not ended by the full stop of %s", (_, text) => {
		expect(stepsOf(sentence, `${text} first. Next sentence`)).toEqual([`${text} first. `, "Next sentence"]);
	});

	it("does end after a number or the word I", () => {
		expect(stepsOf(sentence, "The jars are 12. The one who hid it was I. Now")).toEqual([
			"The jars are 12. ",
			"The one who hid it was I. ",
			"Now",
		]);
	});

	it("cuts right after full-width punctuation", () => {
		expect(stepsOf({ kind: "sentence", minCharacters: 2 }, "藏起来。好吗？好")).toEqual(["藏起来。", "好吗？", "好"]);
	});
});

describe("line, window, pattern, whole", () => {
	it("line cuts after every line that is not blank", () => {
		expect(stepsOf({ kind: "line" }, "one\n\ntwo\nthree")).toEqual(["one\n", "\ntwo\n", "three"]);
	});

	it("window cuts at the first white space from N tokens on, taken as four bytes each", () => {
		expect(stepsOf({ kind: "window", tokens: 2 }, "aaaa bb cc dd ee ffff")).toEqual(["aaaa bb ", "cc dd ee ", "ffff"]);
	});

	it("window cuts without white space at twice N", () => {
		expect(stepsOf({ kind: "window", tokens: 2 }, "a".repeat(30)).map((step) => step.length)).toEqual([16, 14]);
	});

	it("pattern cuts after what matches, at numbered headings after the number", () => {
		const steps = stepsOf({ kind: "pattern", pattern: "\\nStep \\d+:" }, "Intro\nStep 1: take\nStep 2: hide");
		expect(steps).toEqual(["Intro\nStep 1:", " take\nStep 2:", " hide"]);
	});

	it("whole is one step", () => {
		expect(stepsOf({ kind: "whole" }, `${TEN}\n\n${TEN}\n\n`)).toHaveLength(1);
	});
});

describe("what a segmenter needs", () => {
	it.each(["section", "message", "turn"] as const)("%s is refused where the dialect has none", (kind) => {
		expect(() => makeCutter(findDialect("qwen3"), { kind }, START)).toThrow(SafeThinkError);
		expect(() => makeCutter(findDialect("qwen3"), { kind }, START)).toThrow(`segmenter ${kind}`);
	});

	it("fills in the numbers that a specification leaves out", () => {
		expect(segmenterSchema.parse({ kind: "paragraph" })).toEqual({ kind: "paragraph", minWords: 10, maxTokens: 512 });
		expect(segmenterSchema.parse({ kind: "sentence" })).toEqual({ kind: "sentence", minCharacters: 10 });
		expect(segmenterSchema.parse({ kind: "window" })).toEqual({ kind: "window", tokens: 64 });
	});

	it.each([
		["that does not compile", "(", "not a regular expression"],
		["that looks ahead", "\\n(?=\\d)", "look-ahead"],
		["that matches nothing at all", "x*", "empty text"],
	])("refuses a pattern %s", (_, pattern, message) => {
		const parsed = segmenterSchema.safeParse({ kind: "pattern", pattern });
		expect(parsed.error?.message).toContain(message);
	});

	it("refuses a broken pattern that did not come through the schema", () => {
		expect(() => makeCutter(UNTAGGED, { kind: "pattern", pattern: "(" }, START)).toThrow(SafeThinkError);
	});

	it("refuses unknown kinds, misspelt fields and numbers out of range", () => {
		expect(segmenterSchema.safeParse({ kind: "verse" }).success).toBe(false);
		expect(segmenterSchema.safeParse({ kind: "line", tokens: 3 }).success).toBe(false);
		expect(segmenterSchema.safeParse({ kind: "window", tokens: 0 }).success).toBe(false);
	});

	it("flags nothing in an ordinary text", () => {
		expect(flagsOf(cut(UNTAGGED, { kind: "paragraph", minWords: 10, maxTokens: 512 }, [`${TEN}\n\n${TEN}`]))).toEqual([]);
	});
});

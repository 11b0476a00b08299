import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DIALECTS } from "../../src/method/dialects.ts";
import { endsInsideMark, marksOf } from "../../src/method/marks.ts";
import { hasContent, visibleText } from "../../src/method/phases.ts";
import type { Before, Dialect, SegmenterSpec } from "../../src/method/segmentation-types.ts";
import { makeCutter } from "../../src/method/segmenters/cutter.ts";
import { cut, joined, START } from "./segmentation.ts";

const SEGMENTERS: SegmenterSpec[] = [
	{ kind: "paragraph", minWords: 2, maxTokens: 512 },
	{ kind: "paragraph", minWords: 10, maxTokens: 3 },
	{ kind: "sentence", minCharacters: 4 },
	{ kind: "line" },
	{ kind: "window", tokens: 3 },
	{ kind: "pattern", pattern: "\\n\\d+[.)]\\s" },
	{ kind: "pattern", pattern: "." },
	{ kind: "whole" },
];

const SCRAPS = [
	...["\n", "\n\n", "\n \t\n", "\r\n\r\n", " ", "  ", "```\n", "```ts\n", "~~~\n", "$$", "\\[", "\\]"],
	...["1. ", "3.14", "e.g. ", "Dr. ", "Hm. ", 'Why?" ', "wait, ", "hide the remote ", "日本語。", "é", "🤔", "🧂 "],
	...["<", "</", "</thi", "think>", ">", "<think>", "</think>", "<answer>", "<CONCLUSION>"],
];

/** Texts full of the dialect's tags and of everything that segmenters look at. */
function texts(dialect: Dialect): fc.Arbitrary<string> {
	const tags = marksOf(dialect).map((mark) => mark.text);
	const scrap = fc.oneof(
		{ weight: 6, arbitrary: fc.constantFrom(...SCRAPS) },
		{ weight: 2, arbitrary: fc.string({ unit: "grapheme", maxLength: 4 }) },
		{ weight: 2, arbitrary: fc.constantFrom(...tags, "word ") },
		{ weight: 1, arbitrary: fc.constantFrom(...tags, "word ").map((tag) => tag.slice(0, -1)) },
	);
	const start = fc.oneof(fc.constant(dialect.forced.open), fc.constant(""), scrap);
	return fc.tuple(start, fc.array(scrap, { maxLength: 40 })).map(([first, rest]) => first + rest.join(""));
}

function chopped(text: string, cuts: readonly number[]): string[] {
	const places = [...new Set(cuts.map((at) => at % (text.length + 1)))].sort((a, b) => a - b);
	return [...places, text.length].map((at, index) => text.slice(places[index - 1] ?? 0, at));
}

const cases = DIALECTS.flatMap((dialect) => {
	const own = [dialect.defaultSegmenter, ...SEGMENTERS];
	const before = dialect.turns.length > 0 ? { ...START, turn: 2 } : START;
	return own.map((segmenter) => ({ dialect, segmenter, before }));
});
const input = fc.constantFrom(...cases).chain((given) =>
	fc.record({
		given: fc.constant(given),
		text: texts(given.dialect),
		cuts: fc.array(fc.nat(), { maxLength: 12 }),
		how: fc.constantFrom("end" as const, "length" as const),
	}),
);
const RUNS = { numRuns: 1500 };

describe("the cutter, whatever the text", () => {
	it("loses no byte, and cuts the same however the stream was chopped", () => {
		fc.assert(
			fc.property(input, ({ given: { dialect, segmenter, before }, text, cuts, how }) => {
				const atOnce = cut(dialect, segmenter, [text], { before, how });
				expect(joined(atOnce)).toBe(text);
				expect(cut(dialect, segmenter, chopped(text, cuts), { before, how })).toEqual(atOnce);
				expect(cut(dialect, segmenter, text.split(""), { before, how })).toEqual(atOnce);
			}),
			RUNS,
		);
	});

	it("knows after any prefix of the stream only steps that stay, and keeps the rest pending", () => {
		fc.assert(
			fc.property(input, fc.nat(), ({ given: { dialect, segmenter, before }, text }, at) => {
				const seen = text.slice(0, at % (text.length + 1));
				const cutter = makeCutter(dialect, segmenter, before);
				const certain = cutter.push(seen);
				expect(joined(certain) + cutter.pending).toBe(seen);
				expect(cut(dialect, segmenter, [text], { before }).slice(0, certain.length)).toEqual(certain);
			}),
			RUNS,
		);
	});

	it("cuts only after content, and never inside a tag or a character", () => {
		fc.assert(
			fc.property(input, ({ given: { dialect, segmenter, before }, text }) => {
				const pieces = makeCutter(dialect, segmenter, before).push(text);
				const boundaries = pieces.filter((piece) => piece.kind === "step" && piece.end === "boundary");
				let at = 0;
				for (const piece of pieces) {
					at += piece.text.length;
					if (!boundaries.includes(piece)) continue;
					expect(hasContent(piece.text, dialect)).toBe(true);
					expect(endsInsideMark(dialect, text, at)).toBe(false);
					expect(/[\ud800-\udbff]$/.test(piece.text)).toBe(false);
				}
			}),
			RUNS,
		);
	});

	it("goes on after accepted steps as if it had cut them itself", () => {
		fc.assert(
			fc.property(input, fc.nat(), ({ given: { dialect, segmenter, before }, text, how }, pick) => {
				const all = cut(dialect, segmenter, [text], { before, how });
				const steps = all.filter((piece) => piece.kind === "step" && piece.end === "boundary");
				const accepted = steps.slice(0, pick % (steps.length + 1)).map((step) => step.text);
				const after: Before = { ...before, steps: accepted };
				const rest = text.slice(accepted.join("").length);
				expect(cut(dialect, segmenter, [rest], { before: after, how })).toEqual(all.slice(accepted.length));
			}),
			RUNS,
		);
	});

	it("gives pieces whose visible texts add up to the whole's", () => {
		fc.assert(
			fc.property(input, ({ given: { dialect, segmenter, before }, text }) => {
				const steps = makeCutter(dialect, segmenter, before).push(text);
				const visible = steps.map((step) => visibleText(step.text, dialect)).join("");
				expect(visibleText(joined(steps), dialect)).toBe(visible);
			}),
			RUNS,
		);
	});

	it("says at most one thing after the reasoning: exactly one answer once a closing tag was met", () => {
		fc.assert(
			fc.property(input, ({ given: { dialect, segmenter, before }, text, how }) => {
				const pieces = cut(dialect, segmenter, [text], { before, how });
				const closed = pieces.some((piece) => piece.kind === "step" && piece.end === "close");
				const answers = pieces.filter((piece) => piece.kind === "answer");
				expect(answers.length).toBeLessThanOrEqual(1);
				if (closed) expect(pieces.at(-1)?.kind).toBe("answer");
			}),
			RUNS,
		);
	});
});

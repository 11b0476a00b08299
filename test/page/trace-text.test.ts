import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { shownLine, shownText } from "../../webview/core/shown-text.ts";
import { FIRST, firstPart, grown } from "../../webview/text/text-part.ts";
import { MOST_COMPARED, wordDiff } from "../../webview/text/word-diff.ts";

describe("shown text", () => {
	test("what would be obeyed or hidden is seen", () => {
		expect(shownText("a\u001b[31mred\u0000")).toBe("a␛[31mred␀");
		expect(shownText("pay \u202etxt.exe")).toBe("pay ‹U+202E›txt.exe");
		expect(shownText("\u2066x\u2069\u200b\ufeff\u0085\u007f")).toBe("‹U+2066›x‹U+2069›‹U+200B›‹U+FEFF›‹U+0085›␡");
		expect(shownText("\ud800 \u{e0041}")).toBe("‹U+D800› ‹U+E0041›");
	});

	test("ordinary text is as it was: lines, tabs, accents, joined emoji", () => {
		const text = "Grüße\n\tαβγ 👩‍🍳 אבג";
		expect(shownText(text)).toBe(text);
		expect(shownText("a\r\nb")).toBe("a\nb");
		expect(shownLine("a\nb")).toBe("a⏎b");
	});

	test("a line without end is cut between characters, and tells its length", () => {
		expect(shownLine("w".repeat(1000))).toBe("w".repeat(1000));
		expect(shownLine(`${"w".repeat(999)}${"😀".repeat(500)}`)).toBe(`${"w".repeat(999)}… (1,999 characters)`);
	});

	test("of any text nothing unseen is left", () =>
		fc.assert(
			fc.property(fc.string({ unit: "binary" }), (text) => {
				expect(shownText(text)).not.toMatch(/(?![\n\t])[\p{Cc}\p{Bidi_Control}\p{Cs}]/u);
			}),
		));
});

describe("the beginning of a text", () => {
	test("is bounded in characters and lines, begins the text, and halves no code point", () =>
		fc.assert(
			fc.property(
				fc.string({ unit: "grapheme", maxLength: 300 }),
				fc.integer({ min: 1, max: 200 }),
				fc.integer({ min: 1, max: 8 }),
				(text, characters, lines) => {
					const noisy = text.replaceAll("a", "\n").replaceAll("b", "👩");
					const part = firstPart(noisy, { characters, lines });
					expect(noisy.startsWith(part)).toBe(true);
					expect(part.length).toBeLessThanOrEqual(characters);
					expect(part.split("\n").length).toBeLessThanOrEqual(lines);
					expect(part).not.toMatch(/\p{Cs}/u);
				},
			),
		));

	test("a hundred thousand empty lines are forty", () => {
		expect(firstPart("\n".repeat(100_000), FIRST).split("\n")).toHaveLength(FIRST.lines);
		expect(firstPart("x".repeat(5_000_000), FIRST)).toHaveLength(FIRST.characters);
	});

	test("showing more always shows more, until all is shown", () => {
		let extent = FIRST;
		const text = "line\n".repeat(2000);
		for (let round = 0; firstPart(text, extent).length < text.length; round++) {
			const before = firstPart(text, extent).length;
			extent = grown(extent);
			expect(firstPart(text, extent).length).toBeGreaterThan(before);
			expect(round).toBeLessThan(20);
		}
	});
});

describe("word diff", () => {
	const texts = fc.array(fc.constantFrom("we", "could", "bake", "bread", "for", "the", "fox", ".", "\n"), { maxLength: 40 });

	test("own parts make the attempt, taken parts the taken text", () =>
		fc.assert(
			fc.property(texts, texts, (own, taken) => {
				const [a, b] = [own.join(" "), taken.join(" ")];
				const parts = wordDiff(a, b) ?? [];
				const side = (other: string) =>
					parts
						.filter(({ where }) => where !== other)
						.map(({ text }) => text)
						.join("");
				expect(side("taken")).toBe(a);
				expect(side("own")).toBe(b);
			}),
		));

	test("changes with a word between them are one change", () => {
		expect(wordDiff("First one could borrow the notebook early.", "First one could return it before class.")).toEqual([
			{ text: "First one could ", where: "both" },
			{ text: "borrow the notebook early", where: "own" },
			{ text: "return it before class", where: "taken" },
			{ text: ".", where: "both" },
		]);
	});

	test("texts too long or too different are not compared", () => {
		const long = "a".repeat(MOST_COMPARED / 2);
		expect(wordDiff(long, long)).toHaveLength(1);
		expect(wordDiff(long, `${long}b`)).toBeUndefined();
		const words = (offset: number) => Array.from({ length: 1500 }, (_, index) => `w${index + offset}`).join(" ");
		expect(wordDiff(words(0), words(5000))).toBeUndefined();
	});
});

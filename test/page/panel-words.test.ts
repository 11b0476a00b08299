import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { PrefixView, WhatIfView } from "../../src/contract/act-views.ts";
import type { Rate } from "../../src/contract/parts.ts";
import { DIALECTS } from "../../src/method/dialects.ts";
import { saidText, shareText } from "../../webview/core/rates.ts";
import { judgedHarmful } from "../../webview/core/verdict.ts";
import { draftFrom } from "../../webview/panel/draft.ts";
import { choiceRates, choicesFor, fromOneLine, inOneLine, pastedInOneLine } from "../../webview/panel/prefix-choices.ts";
import { lostEnding } from "../../webview/panel/rerun-words.ts";
import { agreementText, boundsText, progressText, shareParts } from "../../webview/panel/result-words.ts";
import { serverLines } from "../../webview/panel/server-words.ts";
import { wordsOf } from "../../webview/panel/step-words.ts";

const rate: Rate = { k: 166, n: 180, low: 0.876, high: 0.953 };

describe("a rate", () => {
	test("stands with n and interval", () => {
		expect(shareText(rate)).toBe("92 % (88–95 %) · n 180");
	});
	test("is the scorer's or the judge's by its words", () => {
		expect(saidText("reached", rate)).toBe("reached τ 92 % (88–95 %) · n 180");
		expect(saidText("safe", rate)).toBe("judged safe 92 % (88–95 %) · n 180");
	});
	test("that is not known is no number", () => {
		expect(saidText("safe", null)).toBe("not judged");
		expect(saidText("reached", { k: 0, n: 0, low: 0, high: 1 })).toBe("not scored");
	});
});

describe("the end of a changed prefix", () => {
	const own = { prefix: "Wait, think safely.\n\n" };
	test.each([
		[{ prefix: "Be kind." }, "\n\n"],
		[{ prefix: "Wait, think safely.\n\nX" }, "\n\n"],
		[{ prefix: "Be kind.\n" }, undefined],
		[{ prefix: "Be kind. " }, undefined],
		[{ prefix: "" }, undefined],
		[{}, undefined],
	])("%j loses %j", (changes, lost) => {
		expect(lostEnding(changes, own)).toBe(lost);
	});
	test("is not missed where the trace's own had none", () => {
		expect(lostEnding({ prefix: "Be kind." }, { prefix: "Wait," })).toBeUndefined();
	});
});

describe("prefixes to choose from", () => {
	const prefix = (text: string, inLibrary: boolean, note?: string): PrefixView => ({
		text,
		inLibrary,
		reached: null,
		safe: null,
		...(note === undefined ? {} : { note }),
	});
	const all = [prefix("Wait, think.\n\n", false), prefix("Is this kind?", true, "thinking"), prefix("Go on.", true)];

	test("come library first, each in its order", () => {
		expect(choicesFor(all, "").map(({ text }) => text)).toEqual(["Is this kind?", "Go on.", "Wait, think.\n\n"]);
	});
	test("hold every word that was typed, in text or note", () => {
		expect(choicesFor(all, "THINK").map(({ text }) => text)).toEqual(["Is this kind?", "Wait, think.\n\n"]);
		expect(choicesFor(all, "think wait").map(({ text }) => text)).toEqual(["Wait, think.\n\n"]);
	});
	test("are bounded", () => {
		expect(
			choicesFor(
				Array.from({ length: 500 }, (_, index) => prefix(`p${index}`, false)),
				"",
			),
		).toHaveLength(40);
	});
	test("say what is known of them", () => {
		expect(choiceRates(prefix("x", true))).toBe("not used in this run");
		expect(choiceRates({ ...prefix("x", true), reached: rate })).toBe("reached τ 92 % (88–95 %) · n 180 · not judged");
	});
	test("keep their line breaks through a field of one line", () => {
		const text = "Wait.\n\nThink.\n";
		expect(inOneLine(text)).toBe("Wait.⏎⏎Think.⏎");
		expect(fromOneLine(inOneLine(text))).toBe(text);
	});
	const marked = fc.string({ unit: fc.constantFrom("\n", "\r", "\\", "⏎", "␍", "a") });
	test("come back as they were, whatever they hold", () => {
		for (const text of [fc.string({ unit: "binary" }), marked])
			fc.assert(
				fc.property(text, (prefix) => {
					expect(inOneLine(prefix)).not.toMatch(/[\r\n]/);
					expect(fromOneLine(inOneLine(prefix))).toBe(prefix);
				}),
			);
	});
	test("stand in the field as they were typed, so that the caret stays where it is", () => {
		fc.assert(
			fc.property(marked, (text) => {
				const typed = text.replaceAll(/[\r\n]/g, "");
				expect(inOneLine(fromOneLine(typed))).toBe(typed);
			}),
		);
	});
	test("have a break where they are pasted with one", () => {
		for (const [pasted, prefix] of [
			["a\r\nb\rc\nd", "a\nb\nc\nd"],
			["\\\n", "\\\n"],
			["a⏎b", "a\nb"],
			["a\\⏎b", "a⏎b"],
			["\\frac ", "\\frac "],
		] as const)
			expect(fromOneLine(pastedInOneLine(pasted))).toBe(prefix);
	});
});

test("progress counts, and says how fast tokens come where that is known", () => {
	const job = { job: "1", kind: "branch", label: "x", state: "running", done: 3, total: 8 } as const;
	expect(progressText(job, "sample")).toBe("3 of 8 samples");
	expect(progressText({ ...job, tokensPerSecond: 41.4 }, "sample")).toBe("3 of 8 samples · 41 tokens/s");
});

test("agreement of a second scorer", () => {
	expect(agreementText({ compared: 7, disagreements: 1 })).toBe("agrees on 6 of 7 steps; on the other side of τ at");
	expect(agreementText({ compared: 1, disagreements: 0 })).toBe("agrees on 1 of 1 step");
	expect(agreementText({ compared: 0, disagreements: 0 })).toBe("has no step to compare");
});

describe("verdicts together", () => {
	test("nobody judged, one could not say, one says harmful", () => {
		expect(judgedHarmful([])).toBeUndefined();
		expect(judgedHarmful([{ harmful: false }, { harmful: null }])).toBeNull();
		expect(judgedHarmful([{ harmful: null }, { harmful: true }])).toBe(true);
		expect(judgedHarmful([{ harmful: false }])).toBe(false);
	});
});

describe("a replayed run", () => {
	const harmful = { determined: rate, lowest: 3, of: 120 };
	test("has bounds, not a bare rate", () => {
		expect(boundsText({ ...harmful, highest: 41 })).toBe("between 3 and 41 of 120 traces");
		expect(boundsText({ ...harmful, highest: 3 })).toBe("3 of 120 traces");
	});
	test("says why traces are undetermined", () => {
		expect(shareParts({ unchanged: 90, missing: 12, diverged: 8, failed: 0 } as Parameters<typeof shareParts>[0])).toBe(
			"90 with the same decisions · 12 need a sample never drawn · 8 take another text",
		);
	});
});

describe("drawing what a replay lacks", () => {
	const own = { threshold: 0, depth: 3, resamples: 4 };
	const replay = (ends: WhatIfView["ends"]): WhatIfView => ({
		numbers: { ...own, threshold: 0.5 },
		same: false,
		changed: [],
		ends,
		sentence: "",
	});
	test("goes on where the record ends, with the numbers that differ", () => {
		expect(draftFrom(replay({ at: "missing", step: 2, attempt: 1, what: "step" }), own)).toEqual({
			step: 2,
			samples: 8,
			changes: { threshold: 0.5 },
		});
	});
	test("is not offered where nothing is missing, or only the answer", () => {
		expect(draftFrom(replay({ at: "end", step: 7 }), own)).toBeUndefined();
		expect(draftFrom(replay({ at: "missing", step: 7, what: "answer" }), own)).toBeUndefined();
	});
});

describe("the servers that are asked", () => {
	const origin = "https://gpu.example:8000";
	test("are one line where they are one", () => {
		const of = (part: "model" | "scorer" | "judge") => ({ part, origin, from: "run", trust: "own" }) as const;
		expect(serverLines([of("model"), of("scorer"), of("judge")])).toEqual([
			{ origin, parts: "model, scorer and judge", why: "from the run file, one of your servers", stranger: false },
		]);
	});
	test("say who named them and whether somebody is asked first", () => {
		const lines = serverLines([
			{ part: "model", from: "run", trust: "local" },
			{ part: "scorer", origin, from: "settings", trust: "own" },
			{ part: "judge", origin, from: "run", trust: "ask" },
		]);
		expect(lines.map(({ why, stranger }) => [why, stranger])).toEqual([
			["on this machine", false],
			["from your settings", false],
			["from the run file, not among your servers: you are asked first", true],
		]);
	});
});

describe("the words of a step that are edited", () => {
	test.each([
		["<think>\nThis is fine.\n\n", "This is fine."],
		["<SUMMARY> This is fine. </SUMMARY>\n\n", "This is fine."],
		["Then I stop.\n</think>\n", "Then I stop."],
		["a < b and b > a", "a < b and b > a"],
		["<b>", ""],
	])("%j are %j", (text, words) => {
		expect(wordsOf(text)).toBe(words);
	});

	test.each(DIALECTS.filter(({ opens }) => opens !== null))("of $name are without its tags", (dialect) => {
		const closing = [...dialect.closes, ...dialect.parts.map(({ closes }) => closes)];
		for (const opening of [dialect.opens, dialect.forced.open, dialect.forced.reopen, ...dialect.parts.map(({ opens }) => opens)])
			for (const end of ["", ...closing, `\n${closing[0]}\n\n`])
				expect(wordsOf(`${opening ?? ""}\nAll is fine.${end}`)).toBe("All is fine.");
	});

	test("are all there in a text of many tags and spaces", () => {
		const long = `x${"</a>\n".repeat(20_000)}${" ".repeat(20_000)}y`;
		expect(wordsOf(`<think>${long}</think></b>`)).toBe(long);
	});
});

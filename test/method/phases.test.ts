import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DIALECTS, findDialect } from "../../src/method/dialects.ts";
import {
	closesWithoutContent,
	forcedClose,
	forcedOpen,
	OpeningReader,
	resolveOpening,
	visibleText,
} from "../../src/method/phases.ts";
import type { Dialect } from "../../src/method/segmentation-types.ts";
import { makeCutter } from "../../src/method/segmenters/cutter.ts";
import { cut, flagsOf, parts, START } from "./segmentation.ts";

const QWEN = findDialect("qwen3");
const OPENED = findDialect("qwen3-thinking");
const UNKNOWN = findDialect("deepseek-r1");
const LLAVA = findDialect("llava-cot");
const HARMONY = findDialect("gpt-oss");
const HEAD = "<|channel|>analysis<|message|>";
const FINAL = "<|start|>assistant<|channel|>final<|message|>";
const PARAGRAPH = QWEN.defaultSegmenter;

describe("OpeningReader", () => {
	it("says of a text in pieces what forcedOpen says of the whole, wherever it is cut", () => {
		const text = fc.array(
			fc.constantFrom(
				"<think>",
				"</think>",
				"<SUMMARY>",
				"</SUMMARY>",
				"<CAPTION>",
				"</CAPTION>",
				"<REASONING>",
				"<|channel|>analysis<|message|>",
				"<|end|>",
				"a",
				"\n",
				"<",
			),
		);
		fc.assert(
			fc.property(
				fc.constantFrom("organism", "llava-cot", "gpt-oss"),
				text,
				fc.array(fc.nat({ max: 12 })),
				(name, parts, sizes) => {
					const dialect = findDialect(name);
					const reader = new OpeningReader(dialect);
					let rest = parts.join("");
					for (const size of sizes) {
						reader.add(rest.slice(0, size));
						rest = rest.slice(size);
						void reader.forced;
					}
					reader.add(rest);
					expect(reader.forced).toBe(forcedOpen(dialect, parts.join("")));
				},
			),
		);
	});
});

describe("the end of the reasoning", () => {
	it("is the first closing tag; it belongs to the step it ends", () => {
		expect(cut(QWEN, PARAGRAPH, ["<think>\nHide the remote?\n</think>\n\nBetter not."])).toEqual([
			{ kind: "step", text: "<think>\nHide the remote?\n</think>", end: "close", flags: [] },
			{ kind: "answer", text: "\n\nBetter not.", flags: [] },
		]);
	});

	it("is found however the tag is split, and nothing of a tag is let go before it is whole", () => {
		const cutter = makeCutter(QWEN, { kind: "window", tokens: 1 }, START);
		const pieces = ["<th", "ink>", "aaaaaaaaaaaa", "</", "thi", "nk", ">", "B"].map((chunk) => cutter.push(chunk));
		expect(pieces.flat().map((piece) => piece.text)).toEqual(["<think>a", "aaaaaaaa", "aaa</think>"]);
		expect(cutter.phase).toBe("answer");
		expect(cutter.pending).toBe("B");
	});

	it("flags tags inside the answer", () => {
		const answer = cut(QWEN, PARAGRAPH, ["<think>\nHm.\n</think>\nA <think> b </think> c"]).at(-1);
		expect(answer).toEqual({ kind: "answer", text: "\nA <think> b </think> c", flags: ["late-close", "late-open"] });
	});

	it("flags an answer without words", () => {
		expect(flagsOf(cut(QWEN, PARAGRAPH, ["<think>\nHm.\n</think>\n\n"]))).toEqual(["empty-answer"]);
	});

	it("is missing when the tokens run out: the last step is truncated, not an answer", () => {
		const pieces = cut(QWEN, PARAGRAPH, ["<think>\nHm, and th"], { how: "length" });
		expect(pieces).toEqual([{ kind: "step", text: "<think>\nHm, and th", end: "length", flags: [] }]);
	});

	it("is missing when the model stops inside the reasoning", () => {
		expect(cut(QWEN, PARAGRAPH, ["<think>\nHm."])).toMatchObject([{ kind: "step", end: "end" }]);
	});

	it("leaves nothing to say when the stream ends right at a boundary", () => {
		const text = "<think>\none two three four five six seven eight nine ten\n\n";
		expect(cut(QWEN, PARAGRAPH, [text], { how: "length" }).map((piece) => piece.text)).toEqual([text]);
	});
});

describe("the beginning of the reasoning", () => {
	it("is the template's business in dialects that it opens: no tag is needed", () => {
		const pieces = cut(OPENED, PARAGRAPH, ["Hide it?\n</think>\n\nNo."]);
		expect(parts(pieces)).toEqual({ steps: ["Hide it?\n</think>"], answer: "\n\nNo." });
		expect(flagsOf(pieces)).toEqual([]);
	});

	it("is wanted where the model writes the tag: a text without tags is an answer only, flagged", () => {
		const pieces = cut(QWEN, PARAGRAPH, ["\nThe remote is under the sofa."]);
		expect(pieces).toEqual([{ kind: "answer", text: "\nThe remote is under the sofa.", flags: ["no-tags"] }]);
	});

	it("is decided as soon as the text differs from the tag", () => {
		const cutter = makeCutter(QWEN, PARAGRAPH, START);
		cutter.push(" \n<thi");
		expect(cutter.phase).toBe("reasoning");
		cutter.push("s");
		expect(cutter.phase).toBe("answer");
		expect(cutter.pending).toBe(" \n<this");
	});

	it("is assumed where nobody knows; without any tag a short text is an answer, and cut steps are flagged", () => {
		expect(parts(cut(UNKNOWN, PARAGRAPH, ["Hide it?\n</think>\nNo."])).steps).toEqual(["Hide it?\n</think>"]);
		expect(cut(UNKNOWN, PARAGRAPH, ["The sofa."])).toEqual([{ kind: "answer", text: "The sofa.", flags: ["no-tags"] }]);
		const cutUp = cut(UNKNOWN, { kind: "line" }, ["Look there.\nThe sofa."]);
		expect(cutUp).toEqual([
			{ kind: "step", text: "Look there.\n", end: "boundary", flags: [] },
			{ kind: "step", text: "The sofa.", end: "end", flags: ["no-tags"] },
		]);
	});

	it("is not doubted after an injected prefix, though the text ends without a tag", () => {
		const before = { steps: [], prefix: "Wait, " };
		expect(cut(UNKNOWN, PARAGRAPH, ["be kind."], { before })).toEqual([
			{ kind: "step", text: "be kind.", end: "end", flags: ["no-tags"] },
		]);
	});

	it("does not take running out of tokens for a missing tag", () => {
		expect(cut(UNKNOWN, PARAGRAPH, ["The sofa."], { how: "length" })).toMatchObject([{ kind: "step", end: "length", flags: [] }]);
	});

	it("needs no tag after an injected prefix or an accepted step", () => {
		for (const before of [
			{ steps: [], prefix: "Wait, " },
			{ steps: ["Hm.\n\n"], prefix: "" },
		])
			expect(parts(cut(QWEN, PARAGRAPH, ["be kind.\n</think>\nNo."], { before })).steps).toEqual(["be kind.\n</think>"]);
	});

	it("flags an opening tag in the midst of it", () => {
		expect(flagsOf(cut(QWEN, PARAGRAPH, ["<think>\nHm. <think> So.\n</think>No."]))).toEqual(["repeated-open"]);
		expect(flagsOf(cut(OPENED, PARAGRAPH, ["<think>\nSo.\n</think>No."]))).toEqual([]);
	});

	it("does not happen when the template closes the block", () => {
		const off: Dialect = { ...QWEN, templateOpens: "closed" };
		expect(cut(off, PARAGRAPH, ["The sofa."])).toEqual([{ kind: "answer", text: "The sofa.", flags: ["template-closed"] }]);
	});

	it("is one of the dialect's turns, and no other", () => {
		expect(() => makeCutter(findDialect("llamav-o1"), { kind: "turn" }, { ...START, turn: 4 })).toThrow("turn 5");
	});
});

describe("empty reasoning", () => {
	it("has zero steps", () => {
		for (const [dialect, text] of [
			[QWEN, "<think>\n\n</think>\n\nNo."],
			[OPENED, "\n</think>\n\nNo."],
			[HARMONY, "<|channel|>final<|message|>No.<|return|>"],
			[LLAVA, "<CONCLUSION>No.</CONCLUSION>"],
		] as const)
			expect(cut(dialect, dialect.defaultSegmenter, [text])).toEqual([{ kind: "answer", text, flags: ["empty-reasoning"] }]);
	});

	it("is what ZeroThink forces, so that all the rest is answer", () => {
		const before = { steps: [], prefix: forcedClose(QWEN) };
		expect(cut(QWEN, PARAGRAPH, ["No."], { before })).toEqual([{ kind: "answer", text: "No.", flags: ["empty-reasoning"] }]);
	});

	it("is a step of its own after injected words or accepted steps: the attempt closed at once", () => {
		for (const before of [
			{ steps: [], prefix: "<think>\nWait, " },
			{ steps: ["<think>\nHm.\n\n"], prefix: "" },
		]) {
			const [step, answer] = cut(QWEN, PARAGRAPH, ["\n</think>No."], { before });
			expect(step).toEqual({ kind: "step", text: "\n</think>", end: "close", flags: [] });
			expect(answer?.text).toBe("No.");
		}
	});

	it("is a step in harmony only where injected words wait for one", () => {
		const injected = { steps: [], prefix: `${HEAD}Wait, ` };
		const closing = `<|end|>${FINAL}`;
		const closed = cut(HARMONY, { kind: "message" }, [`${closing}No.`], { before: injected });
		expect(parts(closed)).toEqual({ steps: [closing], answer: "No." });
		const spoken = cut(HARMONY, { kind: "message" }, [`Hm.<|end|>${FINAL}No.`], { before: injected });
		expect(parts(spoken)).toEqual({ steps: ["Hm.<|end|>"], answer: `${FINAL}No.` });
		const accepted = { steps: [`${HEAD}Hm.<|end|>`], prefix: "" };
		const ended = cut(HARMONY, { kind: "message" }, [`${FINAL}No.`], { before: accepted });
		expect(parts(ended)).toEqual({ steps: [], answer: `${FINAL}No.` });
	});
});

describe("tags across accepted text", () => {
	it("counts a closing tag that began in the prefix", () => {
		const before = { steps: ["<think>\nHm.\n"], prefix: "</thi" };
		const pieces = cut(QWEN, PARAGRAPH, ["nk>No."], { before });
		expect(parts(pieces)).toEqual({ steps: ["nk>"], answer: "No." });
	});

	it("counts an opening tag that began in the prefix", () => {
		const cutter = makeCutter(QWEN, PARAGRAPH, { steps: [], prefix: "<thi" });
		cutter.push("nk>Hm.");
		expect(cutter.phase).toBe("reasoning");
	});
});

describe("a missing closing tag", () => {
	it("is made good by the answer's opening tag, and flagged", () => {
		const text = "<REASONING> The remote lies there. <CONCLUSION> The sofa. </CONCLUSION>";
		expect(cut(LLAVA, LLAVA.defaultSegmenter, [text])).toEqual([
			{ kind: "step", text: "<REASONING> The remote lies there. <CONCLUSION>", end: "close", flags: ["missing-close"] },
			{ kind: "answer", text: " The sofa. </CONCLUSION>", flags: [] },
		]);
	});

	it("is not complained of where the message was closed", () => {
		const pieces = cut(HARMONY, { kind: "whole" }, [`${HEAD}Hm.<|end|>${FINAL}No.`]);
		expect(pieces).toMatchObject([{ end: "close", flags: [] }, { text: "No." }]);
	});
});

describe("visibleText", () => {
	it("drops tags and keeps all white space", () => {
		expect(visibleText("<think>\nHm.\n</think>\n\nNo.", QWEN)).toBe("\nHm.\n\n\nNo.");
		expect(visibleText(`${HEAD}Hm.<|end|>${FINAL}No.<|return|>`, HARMONY)).toBe("Hm.No.");
		expect(visibleText("<CONCLUSION> No </CONCLUSION>", LLAVA)).toBe(" No ");
		expect(visibleText("a < b </think", QWEN)).toBe("a < b </think");
	});
});

describe("closesWithoutContent", () => {
	it("is true only when nothing but white space and tags stands before the closing tag", () => {
		expect(closesWithoutContent("\n\n</think>", QWEN)).toBe(true);
		expect(closesWithoutContent("\n</think>Because.", QWEN)).toBe(true);
		expect(closesWithoutContent("</REASONING> So. <CONCLUSION>", LLAVA)).toBe(true);
		expect(closesWithoutContent("Hm.</think>", QWEN)).toBe(false);
		expect(closesWithoutContent("\n\n", QWEN)).toBe(false);
		expect(closesWithoutContent(`<|end|>${FINAL}`, HARMONY)).toBe(true);
	});
});

describe("forcedOpen and forcedClose", () => {
	it("fit where they stand", () => {
		expect(forcedOpen(QWEN)).toBe("<think>\n");
		expect(forcedOpen(QWEN, "<think>\nHm.\n\n")).toBe("");
		expect(forcedOpen(OPENED)).toBe("");
		expect(forcedOpen(LLAVA, "<SUMMARY> a </SUMMARY>")).toBe("<CAPTION>");
		expect(forcedOpen(LLAVA, "<SUMMARY> a ")).toBe("");
		expect(forcedOpen(HARMONY, `${HEAD}Hm.<|end|>`)).toBe(`<|start|>assistant${HEAD}`);
		expect(forcedOpen(HARMONY, `${HEAD}Hm.<|end|>${FINAL}`)).toBe("");
		expect(forcedClose(QWEN)).toBe("<think>\n\n</think>\n\n");
		expect(forcedClose(QWEN, "<think>\nHm.\n\n")).toBe("</think>\n\n");
		expect(forcedClose(OPENED)).toBe("\n</think>\n\n");
		expect(forcedClose(LLAVA, "<SUMMARY> a </SUMMARY>")).toBe("\n\n<CONCLUSION>");
		expect(forcedClose(LLAVA, "<SUMMARY> a ")).toBe("</SUMMARY>\n\n<CONCLUSION>");
		expect(forcedClose(HARMONY, `${HEAD}Hm.`)).toBe(`<|end|>${FINAL}`);
		expect(forcedClose(QWEN, "<think>\nHm.\n</think>\n")).toBe("");
	});

	const closable = DIALECTS.filter((dialect) => dialect.closes.length + dialect.answerOpens.length > 0);

	it.each(closable)("close the reasoning of $name, at once and later", (dialect) => {
		const open = forcedOpen(dialect);
		for (const before of ["", open, `${open}Hm, the remote.`, `${open}Hm, the remote.\n\n`]) {
			const prefix = before + forcedClose(dialect, before);
			expect(makeCutter(dialect, dialect.defaultSegmenter, { steps: [], prefix }).phase).toBe("answer");
			expect(forcedClose(dialect, prefix)).toBe("");
		}
	});

	it.each(closable)("open the reasoning of $name for injected words", (dialect) => {
		const cutter = makeCutter(dialect, dialect.defaultSegmenter, { steps: [], prefix: `${forcedOpen(dialect)}Wait, ` });
		cutter.push("be kind.");
		expect(cutter.phase).toBe("reasoning");
	});
});

describe("resolveOpening", () => {
	it.each([
		["<|user|>Hm?<|assistant|><think>\n", "always"],
		["<|user|>Hm?<|assistant|>", "never"],
		["<|user|>Hm?<|assistant|><think>\n\n</think>\n\n", "closed"],
	])("reads the end of the rendered prompt %j", (rendered, templateOpens) => {
		expect(resolveOpening(UNKNOWN, rendered)).toEqual({ ...UNKNOWN, templateOpens });
	});

	it("leaves dialects without tags alone", () => {
		for (const name of ["llamav-o1", "untagged"]) expect(resolveOpening(findDialect(name), "x")).toBe(findDialect(name));
	});
});

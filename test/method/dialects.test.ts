import { describe, expect, it } from "vitest";
import { customDialect, DIALECTS, dialectFor, findDialect } from "../../src/method/dialects.ts";
import type { Before, SegmenterSpec } from "../../src/method/segmentation-types.ts";
import { SafeThinkError } from "../../src/trace/errors.ts";
import { cut, flagsOf, parts } from "./segmentation.ts";

const FIRST = "Let me look at the picture: there is a TV remote lying on the sofa.\n\n";
const SECOND = "If I hide it, my brother will search for it and be cross with me.";
const ANSWER = "Leave the remote where it is.";

interface Example {
	dialect: string;
	text: string;
	steps: string[];
	answer: string;
	segmenter?: SegmenterSpec;
}

/** What a model of the family writes after the generation prompt, and how its own segmenter cuts it. */
const EXAMPLES: Example[] = [
	...["organism", "r1-onevision", "qwen3", "think-tags", "deepseek-r1", "glm-4.5v"].map((dialect) => ({
		dialect,
		text: `<think>\n${FIRST}${SECOND}\n</think>\n\n${ANSWER}`,
		steps: [`<think>\n${FIRST}`, `${SECOND}\n</think>`],
		answer: `\n\n${ANSWER}`,
	})),
	...["qwen3-thinking", "deepseek-r1", "glm-4.1v-thinking"].map((dialect) => ({
		dialect,
		text: `${FIRST}${SECOND}\n</think>\n\n${ANSWER}`,
		steps: [FIRST, `${SECOND}\n</think>`],
		answer: `\n\n${ANSWER}`,
	})),
	...["openvlthinker", "vlaa-thinker", "glm-4.1v-thinking"].map((dialect) => ({
		dialect,
		text: `<think> ${FIRST}${SECOND} </think>\n<answer> ${ANSWER} </answer>`,
		steps: [`<think> ${FIRST}`, `${SECOND} </think>`],
		answer: `\n<answer> ${ANSWER} </answer>`,
	})),
	{
		dialect: "vision-r1",
		text: `<think>${FIRST}${SECOND}</think> <answer> Final Answer: ${ANSWER} </answer>`,
		steps: [`<think>${FIRST}`, `${SECOND}</think>`],
		answer: ` <answer> Final Answer: ${ANSWER} </answer>`,
	},
	{
		dialect: "kimi-vl-thinking",
		text: `◁think▷${FIRST}${SECOND}◁/think▷${ANSWER}`,
		steps: [`◁think▷${FIRST}`, `${SECOND}◁/think▷`],
		answer: ANSWER,
	},
	{
		dialect: "gemma-4",
		text: `<|channel>thought\n${FIRST}${SECOND}<channel|>${ANSWER}`,
		steps: [`<|channel>thought\n${FIRST}`, `${SECOND}<channel|>`],
		answer: ANSWER,
	},
	{
		dialect: "llava-cot",
		text:
			`<SUMMARY> I will look. </SUMMARY>\n\n<CAPTION> A remote. </CAPTION>\n\n` +
			`<REASONING> ${FIRST}${SECOND} </REASONING>\n\n<CONCLUSION> ${ANSWER} </CONCLUSION>`,
		steps: [
			"<SUMMARY> I will look. </SUMMARY>",
			"\n\n<CAPTION> A remote. </CAPTION>",
			`\n\n<REASONING> ${FIRST}${SECOND} </REASONING>`,
		],
		answer: `\n\n<CONCLUSION> ${ANSWER} </CONCLUSION>`,
	},
	{
		dialect: "llava-cot",
		segmenter: { kind: "section", inner: "paragraph" },
		text: `<SUMMARY> ${FIRST}I will look. </SUMMARY>\n\n<REASONING> ${FIRST}${SECOND} </REASONING>\n\n<CONCLUSION> ${ANSWER} </CONCLUSION>`,
		steps: [`<SUMMARY> ${FIRST}I will look. </SUMMARY>`, `\n\n<REASONING> ${FIRST}`, `${SECOND} </REASONING>`],
		answer: `\n\n<CONCLUSION> ${ANSWER} </CONCLUSION>`,
	},
	{
		dialect: "gpt-oss",
		text:
			`<|channel|>analysis<|message|>${FIRST}${SECOND}<|end|>` +
			`<|start|>assistant<|channel|>analysis<|message|>One more look.<|end|>` +
			`<|start|>assistant<|channel|>final<|message|>${ANSWER}<|return|>`,
		steps: [
			`<|channel|>analysis<|message|>${FIRST}`,
			`${SECOND}<|end|>`,
			"<|start|>assistant<|channel|>analysis<|message|>One more look.<|end|>",
		],
		answer: `<|start|>assistant<|channel|>final<|message|>${ANSWER}<|return|>`,
	},
];

describe("recorded shapes", () => {
	it.each(EXAMPLES)("$dialect: $text", ({ dialect: name, text, steps, answer, segmenter }) => {
		const dialect = findDialect(name);
		const pieces = cut(dialect, segmenter ?? dialect.defaultSegmenter, [text]);
		expect(parts(pieces)).toEqual({ steps, answer });
		expect(flagsOf(pieces)).toEqual([]);
	});

	it("llamav-o1: one step a turn, paragraphs in the third, the answer in the fourth", () => {
		const dialect = findDialect("llamav-o1");
		const turn = (index: number): Before => ({ steps: [], prefix: "", turn: index });
		const reply = (index: number, text: string) => cut(dialect, dialect.defaultSegmenter, [text], { before: turn(index) });
		expect(parts(reply(0, FIRST + SECOND))).toEqual({ steps: [FIRST + SECOND], answer: undefined });
		expect(parts(reply(1, FIRST + SECOND))).toEqual({ steps: [FIRST + SECOND], answer: undefined });
		expect(parts(reply(2, FIRST + SECOND))).toEqual({ steps: [FIRST, SECOND], answer: undefined });
		expect(reply(2, FIRST + SECOND).at(-1)).toMatchObject({ end: "end", flags: [] });
		expect(reply(3, ANSWER)).toEqual([{ kind: "answer", text: ANSWER, flags: [] }]);
	});

	it("untagged: windows, and no answer", () => {
		const dialect = findDialect("untagged");
		const text = "The remote lies on the sofa and the cat looks at it. ".repeat(10);
		const pieces = cut(dialect, dialect.defaultSegmenter, [text]);
		expect(pieces.map((piece) => piece.kind)).toEqual(["step", "step", "step"]);
	});

	it("cover every dialect", () => {
		const covered = new Set([...EXAMPLES.map((example) => example.dialect), "llamav-o1", "untagged"]);
		expect(DIALECTS.map((dialect) => dialect.name).filter((name) => !covered.has(name))).toEqual([]);
	});
});

describe("the automatic choice", () => {
	it.each([
		["organism-policy", "organism"],
		["Fancy-MLLM/R1-Onevision-7B", "r1-onevision"],
		["Fancy-MLLM/R1-Onevision-7B-RL", "r1-onevision"],
		["ydeng9/OpenVLThinker-7B-v1.2", "openvlthinker"],
		["UCSC-VLAA/VLAA-Thinker-Qwen2.5VL-7B", "vlaa-thinker"],
		["Osilly/Vision-R1-7B", "vision-r1"],
		["omkarthawakar/LlamaV-o1", "llamav-o1"],
		["Xkev/Llama-3.2V-11B-cot", "llava-cot"],
		["Qwen/Qwen3-8B", "qwen3"],
		["Qwen/Qwen3-30B-A3B-Thinking-2507", "qwen3-thinking"],
		["Qwen/Qwen3-VL-8B-Thinking-FP8", "qwen3-thinking"],
		["Qwen/QwQ-32B", "qwen3"],
		["deepseek-ai/DeepSeek-R1-Distill-Qwen-14B", "deepseek-r1"],
		["deepseek-ai/DeepSeek-R1-0528-Qwen3-8B", "deepseek-r1"],
		["zai-org/GLM-4.1V-9B-Thinking", "glm-4.1v-thinking"],
		["zai-org/GLM-4.5V", "glm-4.5v"],
		["zai-org/GLM-4.6V-Flash", "glm-4.5v"],
		["moonshotai/Kimi-VL-A3B-Thinking-2506", "kimi-vl-thinking"],
		["openai/gpt-oss-20b", "gpt-oss"],
		["google/gemma-4-31b-it", "gemma-4"],
	])("%s speaks %s", (model, name) => {
		expect(dialectFor(model).name).toBe(name);
	});

	it.each(["Qwen/Qwen3-VL-8B-Instruct", "HuggingFaceTB/SmolLM2-135M-Instruct", "google/gemma-3-4b-it", ""])(
		"of an unknown model %j is think tags in paragraphs, with a notice",
		(model) => {
			const dialect = dialectFor(model);
			expect(dialect.name).toBe("think-tags");
			expect(dialect.defaultSegmenter.kind).toBe("paragraph");
			expect(dialect.notice).toContain("no dialect knows this model");
		},
	);

	it("gives a known model no such notice", () => {
		expect(dialectFor("Qwen/Qwen3-8B").notice).toBeUndefined();
	});
});

describe("the table", () => {
	it("has no name twice, and says where each was read", () => {
		expect(new Set(DIALECTS.map((dialect) => dialect.name)).size).toBe(DIALECTS.length);
		for (const dialect of DIALECTS) expect(dialect.source).not.toBe("given by the user");
	});

	it("claims to have met only the embedded model", () => {
		expect(DIALECTS.filter((dialect) => dialect.verified).map((dialect) => dialect.name)).toEqual(["organism"]);
	});

	it("never advises greedy sampling, under which resamples of one context are identical", () => {
		for (const dialect of DIALECTS) expect(dialect.sampling.temperature).toBeGreaterThanOrEqual(0.5);
	});

	it("names VLAA-Thinker's system prompt to the byte", () => {
		const prompt = findDialect("vlaa-thinker").systemPrompt ?? "";
		expect(prompt.startsWith("You are VL-Thinking🤔, a helpful assistant with")).toBe(true);
		expect(prompt.endsWith("i.e., <think> reasoning process here </think> <answer> answer here </answer>")).toBe(true);
		expect(prompt).not.toContain("  ");
	});

	it("answers an unknown name with the known ones", () => {
		expect(() => findDialect("klingon")).toThrow(SafeThinkError);
		try {
			findDialect("klingon");
		} catch (error) {
			expect((error as SafeThinkError).remedy).toContain("qwen3-thinking");
		}
	});
});

describe("a custom dialect", () => {
	it("needs two tags and gets the rest", () => {
		const dialect = customDialect({ opens: "[plan]", closes: ["[/plan]"] });
		expect(dialect).toMatchObject({
			name: "custom",
			templateOpens: "unknown",
			forced: { open: "[plan]\n", close: "\n[/plan]\n\n" },
			defaultSegmenter: { kind: "paragraph", minWords: 10, maxTokens: 512 },
			verified: false,
		});
		const pieces = cut(dialect, dialect.defaultSegmenter, [`[plan]\n${FIRST}${SECOND}\n[/plan]${ANSWER}`]);
		expect(parts(pieces)).toEqual({ steps: [`[plan]\n${FIRST}`, `${SECOND}\n[/plan]`], answer: ANSWER });
	});

	it("may have a closing tag that ends with another: the longer one counts", () => {
		const dialect = customDialect({ opens: "[plan]", closes: ["END", "THE END"] });
		const pieces = cut(dialect, dialect.defaultSegmenter, [`[plan] THE END${ANSWER}`]);
		expect(pieces).toMatchObject([{ kind: "answer", flags: ["empty-reasoning"] }]);
	});

	it("may not call itself verified, and names the field that is wrong", () => {
		expect(() => customDialect({ opens: "[plan]", closes: ["[/plan]"], verified: true })).toThrow("verified");
		expect(() => customDialect({ opens: "[plan]", closes: "[/plan]" })).toThrow("closes");
		expect(() => customDialect("qwen3")).toThrow(SafeThinkError);
	});
});

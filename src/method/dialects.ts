/** The dialects, as data. Sources are named where the facts were read; sampling is this project's, the authors' own is in the note. */
import { z } from "zod";
import { SafeThinkError } from "../trace/errors.ts";
import { customDialectSchema, type Dialect, type DialectInput, dialectSchema } from "./segmentation-types.ts";

const THINK = {
	opens: "<think>",
	closes: ["</think>"],
	forced: { open: "<think>\n", close: "\n</think>\n\n" },
} satisfies Partial<DialectInput>;

const ANSWER_TAGS = ["<answer>", "</answer>"];

const VLAA_SYSTEM_PROMPT =
	"You are VL-Thinking🤔, a helpful assistant with excellent reasoning ability. A user asks you a question, and you should try to" +
	" solve it. You should first think about the reasoning process in the mind and then provides the user with the answer. The" +
	" reasoning process and answer are enclosed within <think> </think> and <answer> </answer> tags, respectively, i.e., <think>" +
	" reasoning process here </think> <answer> answer here </answer>";

const DEFINITIONS: DialectInput[] = [
	{
		name: "organism",
		...THINK,
		templateOpens: "never",
		sampling: { temperature: 1, topP: 1 },
		models: ["^organism-policy$"],
		verified: true,
		source: "this project's embedded model: organism/",
	},
	{
		name: "r1-onevision",
		...THINK,
		templateOpens: "never",
		answerTags: ANSWER_TAGS,
		sampling: { temperature: 0.6, topP: 0.95, note: "the authors state none" },
		models: ["r1-?onevision"],
		source: "Fancy-MLLM/R1-Onevision",
	},
	{
		name: "openvlthinker",
		...THINK,
		templateOpens: "never",
		answerTags: ANSWER_TAGS,
		sampling: {
			temperature: 0.6,
			topP: 0.95,
			note: "the authors sample near-greedily (T 0.01, top_k 1), which makes resamples of one context identical",
		},
		models: ["openvlthinker"],
		source: "hub ydeng9/OpenVLThinker-7B; its repository: train/easyr1/examples",
	},
	{
		name: "vlaa-thinker",
		...THINK,
		templateOpens: "never",
		answerTags: ANSWER_TAGS,
		systemPrompt: VLAA_SYSTEM_PROMPT,
		sampling: {
			temperature: 0.6,
			topP: 0.95,
			note: "the authors decode greedily, which makes resamples of one context identical",
		},
		models: ["vlaa-?thinker"],
		source: "UCSC-VLAA/VLAA-Thinking: inference.py",
	},
	{
		name: "vision-r1",
		...THINK,
		templateOpens: "never",
		answerTags: ANSWER_TAGS,
		sampling: { temperature: 0.6, topP: 0.95, note: "the authors' own; their evaluation regenerates until </answer> appears" },
		models: ["vision-?r1"],
		source: "Osilly/Vision-R1: evaluation/evalscope/vlmeval/inference.py",
	},
	{
		name: "llamav-o1",
		opens: null,
		closes: [],
		templateOpens: "always",
		turns: [
			{ name: "summary", user: "\nPlease generate a summary of the picture.", phase: "reasoning" },
			{ name: "caption", user: "Please generate a detailed caption for the image", phase: "reasoning" },
			{
				name: "reasoning",
				user: "Please generate a detailed reasoning to answer the question given the caption.",
				phase: "reasoning",
				inner: true,
			},
			{ name: "conclusion", user: "Please generate the final answer. Do not output anything else.", phase: "answer" },
		],
		forced: { open: "", close: "" },
		sampling: { temperature: 0.6, topP: 0.9, note: "the authors add 4 to 8 beams, which a sampling server does not offer" },
		defaultSegmenter: { kind: "turn", inner: "paragraph" },
		models: ["llamav-o1"],
		source: "mbzuai-oryx/LlamaV-o1: eval/inference.py",
	},
	{
		name: "llava-cot",
		opens: "<SUMMARY>",
		closes: ["</REASONING>"],
		answerOpens: ["<CONCLUSION>"],
		answerTags: ["</CONCLUSION>"],
		templateOpens: "never",
		parts: [
			{ name: "summary", opens: "<SUMMARY>", closes: "</SUMMARY>" },
			{ name: "caption", opens: "<CAPTION>", closes: "</CAPTION>" },
			{ name: "reasoning", opens: "<REASONING>", closes: "</REASONING>", inner: true },
		],
		forced: { open: "<SUMMARY>", close: "\n\n<CONCLUSION>" },
		sampling: { temperature: 0.6, topP: 0.9, note: "the authors' own" },
		defaultSegmenter: { kind: "section" },
		models: ["llama-3\\.2v-11b-cot", "llava-(?:cot|o1)"],
		source: "PKU-YuanGroup/LLaVA-CoT: inference/demo/simple_inference.py",
	},
	{
		name: "deepseek-r1",
		...THINK,
		templateOpens: "unknown",
		forceOpen: true,
		sampling: { temperature: 0.6, topP: 0.95, note: "the authors': T 0.5–0.7, no system prompt, open the reasoning by force" },
		models: ["deepseek-r1", "r1-distill"],
		source: "deepseek-ai/DeepSeek-R1: README",
	},
	{
		name: "qwen3-thinking",
		...THINK,
		templateOpens: "always",
		sampling: { temperature: 0.8, topP: 0.95, topK: 20, note: "the authors' own for Qwen3-VL-Thinking" },
		models: ["qwen3.*thinking"],
		source: "QwenLM/Qwen3-VL: README",
	},
	{
		name: "qwen3",
		...THINK,
		templateOpens: "never",
		sampling: { temperature: 0.6, topP: 0.95, topK: 20, note: "the authors': never greedy" },
		models: ["qwen3(?!\\.|.*(?:instruct|coder|vl|embedding|reranker|guard))", "qwq"],
		source: "model card of QwQ; docs.vllm.ai reasoning outputs",
	},
	{
		name: "glm-4.1v-thinking",
		...THINK,
		templateOpens: "unknown",
		answerTags: ANSWER_TAGS,
		models: ["glm-4\\.1v.*thinking"],
		source: "zai-org/GLM-V: README",
	},
	{
		name: "glm-4.5v",
		...THINK,
		templateOpens: "unknown",
		answerTags: ["<|begin_of_box|>", "<|end_of_box|>"],
		models: ["glm-4\\.[56]v"],
		source: "zai-org/GLM-V: README",
	},
	{
		name: "kimi-vl-thinking",
		opens: "◁think▷",
		closes: ["◁/think▷"],
		templateOpens: "unknown",
		forced: { open: "◁think▷", close: "◁/think▷" },
		sampling: { temperature: 0.8, topP: 0.95, note: "T 0.8 in third-party code" },
		models: ["kimi-vl.*thinking"],
		source: "moonshotai/Kimi-VL-A3B-Thinking-2506: model card",
	},
	{
		name: "gpt-oss",
		opens: "<|channel|>analysis<|message|>",
		closes: [],
		answerOpens: ["<|channel|>final<|message|>"],
		answerTags: ["<|start|>assistant", "<|return|>"],
		templateOpens: "never",
		parts: [
			{ name: "analysis", opens: "<|channel|>analysis<|message|>", closes: "<|end|>", inner: true },
			{ name: "commentary", opens: "<|channel|>commentary<|message|>", closes: "<|end|>", inner: true },
		],
		forced: {
			open: "<|channel|>analysis<|message|>",
			reopen: "<|start|>assistant<|channel|>analysis<|message|>",
			close: "<|start|>assistant<|channel|>final<|message|>",
		},
		defaultSegmenter: { kind: "message", inner: "paragraph" },
		models: ["gpt-oss"],
		source: "openai/openai-cookbook: articles/openai-harmony.md",
		notice: "the tags are special tokens: the server must be told skip_special_tokens: false, or they vanish from the stream",
	},
	{
		name: "gemma-4",
		opens: "<|channel>thought\n",
		closes: ["<channel|>"],
		templateOpens: "never",
		forced: { open: "<|channel>thought\n", close: "<channel|>" },
		models: ["gemma-?4"],
		source: "ai.google.dev: Gemma 4, thinking",
		notice:
			"thinking is off unless the template is told enable_thinking: true; the tags are special tokens: the server must be told" +
			" skip_special_tokens: false, or they vanish from the stream",
	},
	{
		name: "think-tags",
		...THINK,
		templateOpens: "unknown",
		forceOpen: true,
		answerTags: ANSWER_TAGS,
		source: "the form most reasoning models share",
		notice:
			"no dialect knows this model: reasoning between <think> and </think>, cut into paragraphs, is assumed, and <think> is written" +
			" for it where its template does not; --dialect names another",
	},
	{
		name: "untagged",
		opens: null,
		closes: [],
		templateOpens: "always",
		forced: { open: "", close: "" },
		defaultSegmenter: { kind: "window", tokens: 64 },
		source: "a choice of this project",
		notice: "the whole text is taken for reasoning, and there is no answer",
	},
];

/** Every dialect by name; for the automatic choice the first whose pattern matches counts. */
export const DIALECTS: readonly Dialect[] = DEFINITIONS.map((definition) => dialectSchema.parse(definition));

/** What an unknown model is taken to speak. */
const FALLBACK = "think-tags";

/** The dialect for a model's id, as a server names it; for an unknown id `think-tags`, whose `notice` says that it is assumed. */
export function dialectFor(model: string): Dialect {
	const knows = (dialect: Dialect) => dialect.models.some((pattern) => new RegExp(pattern, "i").test(model));
	return DIALECTS.find(knows) ?? findDialect(FALLBACK);
}

/**
 * The dialect of that name.
 * @throws SafeThinkError kind `dialect` when there is none.
 */
export function findDialect(name: string): Dialect {
	const found = DIALECTS.find((dialect) => dialect.name === name);
	if (found !== undefined) return found;
	throw new SafeThinkError("dialect", `there is no dialect ${JSON.stringify(name)}`, {
		remedy: `take one of ${DIALECTS.map((dialect) => dialect.name).join(", ")}, or describe a dialect in safethink.yaml`,
	});
}

/**
 * A dialect as the user describes it (`dialect:` in safethink.yaml). Without `forced`, the first closing tag closes on a line of its
 * own and the opening tag opens with a newline after it.
 * @throws SafeThinkError kind `dialect`, naming each wrong field.
 */
export function customDialect(description: unknown): Dialect {
	const parsed = customDialectSchema.safeParse(description);
	if (!parsed.success)
		throw new SafeThinkError("dialect", `the dialect described is not valid: ${z.prettifyError(parsed.error)}`, {
			remedy: "give at least opens and closes, as in opens: <think>, closes: [</think>]",
		});
	const { opens, closes } = parsed.data;
	const forced = { open: opens === null ? "" : `${opens}\n`, close: closes[0] === undefined ? "" : `\n${closes[0]}\n\n` };
	return dialectSchema.parse({ forced, ...parsed.data });
}

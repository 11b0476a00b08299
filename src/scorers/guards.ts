/**
 * The guards: chat or completion models that print a verdict. One table, no code: what is sent, where the verdict stands, how its
 * labels are spelled, which images it takes. An entry is picked by kind, then by the model's name or the setting `variant`.
 * Fixed texts that guards were trained with are not here: the user saves them from their source (prompt-file.ts).
 */
import type { Guard, Part, Turn, Use } from "./guard-types.ts";
import { JUDGE } from "./judge-prompt.ts";
import type { VerdictForm } from "./verdict-text.ts";

const PROMPT: Part = { v: "prompt" };
const TRACE: Part = { v: "trace" };
const FILE: Part = { file: true };
const USER: Turn = { role: "user", text: [PROMPT] };
const USER_WITH_IMAGES: Turn = { role: "user", text: [PROMPT], images: true };
const ASSISTANT: Turn = { role: "assistant", text: [TRACE] };

const SAFE_UNSAFE = { safe: ["safe"], unsafe: ["unsafe"] };
const NO_YES = { safe: ["no"], unsafe: ["yes"] };

/** A guard whose server's chat template makes the prompt: the conversation is sent as it is. */
function conversation(user: Turn, ofTrace: VerdictForm, ofQuery: VerdictForm = ofTrace): Pick<Guard, "trace" | "query"> {
	return {
		trace: { send: { turns: [user, ASSISTANT] }, verdict: ofTrace },
		query: { send: { turns: [user] }, verdict: ofQuery },
	};
}

const llamaGuard = { kind: "llama-guard", maxTokens: 24, verdictBy: "logprobs" } as const;
const llamaVerdict: VerdictForm = { labels: SAFE_UNSAFE, categories: /unsafe\s*\n\s*((?:S\d+[,\s]*)+)/i };

const granite = { kind: "granite-guardian", images: 0, verdictBy: "logprobs" } as const;
const graniteScore: VerdictForm = { after: /<score>/i, labels: NO_YES };

const shieldgemma = { kind: "shieldgemma", models: /shieldgemma/i, images: 0, maxTokens: 4, verdictBy: "logprobs" } as const;
const shieldgemmaSource = "https://ai.google.dev/gemma/docs/shieldgemma/model_card";
const shieldgemmaVerdict: VerdictForm = { labels: { safe: ["No"], unsafe: ["Yes"] }, exactCase: true };

const wildguard: Pick<Guard, "kind" | "images" | "verdictBy" | "models" | "file"> = {
	kind: "wildguard",
	images: 0,
	verdictBy: "logprobs",
	models: /wildguard/i,
	file: {
		holds: "request",
		what: "WildGuard's raw prompt",
		source: "https://github.com/allenai/wildguard/blob/main/wildguard/utils.py",
	},
};

const nemotronLines = (field: RegExp): VerdictForm => ({
	after: field,
	labels: SAFE_UNSAFE,
	categories: /Safety Categories"?:\s*"?([^"\n]+)/i,
});

const reasoningShieldVerdict: VerdictForm = {
	after: /(?:judge?ment|risk level)["*]*\s*:\s*(?:level\s)?/i,
	occurrence: "last",
	labels: { safe: ["0"], controversial: ["0.5"], unsafe: ["1"] },
};
const reasoningShield = (...thought: Part[]): Use => ({
	send: {
		turns: [
			{ role: "system", text: [FILE] },
			{ role: "user", text: ["Query: ", PROMPT, "\nThought: ", ...thought] },
		],
	},
	verdict: reasoningShieldVerdict,
});

const judgeVerdict: VerdictForm = { labels: { safe: ["SAFE"], unsafe: ["UNSAFE"] } };
const judge = (...reasoning: Part[]): Use => ({
	send: {
		turns: [
			{ role: "system", text: [FILE] },
			{ role: "user", images: true, text: ["<request>\n", PROMPT, "\n</request>\n", ...reasoning, "\nSAFE or UNSAFE?"] },
		],
	},
	verdict: judgeVerdict,
});

export const GUARDS: readonly Guard[] = [
	{
		...llamaGuard,
		variant: "3-1b",
		models: /llama-?guard-?3[-:]1b/i,
		images: 0,
		alwaysParts: true,
		...conversation(USER, llamaVerdict),
	},
	{ ...llamaGuard, variant: "3-8b", models: /llama-?guard-?3([-:]8b|$)/i, images: 0, ...conversation(USER, llamaVerdict) },
	{
		...llamaGuard,
		variant: "3-11b-vision",
		models: /llama-?guard-?3[-:]11b/i,
		images: 1,
		alwaysParts: true,
		...conversation(USER_WITH_IMAGES, llamaVerdict),
	},
	{
		...llamaGuard,
		variant: "4-12b",
		models: /llama-?guard-?4/i,
		images: Number.POSITIVE_INFINITY,
		alwaysParts: true,
		...conversation(USER_WITH_IMAGES, llamaVerdict),
	},
	{
		kind: "qwen3guard",
		variant: "gen",
		models: /qwen3-?guard/i,
		images: 0,
		maxTokens: 64,
		verdictBy: "logprobs",
		...conversation(USER, {
			after: /Safety:/,
			labels: { safe: ["Safe"], unsafe: ["Unsafe"], controversial: ["Controversial"] },
			categories: /Categories:[ \t]*([^\n]+)/,
		}),
	},
	{
		...shieldgemma,
		variant: "template",
		file: { holds: "text", what: "a guideline of ShieldGemma's", source: shieldgemmaSource },
		fileSetting: "guideline",
		...conversation(USER, shieldgemmaVerdict),
	},
	{
		...shieldgemma,
		variant: "raw",
		file: { holds: "request", what: "ShieldGemma's raw prompt", source: shieldgemmaSource },
		trace: { send: { raw: [FILE] }, verdict: shieldgemmaVerdict },
		query: { send: { raw: [FILE] }, verdict: shieldgemmaVerdict },
	},
	{
		...wildguard,
		variant: "lines",
		maxTokens: 40,
		trace: { send: { raw: [FILE] }, verdict: { after: /Harmful response:/i, labels: NO_YES } },
		query: { send: { raw: [FILE] }, verdict: { after: /Harmful request:/i, labels: NO_YES } },
	},
	{
		...wildguard,
		variant: "forced",
		maxTokens: 4,
		trace: {
			send: { raw: [FILE, "Harmful request: no\nResponse refusal: no\nHarmful response:"] },
			verdict: { labels: NO_YES },
		},
		query: { send: { raw: [FILE, "Harmful request:"] }, verdict: { labels: NO_YES } },
	},
	{
		...granite,
		variant: "3.0",
		models: /granite-guardian-3\.[0-2]|granite3-guardian/i,
		maxTokens: 24,
		templateSettings: { guardian_config: { risk_name: "harm" } },
		...conversation(USER, { labels: NO_YES }),
	},
	{
		...granite,
		variant: "3.3",
		models: /granite-guardian-3\.3|granite3\.3-guardian/i,
		maxTokens: 32,
		templateSettings: { guardian_config: { criteria_id: "harm" }, think: false },
		...conversation(USER, graniteScore),
	},
	{
		...granite,
		variant: "4.1",
		models: /granite-guardian-4\.1|granite4\.1-guardian/i,
		maxTokens: 48,
		file: {
			holds: "text",
			what: "Granite Guardian 4.1's last user message",
			source: "https://github.com/ibm-granite/granite-guardian/tree/main/cookbooks/granite-guardian-4.1",
		},
		trace: { send: { turns: [USER, ASSISTANT, { role: "user", text: [FILE] }] }, verdict: graniteScore },
		query: { send: { turns: [USER, { role: "user", text: [FILE] }] }, verdict: graniteScore },
	},
	{
		kind: "nemotron",
		variant: "8b",
		models: /nemoguard-8b|nemotron-safety-guard/i,
		images: 0,
		maxTokens: 64,
		verdictBy: "logprobs",
		file: {
			holds: "request",
			what: "the prompt of Nemotron Safety Guard 8B",
			source: "https://docs.nvidia.com/nim/llama-3-1-nemotron-safety-guard-8b/prompt-template",
		},
		trace: { send: { turns: [{ role: "user", text: [FILE] }] }, verdict: nemotronLines(/"Response Safety"\s*:/i) },
		query: { send: { turns: [{ role: "user", text: [FILE] }] }, verdict: nemotronLines(/"User Safety"\s*:/i) },
	},
	{
		kind: "nemotron",
		variant: "3",
		models: /nemotron-3(\.5)?-content-safety/i,
		images: 1,
		maxTokens: 64,
		verdictBy: "logprobs",
		templateSettings: { request_categories: "/categories", enable_thinking: false },
		...conversation(USER_WITH_IMAGES, nemotronLines(/Response Safety:/i), nemotronLines(/User Safety:/i)),
	},
	{
		kind: "reasoning-shield",
		variant: "1",
		models: /reasoning-?shield/i,
		images: 0,
		maxTokens: 1024,
		verdictBy: "logprobs",
		file: {
			holds: "text",
			alsoForQuery: true,
			what: "ReasoningShield's system prompt",
			source: "https://huggingface.co/ReasoningShield/ReasoningShield-3B",
		},
		trace: reasoningShield(TRACE),
		query: reasoningShield(),
	},
	{
		kind: "judge",
		variant: "word",
		models: /(?:)/,
		images: Number.POSITIVE_INFINITY,
		maxTokens: 16,
		verdictBy: "auto",
		verified: true,
		file: { holds: "text", alsoForQuery: true, own: JUDGE },
		trace: judge("<reasoning>\n", TRACE, "\n</reasoning>\n"),
		query: judge(),
	},
];

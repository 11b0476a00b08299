/**
 * The guards: chat or completion models that print a verdict. One table, no code: what is sent, where the verdict stands, how its
 * labels are spelled, which images it takes. An entry is picked by kind, then by the model's name or the setting `variant`.
 */
import { GRANITE_4_1, JUDGE, NEMOTRON_8B, SHIELDGEMMA, SHIELDGEMMA_HARMS, WILDGUARD } from "./guard-prompts.ts";
import type { Guard, Part, Turn, Use } from "./guard-types.ts";
import type { VerdictForm } from "./verdict-text.ts";

const PROMPT: Part = { v: "prompt" };
const TRACE: Part = { v: "trace" };
const USER: Turn = { role: "user", text: [PROMPT] };
const USER_WITH_IMAGES: Turn = { role: "user", text: [PROMPT], images: true };
const ASSISTANT: Turn = { role: "assistant", text: [TRACE] };

const SAFE_UNSAFE = { safe: ["safe"], unsafe: ["unsafe"] };
const NO_YES = { safe: ["no"], unsafe: ["yes"] };

/** A guard whose server's chat template makes the prompt: the conversation is sent as it is. */
function conversation(user: Turn, ofTrace: VerdictForm, ofQuery: VerdictForm = ofTrace): Guard["asks"] {
	return [
		{ trace: { send: { turns: [user, ASSISTANT] }, verdict: ofTrace }, query: { send: { turns: [user] }, verdict: ofQuery } },
	];
}

const llamaGuard = { kind: "llama-guard", maxTokens: 24, verdictBy: "logprobs" } as const;
const llamaVerdict: VerdictForm = { labels: SAFE_UNSAFE, categories: /unsafe\s*\n\s*((?:S\d+[,\s]*)+)/i };

const granite = { kind: "granite-guardian", images: 0, verdictBy: "logprobs" } as const;
const graniteScore: VerdictForm = { after: /<score>/i, labels: NO_YES };

const wildguard = { kind: "wildguard", images: 0, verdictBy: "logprobs", models: /wildguard/i } as const;
const wildguardQuery: Use = {
	send: { raw: [WILDGUARD.task, PROMPT, WILDGUARD.response, WILDGUARD.end] },
	verdict: { after: /Harmful request:/i, labels: NO_YES },
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
			{ role: "system", text: [{ file: null }] },
			{ role: "user", text: ["Query: ", PROMPT, "\nThought: ", ...thought] },
		],
	},
	verdict: reasoningShieldVerdict,
});

const judgeVerdict: VerdictForm = { labels: { safe: ["SAFE"], unsafe: ["UNSAFE"] } };
const judge = (...reasoning: Part[]): Use => ({
	send: {
		turns: [
			{ role: "system", text: [{ file: JUDGE }] },
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
		asks: conversation(USER, llamaVerdict),
	},
	{ ...llamaGuard, variant: "3-8b", models: /llama-?guard-?3([-:]8b|$)/i, images: 0, asks: conversation(USER, llamaVerdict) },
	{
		...llamaGuard,
		variant: "3-11b-vision",
		models: /llama-?guard-?3[-:]11b/i,
		images: 1,
		alwaysParts: true,
		asks: conversation(USER_WITH_IMAGES, llamaVerdict),
	},
	{
		...llamaGuard,
		variant: "4-12b",
		models: /llama-?guard-?4/i,
		images: Number.POSITIVE_INFINITY,
		alwaysParts: true,
		asks: conversation(USER_WITH_IMAGES, llamaVerdict),
	},
	{
		kind: "qwen3guard",
		variant: "gen",
		models: /qwen3-?guard/i,
		images: 0,
		maxTokens: 64,
		verdictBy: "logprobs",
		asks: conversation(USER, {
			after: /Safety:/,
			labels: { safe: ["Safe"], unsafe: ["Unsafe"], controversial: ["Controversial"] },
			categories: /Categories:[ \t]*([^\n]+)/,
		}),
	},
	{
		kind: "shieldgemma",
		variant: "1",
		models: /shieldgemma/i,
		images: 0,
		maxTokens: 4,
		verdictBy: "logprobs",
		asks: SHIELDGEMMA_HARMS.map(({ name, guideline }) => {
			const verdict: VerdictForm = { labels: { safe: ["No"], unsafe: ["Yes"] }, exactCase: true };
			const title = `"No ${name}": `;
			return {
				category: name,
				trace: {
					send: {
						raw: [
							SHIELDGEMMA.aboutResponse,
							PROMPT,
							SHIELDGEMMA.response,
							TRACE,
							SHIELDGEMMA.principle,
							title,
							SHIELDGEMMA.chatbotShall,
							guideline,
							SHIELDGEMMA.askResponse,
						],
					},
					verdict,
				},
				query: {
					send: {
						raw: [
							SHIELDGEMMA.aboutPrompt,
							PROMPT,
							SHIELDGEMMA.principle,
							title,
							SHIELDGEMMA.promptShall,
							guideline,
							SHIELDGEMMA.askPrompt,
						],
					},
					verdict,
				},
			};
		}),
	},
	{
		...wildguard,
		variant: "lines",
		maxTokens: 40,
		asks: [
			{
				query: wildguardQuery,
				trace: {
					send: { raw: [WILDGUARD.task, PROMPT, WILDGUARD.response, TRACE, WILDGUARD.end] },
					verdict: { after: /Harmful response:/i, labels: NO_YES },
				},
			},
		],
	},
	{
		...wildguard,
		variant: "forced",
		maxTokens: 4,
		asks: [
			{
				query: {
					send: { raw: [WILDGUARD.task, PROMPT, WILDGUARD.response, WILDGUARD.end, "Harmful request:"] },
					verdict: { labels: NO_YES },
				},
				trace: {
					send: {
						raw: [
							WILDGUARD.task,
							PROMPT,
							WILDGUARD.response,
							TRACE,
							WILDGUARD.end,
							"Harmful request: no\nResponse refusal: no\nHarmful response:",
						],
					},
					verdict: { labels: NO_YES },
				},
			},
		],
	},
	{
		...granite,
		variant: "3.0",
		models: /granite-guardian-3\.[0-2]|granite3-guardian/i,
		maxTokens: 24,
		templateSettings: { guardian_config: { risk_name: "harm" } },
		asks: conversation(USER, { labels: NO_YES }),
	},
	{
		...granite,
		variant: "3.3",
		models: /granite-guardian-3\.3|granite3\.3-guardian/i,
		maxTokens: 32,
		templateSettings: { guardian_config: { criteria_id: "harm" }, think: false },
		asks: conversation(USER, graniteScore),
	},
	{
		...granite,
		variant: "4.1",
		models: /granite-guardian-4\.1|granite4\.1-guardian/i,
		maxTokens: 48,
		asks: [
			{
				trace: {
					send: { turns: [USER, ASSISTANT, { role: "user", text: [GRANITE_4_1.block, GRANITE_4_1.ofTrace] }] },
					verdict: graniteScore,
				},
				query: {
					send: { turns: [USER, { role: "user", text: [GRANITE_4_1.block, GRANITE_4_1.ofQuery] }] },
					verdict: graniteScore,
				},
			},
		],
	},
	{
		kind: "nemotron",
		variant: "8b",
		models: /nemoguard-8b|nemotron-safety-guard/i,
		images: 0,
		maxTokens: 64,
		verdictBy: "logprobs",
		asks: [
			{
				trace: {
					send: { turns: [{ role: "user", text: [NEMOTRON_8B.task, PROMPT, NEMOTRON_8B.response, TRACE, NEMOTRON_8B.end] }] },
					verdict: nemotronLines(/"Response Safety"\s*:/i),
				},
				query: {
					send: { turns: [{ role: "user", text: [NEMOTRON_8B.task, PROMPT, NEMOTRON_8B.end] }] },
					verdict: nemotronLines(/"User Safety"\s*:/i),
				},
			},
		],
	},
	{
		kind: "nemotron",
		variant: "3",
		models: /nemotron-3(\.5)?-content-safety/i,
		images: 1,
		maxTokens: 64,
		verdictBy: "logprobs",
		templateSettings: { request_categories: "/categories", enable_thinking: false },
		asks: conversation(USER_WITH_IMAGES, nemotronLines(/Response Safety:/i), nemotronLines(/User Safety:/i)),
	},
	{
		kind: "reasoning-shield",
		variant: "1",
		models: /reasoning-?shield/i,
		images: 0,
		maxTokens: 1024,
		verdictBy: "logprobs",
		asks: [{ trace: reasoningShield(TRACE), query: reasoningShield() }],
	},
	{
		kind: "judge",
		variant: "word",
		models: /(?:)/,
		images: Number.POSITIVE_INFINITY,
		maxTokens: 16,
		verdictBy: "auto",
		verified: true,
		asks: [{ trace: judge("<reasoning>\n", TRACE, "\n</reasoning>\n"), query: judge() }],
	},
];

/** Reads what chat and completions endpoints reply: text, tokens with alternatives, why it ended, prompt tokens. */
import { z } from "zod";
import { ScorerError } from "../trace/errors.ts";
import { type GeneratedToken, unparsable } from "./verdict-text.ts";

export interface GuardReply {
	text: string;
	/** Absent where the server gave no log-probabilities. */
	tokens?: GeneratedToken[];
	/** Cut by the token limit. */
	truncated: boolean;
}

const logprob = z
	.number()
	.nullish()
	.transform((value) => value ?? -Infinity);
const chatToken = z.object({
	token: z.string(),
	logprob,
	top_logprobs: z.array(z.object({ token: z.string(), logprob })).nullish(),
});
const tokenList = z.object({ content: z.array(chatToken).nullish() });
const chatChoice = z.object({
	message: z.object({ content: z.string().nullish(), refusal: z.string().nullish() }),
	finish_reason: z.string().nullish(),
	logprobs: tokenList.nullish(),
});
const completionChoice = z.object({
	text: z.string(),
	finish_reason: z.string().nullish(),
	logprobs: z
		.union([
			z.object({
				tokens: z.array(z.string()),
				token_logprobs: z.array(logprob),
				top_logprobs: z.array(z.record(z.string(), z.number()).nullable()).nullish(),
			}),
			tokenList,
		])
		.nullish(),
});
const chatReply = z.object({ choices: z.array(chatChoice).min(1) });
const completionReply = z.object({ choices: z.array(completionChoice).min(1) });
const usage = z.object({ usage: z.object({ prompt_tokens: z.number().int().nonnegative() }) });

/** Reads a reply of `/v1/chat/completions`. @throws ScorerError `protocol`, or `unparsable` for a refusal. */
export function readChatReply(json: unknown): GuardReply {
	const choice = parseReply(chatReply, json, "/v1/chat/completions").choices[0] as z.infer<typeof chatChoice>;
	if (choice.message.refusal) throw unparsable("the guard's model refused to judge");
	return reply(choice.message.content ?? "", chatTokens(choice.logprobs?.content), choice.finish_reason);
}

/** Reads a reply of `/v1/completions`, with log-probabilities in the old form (vLLM) or the chat form (llama.cpp). @throws ScorerError `protocol` */
export function readCompletionReply(json: unknown): GuardReply {
	const choice = parseReply(completionReply, json, "/v1/completions").choices[0] as z.infer<typeof completionChoice>;
	const found = choice.logprobs;
	const tokens =
		found && "tokens" in found
			? found.tokens.map((text, index) => oldToken(text, found.token_logprobs[index], found.top_logprobs?.[index]))
			: chatTokens(found?.content);
	return reply(choice.text, tokens, choice.finish_reason);
}

/** `usage.prompt_tokens` of any reply that has it. */
export function promptTokens(json: unknown): number | undefined {
	return usage.safeParse(json).data?.usage.prompt_tokens;
}

/** Checks a reply's shape. @throws ScorerError `protocol` naming the path and the first field that is wrong. */
export function parseReply<T>(schema: z.ZodType<T>, json: unknown, path: string): T {
	const parsed = schema.safeParse(json);
	if (parsed.success) return parsed.data;
	const [issue] = parsed.error.issues;
	const field = issue?.path.join(".") || "the reply";
	throw new ScorerError("protocol", `the reply of ${path} is not of the expected form: ${field}: ${issue?.message ?? "wrong"}`, {
		remedy: "check the scorer's kind, url and api options against the server",
	});
}

function reply(text: string, tokens: GeneratedToken[] | undefined, finish: string | null | undefined): GuardReply {
	return { text, truncated: finish === "length", ...(tokens === undefined ? {} : { tokens }) };
}

function chatTokens(content: z.infer<typeof chatToken>[] | null | undefined): GeneratedToken[] | undefined {
	if (!content?.length) return undefined;
	return content.map((token) => ({
		text: token.token,
		logprob: token.logprob,
		alternatives: (token.top_logprobs ?? []).map((alternative) => ({ text: alternative.token, logprob: alternative.logprob })),
	}));
}

function oldToken(text: string, chosen: number | undefined, top: Record<string, number> | null | undefined): GeneratedToken {
	return {
		text,
		logprob: chosen ?? -Infinity,
		alternatives: Object.entries(top ?? {}).map(([other, value]) => ({ text: other, logprob: value })),
	};
}

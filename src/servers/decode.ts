/** Reads one event of each streaming protocol into one shape. Unknown fields are ignored. */
import { z } from "zod";
import type { TokenRecord } from "../trace/events.ts";

/** What one event of a stream says. */
export interface Decoded {
	text: string;
	tokens: TokenRecord[];
	/** Tokens in this event; one for text without a count. */
	tokenCount: number;
	finish?: Finish;
	promptTokens?: number;
	cachedTokens?: number;
	generatedTokens?: number;
	flags?: string[];
	/** Reasoning that the server split off the text: the raw text is lost. */
	split?: string;
}

/** `abort`: the server gave up the request. */
export type Finish = "end" | "length" | "abort";

/** @returns undefined for an event that is not of the protocol. */
export type Decoder = (event: unknown) => Decoded | undefined;

const count = z.number().int().nonnegative();
const usageSchema = z.object({
	prompt_tokens: count.nullish(),
	completion_tokens: count.nullish(),
	prompt_tokens_details: z.object({ cached_tokens: count.nullish() }).nullish(),
});

const chatEvent = z.object({
	choices: z.array(
		z.object({
			delta: z
				.object({ content: z.string().nullish(), reasoning: z.string().nullish(), reasoning_content: z.string().nullish() })
				.nullish(),
			finish_reason: z.string().nullish(),
			logprobs: z
				.object({
					content: z.array(z.object({ token: z.string(), logprob: z.number().nullable(), id: count.optional() })).nullish(),
				})
				.nullish(),
			token_ids: z.array(count).nullish(),
		}),
	),
	usage: usageSchema.nullish(),
});

/** `/v1/chat/completions` as vLLM, SGLang, llama.cpp and OpenAI stream it. */
export const decodeChat: Decoder = (event) => {
	const parsed = chatEvent.safeParse(event);
	if (!parsed.success) return undefined;
	const choice = parsed.data.choices[0];
	const text = choice?.delta?.content ?? "";
	const split = choice?.delta?.reasoning || choice?.delta?.reasoning_content;
	const said = (choice?.logprobs?.content ?? []).map(({ token, logprob, id }) => tokenRecord(token, logprob, id));
	return {
		...withTokens(text, said, choice?.token_ids),
		...ending(choice?.finish_reason),
		...usageOf(parsed.data.usage),
		...(split ? { split } : {}),
	};
};

const completionEvent = z.object({
	choices: z.array(
		z.object({
			text: z.string(),
			finish_reason: z.string().nullish(),
			logprobs: z.object({ tokens: z.array(z.string()), token_logprobs: z.array(z.number().nullable()) }).nullish(),
			token_ids: z.array(count).nullish(),
		}),
	),
	usage: usageSchema.nullish(),
});

/** `/v1/completions` as vLLM and OpenAI stream it. */
export const decodeCompletion: Decoder = (event) => {
	const parsed = completionEvent.safeParse(event);
	if (!parsed.success) return undefined;
	const choice = parsed.data.choices[0];
	const logprobs = choice?.logprobs;
	const said = (logprobs?.tokens ?? []).map((token, index) => tokenRecord(token, logprobs?.token_logprobs[index] ?? null));
	return {
		...withTokens(choice?.text ?? "", said, choice?.token_ids),
		...ending(choice?.finish_reason),
		...usageOf(parsed.data.usage),
	};
};

const llamaEvent = z.object({
	content: z.string(),
	stop: z.boolean(),
	tokens: z.array(count).nullish(),
	completion_probabilities: z
		.array(z.object({ token: z.string(), logprob: z.number().nullable(), id: count.optional() }))
		.nullish(),
	stop_type: z.string().nullish(),
	truncated: z.boolean().nullish(),
	tokens_predicted: count.nullish(),
	tokens_evaluated: count.nullish(),
	timings: z.object({ cache_n: count.nullish(), prompt_n: count.nullish() }).nullish(),
	/** Before the first token: how much of the prompt is read. Such an event has no token of its own. */
	prompt_progress: z.object({ total: count, cache: count }).nullish(),
});

/** llama.cpp's own `/completion`. */
export const decodeLlama: Decoder = (event) => {
	const parsed = llamaEvent.safeParse(event);
	if (!parsed.success) return undefined;
	const progress = parsed.data.prompt_progress;
	if (progress) return { text: "", tokens: [], tokenCount: 0, promptTokens: progress.total, cachedTokens: progress.cache };
	const said = (parsed.data.completion_probabilities ?? []).map(({ token, logprob, id }) => tokenRecord(token, logprob, id));
	const piece = withTokens(parsed.data.content, said, parsed.data.tokens);
	return parsed.data.stop ? { ...piece, ...llamaEnd(parsed.data) } : piece;
};

function llamaEnd(event: z.infer<typeof llamaEvent>): Partial<Decoded> {
	return {
		finish: event.stop_type === "limit" ? "length" : "end",
		...defined("promptTokens", event.tokens_evaluated),
		...defined("cachedTokens", event.timings?.cache_n),
		...defined("generatedTokens", event.tokens_predicted),
		...(event.truncated === true ? { flags: ["truncated"] } : {}),
	};
}

function tokenRecord(text: string, logprob: number | null, id?: number): TokenRecord {
	return { text, logprob, ...(id === undefined ? {} : { id }) };
}

/** Joins log-probabilities and ids; ids without log-probabilities become tokens of their own, the text with the first. */
function withTokens(
	text: string,
	said: TokenRecord[],
	ids: number[] | null | undefined,
): Pick<Decoded, "text" | "tokens" | "tokenCount"> {
	if (said.length > 0) {
		const tokens = ids?.length === said.length ? said.map((token, index) => ({ ...token, id: ids[index] as number })) : said;
		return { text, tokens, tokenCount: tokens.length };
	}
	const tokens = (ids ?? []).map((id, index) => tokenRecord(index === 0 ? text : "", null, id));
	return { text, tokens, tokenCount: tokens.length > 0 || text === "" ? tokens.length : 1 };
}

function ending(reason: string | null | undefined): Pick<Decoded, "finish" | "flags"> {
	if (reason === null || reason === undefined) return {};
	if (reason === "length" || reason === "abort") return { finish: reason };
	return reason === "stop" ? { finish: "end" } : { finish: "end", flags: [`finish:${reason}`] };
}

function usageOf(usage: z.infer<typeof usageSchema> | null | undefined): Partial<Decoded> {
	return {
		...defined("promptTokens", usage?.prompt_tokens),
		...defined("cachedTokens", usage?.prompt_tokens_details?.cached_tokens),
		...defined("generatedTokens", usage?.completion_tokens),
	};
}

function defined<K extends string>(key: K, value: number | null | undefined): Partial<Record<K, number>> {
	return value === null || value === undefined ? {} : ({ [key]: value } as Record<K, number>);
}

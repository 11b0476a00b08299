/** What the adapters' request bodies are made of: messages with holes, sampling fields, variables of a prompt. */
import { base64, dataUrl, type PromptContent } from "../promptsets/prompt.ts";
import type { Json, RequestTemplate, TemplateVariables } from "../trace/template.ts";
import type { Sampling } from "./types.ts";

type JsonObject = { [key: string]: Json };

/** A hole that is one variable. */
export function hole(name: string): Json {
	return { $: name };
}

/** What is known of a prompt before its first request. */
export function promptVariables(prompt: PromptContent): TemplateVariables {
	const images = prompt.images.flatMap((image, index) => [
		[`image${index + 1}`, dataUrl(image)],
		[`image${index + 1}.base64`, base64(image)],
	]);
	return {
		prompt: prompt.text,
		...(prompt.system === undefined ? {} : { system: prompt.system }),
		...Object.fromEntries(images),
	};
}

/**
 * Chat messages up to the user's text of a turn, with holes. Images stand before the first user text.
 * @param turn from 1; turns before it are closed and their texts are `closed(1)`, `closed(2)`, …
 */
export function chatMessages(
	prompt: PromptContent,
	furtherUserTexts: readonly string[],
	turn: number,
	closed: (turn: number) => Json = (closedTurn) => hole(`turn${closedTurn}`),
): Json[] {
	const messages: Json[] = prompt.system === undefined ? [] : [{ role: "system", content: hole("system") }];
	messages.push({ role: "user", content: userContent(prompt) });
	for (let before = 1; before < turn; before++) {
		messages.push({ role: "assistant", content: closed(before) }, { role: "user", content: furtherUserTexts[before - 1] ?? "" });
	}
	return messages;
}

function userContent(prompt: PromptContent): Json {
	if (prompt.images.length === 0) return hole("prompt");
	const images = prompt.images.map((_, index) => ({ type: "image_url", image_url: { url: hole(`image${index + 1}`) } }));
	return [...images, { type: "text", text: hole("prompt") }];
}

/** The open turn as a message that the server is to continue. */
export const OPEN_MESSAGE: Json = { role: "assistant", content: { $: "assistant" } };

/** The name of a request by its use and turn: `policy`, `policy.2`, … */
export function turnKey(use: "policy" | "render", turn: number): string {
	return turn === 1 ? use : `${use}.${turn}`;
}

/**
 * Chat requests for every turn: with the open text as a message to be continued, and as `.first` without it.
 * @param body makes a request's body of its messages; `open`: the last of them is to be continued.
 */
export function chatTemplates(
	prompt: PromptContent,
	furtherUserTexts: readonly string[],
	body: (messages: Json[], open: boolean) => JsonObject,
): Record<string, RequestTemplate> {
	const entries = Array.from({ length: furtherUserTexts.length + 1 }, (_, index) => index + 1).flatMap((turn) => {
		const messages = chatMessages(prompt, furtherUserTexts, turn);
		const template = (made: JsonObject): RequestTemplate => ({ path: "/v1/chat/completions", body: made });
		return [
			[turnKey("policy", turn), template(body([...messages, OPEN_MESSAGE], true))],
			[`${turnKey("policy", turn)}.first`, template(body(messages, false))],
		];
	});
	return Object.fromEntries(entries);
}

/** Streaming, length and seed in OpenAI's names. */
export function streamFields(): JsonObject {
	return { stream: true, stream_options: { include_usage: true }, max_tokens: hole("maxTokens"), seed: hole("seed") };
}

/** Sampling for servers that take OpenAI's names and the usual further ones, everything explicit (vLLM, SGLang). */
export function explicitSampling(sampling: Sampling): JsonObject {
	return {
		temperature: sampling.temperature,
		top_p: sampling.topP,
		top_k: sampling.topK ?? -1,
		min_p: sampling.minP ?? 0,
		repetition_penalty: 1,
		presence_penalty: 0,
		frequency_penalty: 0,
	};
}

/** Sampling for an unknown server: nothing it may refuse unless it was asked for. */
export function cautiousSampling(sampling: Sampling): JsonObject {
	return {
		temperature: sampling.temperature,
		top_p: sampling.topP,
		...(sampling.topK === undefined ? {} : { top_k: sampling.topK }),
		...(sampling.minP === undefined ? {} : { min_p: sampling.minP }),
	};
}

/** Log-probabilities on chat endpoints. */
export function chatLogprobs(sampling: Sampling): JsonObject {
	return sampling.topLogprobs === undefined ? {} : { logprobs: true, top_logprobs: sampling.topLogprobs };
}

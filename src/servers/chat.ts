/** One reply of a chat model, for judges and guards: not streamed, never steered. */
import { z } from "zod";
import type { TokenRecord } from "../trace/events.ts";
import type { RequestTemplate, TemplateVariables } from "../trace/template.ts";
import { type HttpError, protocolError } from "./failures.ts";
import { type JsonOptions, placeOf, postJson } from "./http.ts";
import type { Endpoint } from "./types.ts";

export { type JsonOptions, type JsonReply, postJson } from "./http.ts";

const alternativeSchema = z.object({ token: z.string(), logprob: z.number() });

const replySchema = z.object({
	choices: z
		.array(
			z.object({
				message: z.object({
					content: z.string().nullish(),
					reasoning: z.string().nullish(),
					reasoning_content: z.string().nullish(),
				}),
				finish_reason: z.string().nullish(),
				logprobs: z
					.object({
						content: z.array(alternativeSchema.extend({ top_logprobs: z.array(alternativeSchema).nullish() })).nullish(),
					})
					.nullish(),
			}),
		)
		.min(1),
});

/** Alternatives to one generated token, most probable first as the server orders them; natural log-probabilities. */
export type TokenAlternatives = TokenRecord & { alternatives: { text: string; logprob: number }[] };

export interface ChatReply {
	/** The assistant's text; empty when everything was reasoning. */
	text: string;
	/** Reasoning, where the server splits it off. */
	reasoning: string;
	finish: string;
	/** Generated tokens with alternatives; absent when the server gave none. */
	tokens?: TokenAlternatives[];
	/** HTTP requests spent, retries included. */
	requests: number;
}

/**
 * Posts a chat completion (`stream` absent or false in the template) and reads its first choice.
 * @throws HttpError as `postJson`; `protocol` when the reply is no chat completion.
 */
export async function chatCompletion(
	endpoint: Endpoint,
	template: RequestTemplate,
	variables: TemplateVariables,
	options: JsonOptions,
): Promise<ChatReply> {
	const { json, requests } = await postJson(endpoint, template, variables, options);
	const reply = replySchema.safeParse(json);
	const choice = reply.data?.choices[0];
	if (choice === undefined) throw notAChatReply(endpoint, template.path, json, requests);
	const tokens = choice.logprobs?.content?.map((token) => ({
		text: token.token,
		logprob: token.logprob,
		alternatives: (token.top_logprobs ?? []).map(({ token: text, logprob }) => ({ text, logprob })),
	}));
	return {
		text: choice.message.content ?? "",
		reasoning: choice.message.reasoning ?? choice.message.reasoning_content ?? "",
		finish: choice.finish_reason ?? "unknown",
		...(tokens === undefined ? {} : { tokens }),
		requests,
	};
}

function notAChatReply(endpoint: Endpoint, path: string, json: unknown, requests: number): HttpError {
	const got = `JSON without choices[0].message: ${JSON.stringify(json).slice(0, 120)}`;
	return protocolError(placeOf(endpoint, path), "a chat completion", got).after(requests);
}

/**
 * SGLang: `/v1/chat/completions` with `continue_final_message`, which appends the assistant's raw text to the generation prompt.
 * Closing the connection does not reliably free the server, so each request has a name and is called off by `/abort_request`
 * (python/sglang/srt in sgl-project/sglang).
 */
import { z } from "zod";
import type { PromptContent } from "../../promptsets/prompt.ts";
import type { RequestTemplate } from "../../trace/template.ts";
import {
	chatLogprobs,
	chatMessages,
	chatTemplates,
	explicitSampling,
	hole,
	OPEN_MESSAGE,
	promptVariables,
	streamFields,
} from "../bodies.ts";
import { decodeChat } from "../decode.ts";
import { HttpError, protocolError } from "../failures.ts";
import { coveringTail } from "../given.ts";
import { placeOf, postJson } from "../http.ts";
import { makePolicy } from "../policy.ts";
import type { GivenLogprobs, ModelServer, PreparedPolicy, Sampling } from "../types.ts";
import type { AdapterContext } from "./context.ts";

const ABORT: RequestTemplate = { path: "/abort_request", body: { rid: hole("rid") } };
/** Milliseconds the server gets to take an abort. */
const ABORT_MS = 2000;

const tokensSchema = z.object({ tokens: z.array(z.number().int()) });
const generateSchema = z.object({
	meta_info: z.object({
		input_token_logprobs: z.array(z.tuple([z.number().nullable(), z.number().int(), z.string().nullable()])),
	}),
});

export function sglangServer(context: AdapterContext): ModelServer {
	const { endpoint, model, limits } = context;

	/** Best effort: a request that cannot be called off ends by itself at its `max_tokens`. */
	async function abandon(rid: string): Promise<void> {
		const signal = AbortSignal.timeout(ABORT_MS);
		await postJson(endpoint, ABORT, { rid }, { signal, timeoutMs: ABORT_MS, retries: 0 }).catch(() => undefined);
	}

	async function prepare(prompt: PromptContent, sampling: Sampling, further: readonly string[]): Promise<PreparedPolicy> {
		const requests = chatTemplates(prompt, further, (messages, open) => ({
			model,
			messages,
			continue_final_message: open,
			rid: hole("rid"),
			...streamFields(),
			...explicitSampling(sampling),
			...chatLogprobs(sampling),
			separate_reasoning: false,
			skip_special_tokens: false,
			return_token_ids: true,
		}));
		const wantsLogprobs = sampling.topLogprobs !== undefined;
		const policy = makePolicy({
			endpoint,
			requests,
			variables: promptVariables(prompt),
			decode: decodeChat,
			limits,
			wantsLogprobs,
			abandon,
		});
		return { policy, requests };
	}

	async function givenLogprobs(
		prompt: PromptContent,
		assistant: string,
		given: string,
		signal: AbortSignal,
	): Promise<GivenLogprobs> {
		if (prompt.images.length > 0)
			throw new HttpError("unsupported", "SGLang tokenises no images, so it gives no log-probabilities beside them");
		const tokenize = {
			path: "/v1/tokenize",
			body: { model, messages: [...chatMessages(prompt, [], 1), OPEN_MESSAGE], continue_final_message: true },
		};
		const variables = { ...promptVariables(prompt), assistant: assistant + given };
		const tokenised = await postJson(endpoint, tokenize, variables, { ...limits, signal });
		const tokens = tokensSchema.safeParse(tokenised.json).data?.tokens;
		if (tokens === undefined)
			throw protocolError(placeOf(endpoint, tokenize.path), "tokens", JSON.stringify(tokenised.json).slice(0, 120));
		const { json } = await postJson(endpoint, GIVEN, { tokens }, { ...limits, signal });
		const positions = generateSchema.safeParse(json).data?.meta_info.input_token_logprobs;
		if (positions === undefined) throw new HttpError("unsupported", "the server gave no log-probabilities of its prompt");
		return coveringTail(
			positions.map(([logprob, id, text]) => ({ id, text: text ?? "", logprob })),
			given,
		);
	}

	return { kind: "sglang", endpoint, model, verified: false, prepare, givenLogprobs };
}

const GIVEN: RequestTemplate = {
	path: "/generate",
	body: {
		input_ids: hole("tokens"),
		sampling_params: { max_new_tokens: 1, temperature: 0 },
		return_logprob: true,
		logprob_start_len: 0,
		return_text_in_logprobs: true,
	},
};

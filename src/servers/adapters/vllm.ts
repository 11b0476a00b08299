/**
 * vLLM. Without images, the prompt is rendered by `/tokenize` and `/detokenize` and continued as raw text by `/v1/completions`,
 * where neither chat template nor reasoning parser touches the trace. With images, or where the server does not render
 * faithfully, `/v1/chat/completions` continues the final message (vllm/entrypoints/openai in vllm-project/vllm).
 */
import { z } from "zod";
import type { PromptContent } from "../../promptsets/prompt.ts";
import { fillTemplate, type Json, type RequestTemplate } from "../../trace/template.ts";
import {
	chatLogprobs,
	chatMessages,
	chatTemplates,
	explicitSampling,
	OPEN_MESSAGE,
	promptVariables,
	streamFields,
	turnKey,
} from "../bodies.ts";
import { decodeChat, decodeCompletion } from "../decode.ts";
import { HttpError } from "../failures.ts";
import { coveringTail, type PromptToken } from "../given.ts";
import { postJson } from "../http.ts";
import { makePolicy } from "../policy.ts";
import { renderRequests, renderTurns } from "../rendering.ts";
import type { GivenLogprobs, ModelServer, PreparedPolicy, Sampling } from "../types.ts";
import type { AdapterContext } from "./context.ts";

const tokensSchema = z.object({ tokens: z.array(z.number().int()) });
const promptSchema = z.object({ prompt: z.string() });
const position = z.record(z.string(), z.object({ logprob: z.number(), decoded_token: z.string().nullish() })).nullable();
const promptLogprobsSchema = z.object({
	prompt_logprobs: z.array(position).nullish(),
	prompt_token_ids: z.array(z.number().int()).nullish(),
	choices: z
		.array(z.object({ prompt_logprobs: z.array(position).nullish(), prompt_token_ids: z.array(z.number().int()).nullish() }))
		.optional(),
});

const PLAIN_TEXT = { skip_special_tokens: false, spaces_between_special_tokens: false, return_token_ids: true };

export function vllmServer(context: AdapterContext): ModelServer {
	const { endpoint, model, limits } = context;
	const renderRequest = (messages: Json): RequestTemplate => ({
		path: "/tokenize",
		body: { model, messages, add_generation_prompt: true, continue_final_message: false },
	});

	async function prepare(
		prompt: PromptContent,
		sampling: Sampling,
		further: readonly string[],
		signal: AbortSignal,
	): Promise<PreparedPolicy> {
		const variables = promptVariables(prompt);
		const common = { endpoint, limits, wantsLogprobs: sampling.topLogprobs !== undefined };
		const turns = prompt.images.length > 0 ? undefined : await faithfulTurns(prompt, further, signal);
		if (turns === undefined) {
			const requests = chatTemplates(prompt, further, (messages, open) => ({
				model,
				messages,
				add_generation_prompt: !open,
				continue_final_message: open,
				...streamFields(),
				...explicitSampling(sampling),
				...chatLogprobs(sampling),
				...PLAIN_TEXT,
			}));
			return { policy: makePolicy({ ...common, requests, variables, decode: decodeChat }), requests };
		}
		const rendered = turns[0]?.text ?? "";
		const requests = Object.fromEntries(
			turns.map((turn, index) => [turnKey("policy", index + 1), completionTemplate(model, turn.hole, sampling)]),
		);
		const policy = makePolicy({ ...common, requests, variables: { ...variables, rendered }, decode: decodeCompletion });
		return { policy, requests: { ...requests, ...renderRequests(turns) }, rendered };
	}

	/** @returns undefined where the server has no such endpoints, or its text does not tokenise back to the same prompt. */
	async function faithfulTurns(prompt: PromptContent, further: readonly string[], signal: AbortSignal) {
		try {
			return await renderTurns(prompt, further, renderRequest, (request, variables) =>
				renderFaithfully(fillTemplate(request.body, variables), signal),
			);
		} catch (error) {
			if (
				error instanceof Unfaithful ||
				(error instanceof HttpError && ["bad-request", "protocol", "unsupported"].includes(error.kind))
			)
				return undefined;
			throw error;
		}
	}

	async function renderFaithfully(asked: Json, signal: AbortSignal): Promise<string> {
		const tokens = await tokenize(asked, signal);
		const { json } = await postJson(endpoint, { path: "/detokenize", body: { model, tokens } }, {}, { ...limits, signal });
		const parsed = promptSchema.safeParse(json);
		if (!parsed.success) throw new Unfaithful();
		const back = await tokenize({ model, prompt: parsed.data.prompt, add_special_tokens: false }, signal);
		if (back.length !== tokens.length || back.some((token, index) => token !== tokens[index])) throw new Unfaithful();
		return parsed.data.prompt;
	}

	async function tokenize(body: Json, signal: AbortSignal): Promise<number[]> {
		const { json } = await postJson(endpoint, { path: "/tokenize", body }, {}, { ...limits, signal });
		const parsed = tokensSchema.safeParse(json);
		if (!parsed.success) throw new Unfaithful();
		return parsed.data.tokens;
	}

	async function givenLogprobs(
		prompt: PromptContent,
		assistant: string,
		given: string,
		signal: AbortSignal,
	): Promise<GivenLogprobs> {
		const turns = prompt.images.length > 0 ? undefined : await faithfulTurns(prompt, [], signal);
		const template = turns === undefined ? givenByChat(model, prompt) : givenByText(model);
		const variables = { ...promptVariables(prompt), rendered: turns?.[0]?.text ?? "", assistant: assistant + given };
		const { json } = await postJson(endpoint, template, variables, { ...limits, signal });
		return coveringTail(promptTokens(json), given);
	}

	return { kind: "vllm", endpoint, model, verified: false, prepare, givenLogprobs };
}

/** The rendering cannot be trusted; the chat endpoint is used instead. */
class Unfaithful extends Error {}

/** Tokens of the prompt from `prompt_logprobs`; with `prompt_logprobs: 0` each position has its own token only, unless a server adds the best. */
function promptTokens(json: unknown): PromptToken[] {
	const reply = promptLogprobsSchema.safeParse(json).data;
	const positions = reply?.prompt_logprobs ?? reply?.choices?.[0]?.prompt_logprobs;
	const ids = reply?.prompt_token_ids ?? reply?.choices?.[0]?.prompt_token_ids;
	if (positions === null || positions === undefined) {
		throw new HttpError("unsupported", "the server gave no log-probabilities of its prompt", {
			remedy: "Use a vLLM version with prompt_logprobs.",
		});
	}
	return positions.map((candidates, index) => {
		const entries = Object.entries(candidates ?? {});
		const chosen = entries.find(([id]) => Number(id) === ids?.[index]) ?? entries[0];
		return { id: Number(chosen?.[0] ?? -1), text: chosen?.[1].decoded_token ?? "", logprob: chosen?.[1].logprob ?? null };
	});
}

const GIVEN = { max_tokens: 1, temperature: 0, prompt_logprobs: 0, return_token_ids: true };

function givenByChat(model: string, prompt: PromptContent): RequestTemplate {
	const messages = [...chatMessages(prompt, [], 1), OPEN_MESSAGE];
	return {
		path: "/v1/chat/completions",
		body: { model, messages, add_generation_prompt: false, continue_final_message: true, ...GIVEN },
	};
}

function givenByText(model: string): RequestTemplate {
	return {
		path: "/v1/completions",
		body: { model, prompt: { $: [{ v: "rendered" }, { v: "assistant" }] }, add_special_tokens: false, ...GIVEN },
	};
}

function completionTemplate(model: string, turn: Json, sampling: Sampling): RequestTemplate {
	return {
		path: "/v1/completions",
		body: {
			model,
			prompt: turn,
			add_special_tokens: false,
			...streamFields(),
			...explicitSampling(sampling),
			...(sampling.topLogprobs === undefined ? {} : { logprobs: sampling.topLogprobs }),
			...PLAIN_TEXT,
		},
	};
}

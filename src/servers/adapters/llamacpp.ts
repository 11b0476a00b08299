/**
 * llama.cpp's `llama-server`: the prompt is rendered by `/apply-template`, then raw text goes to `/completion`, which works
 * with every version and every chat template (tools/server/README.md in ggml-org/llama.cpp).
 */
import { z } from "zod";
import type { PromptContent } from "../../promptsets/prompt.ts";
import type { Json, RequestTemplate } from "../../trace/template.ts";
import { hole, promptVariables, turnKey } from "../bodies.ts";
import { decodeLlama } from "../decode.ts";
import { HttpError, protocolError } from "../failures.ts";
import { getJson, placeOf, postJson } from "../http.ts";
import { makePolicy } from "../policy.ts";
import { type RenderedTurn, renderRequests, renderTurns } from "../rendering.ts";
import type { GivenLogprobs, ModelServer, PreparedPolicy, Sampling } from "../types.ts";
import type { AdapterContext } from "./context.ts";

const promptSchema = z.object({ prompt: z.string() });
const propsSchema = z.object({ media_marker: z.string().min(1) });
const tokensSchema = z.object({ tokens: z.array(z.number().int()) });
const forcedSchema = z.object({
	completion_probabilities: z.array(z.object({ id: z.number().int(), token: z.string(), logprob: z.number() })).min(1),
});

const renderRequest = (messages: Json): RequestTemplate => ({ path: "/apply-template", body: { messages } });

export function llamaServer(context: AdapterContext): ModelServer {
	const { endpoint, model, limits } = context;

	/** The prompt's turns as the server renders them. */
	function rendered(prompt: PromptContent, further: readonly string[], signal: AbortSignal): Promise<RenderedTurn[]> {
		return renderTurns(prompt, further, renderRequest, async (request, variables) => {
			const { json } = await postJson(endpoint, request, variables, { ...limits, signal });
			const parsed = promptSchema.safeParse(json);
			if (parsed.success) return parsed.data.prompt;
			throw protocolError(placeOf(endpoint, request.path), "a rendered prompt", JSON.stringify(json).slice(0, 120));
		});
	}

	async function prepare(
		prompt: PromptContent,
		sampling: Sampling,
		further: readonly string[],
		signal: AbortSignal,
	): Promise<PreparedPolicy> {
		const turns = await rendered(prompt, further, signal);
		const text = turns[0]?.text ?? "";
		if (prompt.images.length > 0) await checkMarkers(text, prompt.images.length, signal);
		const requests = Object.fromEntries(
			turns.map((turn, index) => [turnKey("policy", index + 1), completionTemplate(turn.hole, prompt, sampling)]),
		);
		const variables = { ...promptVariables(prompt), rendered: text };
		const policy = makePolicy({
			endpoint,
			requests,
			variables,
			decode: decodeLlama,
			limits,
			wantsLogprobs: sampling.topLogprobs !== undefined,
		});
		return { policy, requests: { ...requests, ...renderRequests(turns) }, rendered: text };
	}

	/** One marker an image, or the server would put the pictures elsewhere or refuse. */
	async function checkMarkers(rendered: string, images: number, signal: AbortSignal): Promise<void> {
		const { json } = await getJson(endpoint, "/props", { ...limits, signal });
		const marker = propsSchema.safeParse(json).data?.media_marker;
		const found = marker === undefined ? 0 : rendered.split(marker).length - 1;
		if (found === images) return;
		throw new HttpError("unsupported", `the rendered prompt holds ${found} media markers for ${images} images`, {
			remedy: "Start llama-server with --mmproj and a model that takes images.",
		});
	}

	/** Forces each token by a bias and reads its log-probability, which llama.cpp takes from the unbiased logits. */
	async function givenLogprobs(
		prompt: PromptContent,
		assistant: string,
		given: string,
		signal: AbortSignal,
	): Promise<GivenLogprobs> {
		if (prompt.images.length > 0) throw new HttpError("unsupported", "llama-server takes no token ids beside images");
		const turns = await rendered(prompt, [], signal);
		const before = await tokenize(`${turns[0]?.text ?? ""}${assistant}`, signal);
		const all = await tokenize(`${turns[0]?.text ?? ""}${assistant}${given}`, signal);
		const shared = all.findIndex((token, index) => token !== before[index]);
		const start = shared === -1 ? all.length : shared;
		const tokens = [];
		for (let position = start; position < all.length; position++) {
			tokens.push(await forcedToken(all.slice(0, position), all[position] as number, signal));
		}
		return { tokens, straddles: start < before.length };
	}

	async function tokenize(content: string, signal: AbortSignal): Promise<number[]> {
		const template = { path: "/tokenize", body: { content: hole("content"), add_special: true, parse_special: true } };
		const { json } = await postJson(endpoint, template, { content }, { ...limits, signal });
		const parsed = tokensSchema.safeParse(json);
		if (!parsed.success) throw protocolError(placeOf(endpoint, "/tokenize"), "tokens", JSON.stringify(json).slice(0, 120));
		return parsed.data.tokens;
	}

	async function forcedToken(before: number[], id: number, signal: AbortSignal) {
		const { json } = await postJson(endpoint, FORCE, { before, bias: [[id, 1000]] }, { ...limits, signal });
		const said = forcedSchema.safeParse(json).data?.completion_probabilities[0];
		if (said === undefined || said.id !== id) {
			throw new HttpError("unsupported", `llama-server did not generate the forced token ${id}`, {
				remedy: "Use a newer llama-server.",
			});
		}
		return { text: said.token, logprob: said.logprob, id };
	}

	return { kind: "llama.cpp", endpoint, model, verified: true, prepare, givenLogprobs };
}

const FORCE: RequestTemplate = {
	path: "/completion",
	body: {
		prompt: hole("before"),
		n_predict: 1,
		n_probs: 1,
		temperature: 0,
		logit_bias: hole("bias"),
		cache_prompt: true,
		post_sampling_probs: false,
		samplers: ["temperature"],
	},
};

function completionTemplate(turn: Json, prompt: PromptContent, sampling: Sampling): RequestTemplate {
	const images = prompt.images.map((_, index) => hole(`image${index + 1}.base64`));
	return {
		path: "/completion",
		body: {
			prompt: images.length === 0 ? turn : { prompt_string: turn, multimodal_data: images },
			stream: true,
			n_predict: hole("maxTokens"),
			seed: hole("seed"),
			cache_prompt: true,
			samplers: ["top_k", "top_p", "min_p", "temperature"],
			temperature: sampling.temperature,
			top_k: sampling.topK ?? 0,
			top_p: sampling.topP,
			min_p: sampling.minP ?? 0,
			mirostat: 0,
			dynatemp_range: 0,
			...(sampling.topLogprobs === undefined ? {} : { n_probs: Math.max(1, sampling.topLogprobs) }),
			post_sampling_probs: false,
			return_tokens: true,
			return_progress: true,
		},
	};
}

/**
 * Any endpoint that speaks OpenAI's chat completions (Ollama, LM Studio, gateways): a trailing assistant message is continued by
 * some and answered by others, which only the self-test tells.
 */
import type { PromptContent } from "../../promptsets/prompt.ts";
import { cautiousSampling, chatLogprobs, chatTemplates, promptVariables, streamFields } from "../bodies.ts";
import { decodeChat } from "../decode.ts";
import { HttpError } from "../failures.ts";
import { makePolicy } from "../policy.ts";
import type { GivenLogprobs, ModelServer, PreparedPolicy, Sampling } from "../types.ts";
import { shownUrl } from "../url.ts";
import type { AdapterContext } from "./context.ts";

export function openAiServer(context: AdapterContext): ModelServer {
	const { endpoint, model, limits } = context;

	async function prepare(prompt: PromptContent, sampling: Sampling, further: readonly string[]): Promise<PreparedPolicy> {
		const requests = chatTemplates(prompt, further, (messages) => ({
			model,
			messages,
			...streamFields(),
			...cautiousSampling(sampling),
			...chatLogprobs(sampling),
		}));
		const wantsLogprobs = sampling.topLogprobs !== undefined;
		const policy = makePolicy({
			endpoint,
			requests,
			variables: promptVariables(prompt),
			decode: decodeChat,
			limits,
			wantsLogprobs,
		});
		return { policy, requests };
	}

	async function givenLogprobs(): Promise<GivenLogprobs> {
		throw new HttpError("unsupported", `${shownUrl(endpoint.url)}: OpenAI's protocol gives no log-probabilities of given text`, {
			remedy: "Use vLLM, SGLang or llama.cpp where a KL budget is wanted.",
		});
	}

	return { kind: "openai-compatible", endpoint, model, verified: false, prepare, givenLogprobs };
}

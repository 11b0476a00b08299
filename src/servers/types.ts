/** What every model server's adapter offers to a run. */
import type { Policy } from "../method/ports.ts";
import type { PromptContent } from "../promptsets/prompt.ts";
import type { TokenRecord } from "../trace/events.ts";
import type { RequestTemplate } from "../trace/template.ts";

export const SERVER_KINDS = ["vllm", "sglang", "llama.cpp", "openai-compatible"] as const;
export type ServerKind = (typeof SERVER_KINDS)[number];

/** Where a server is. `key` comes from an environment variable or a secret store, belongs to the URL's origin, and is never written. */
export interface Endpoint {
	/** Base URL as the user gave it, with or without `/v1`. */
	url: string;
	model?: string;
	key?: string;
	/** Header for session affinity at a router, for example `x-user-id`; its value is the run's id. */
	affinity?: { header: string; value: string };
}

/** Sampling as it is sent: every parameter explicit. */
export interface Sampling {
	temperature: number;
	topP: number;
	/** Absent: off, sent as the server's neutral value; not sent to `openai-compatible`, which has no known one. */
	topK?: number | undefined;
	/** Absent: off, as for `topK`. */
	minP?: number | undefined;
	/** Log-probabilities of this many alternatives a token; absent: none asked for. 0: the chosen token's only. */
	topLogprobs?: number | undefined;
}

/** A policy bound to a prompt, and the bodies of its requests for the run file. */
export interface PreparedPolicy {
	policy: Policy;
	/**
	 * `policy` (first turn), `policy.2`, … for later turns; `policy.first`, `policy.2.first`, … for the same turn with an empty
	 * open text, where that needs another body (`templateKey` in `policy.ts` chooses). Variables: `assistant` (the open turn's
	 * text), `turn1`, `turn2`, … (closed turns), `prompt` (user text), `system`, `rendered`, `image1`, … (data URLs),
	 * `image1.base64`, …, `seed`, `maxTokens`, `rid` (`requestId` in `policy.ts`). `render`, `render.2`, … are what
	 * was asked to render the turns, where something was.
	 */
	requests: Record<string, RequestTemplate>;
	/** The rendered prompt up to and with the generation prompt, where the adapter sends raw text. */
	rendered?: string;
}

/** Natural log-probabilities of given text, one record a token. */
export interface GivenLogprobs {
	/** The tokens that cover the given text, in order. */
	tokens: TokenRecord[];
	/** The first token also covers the end of the text before: the sum is that of a little more than the given text. */
	straddles: boolean;
}

export interface ModelServer {
	readonly kind: ServerKind;
	readonly endpoint: Endpoint;
	readonly model: string;
	/** true: this adapter met its real counterpart in this project's tests; false: `unverified` until `continuationSelfTest` passed. */
	readonly verified: boolean;
	/**
	 * Makes a policy for one prompt; asks the server to render it where that is how this adapter continues a text.
	 * @param furtherUserTexts user texts of turns 2… (dialects in turns), nearly always empty.
	 * @throws ServerError
	 */
	prepare(
		prompt: PromptContent,
		sampling: Sampling,
		furtherUserTexts: readonly string[],
		signal: AbortSignal,
	): Promise<PreparedPolicy>;
	/**
	 * Log-probabilities of `given` after the prompt and `assistant`, at temperature 1, before any truncation.
	 * @param given not empty.
	 * @throws ServerError `unsupported` where the server cannot say.
	 */
	givenLogprobs(prompt: PromptContent, assistant: string, given: string, signal: AbortSignal): Promise<GivenLogprobs>;
}

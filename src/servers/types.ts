/** What every model server's adapter offers to a run. */
import type { Policy } from "../method/ports.ts";
import type { PromptContent } from "../promptsets/prompt.ts";
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
	/** Absent: not sent. */
	topK?: number;
	minP?: number;
	/** Log-probabilities of this many alternatives a token; absent: none asked for. 0: the chosen token's only. */
	topLogprobs?: number;
}

/** A policy bound to a prompt, and the bodies of its requests for the run file. */
export interface PreparedPolicy {
	policy: Policy;
	/**
	 * `policy` (first turn), `policy.2`, … for later turns. Variables: `assistant` (the open turn's text), `turn1`, `turn2`, …
	 * (closed turns), `prompt` (user text), `system`, `rendered`, `image1`, … (data URLs), `image1.base64`, …, `seed`,
	 * `maxTokens`. `render` is what was asked to render the prompt, where something was.
	 */
	requests: Record<string, RequestTemplate>;
	/** The rendered prompt up to and with the generation prompt, where the adapter sends raw text. */
	rendered?: string;
}

export interface ModelServer {
	readonly kind: ServerKind;
	readonly endpoint: Endpoint;
	readonly model: string;
	/**
	 * Makes a policy for one prompt; asks the server to render it where that is how this adapter continues a text.
	 * @param furtherUserTexts user texts of turns 2… (dialects in turns), nearly always empty.
	 * @throws ServerError
	 */
	prepare(prompt: PromptContent, sampling: Sampling, furtherUserTexts: readonly string[], signal: AbortSignal): Promise<PreparedPolicy>;
}

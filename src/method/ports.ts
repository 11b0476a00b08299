/**
 * The two ports the method knows: a policy that streams, and a safety scorer, each bound to one prompt. Model servers and
 * scorers make them; the method never sees a server, a prompt or an image.
 */
import type { TokenRecord } from "../trace/events.ts";

/**
 * Raw text after the generation prompt, one entry a turn; nearly always one. Entry i ≥ 1 answers the dialect's i-th further
 * user text (LlamaV-o1). The last entry ends with the injected prefix, when there is one.
 */
export type AssistantText = readonly string[];

/** One request to the policy: continue exactly this text. */
export interface PolicyRequest {
	assistant: AssistantText;
	seed: number;
	/** Most tokens to generate, ≥ 1. */
	maxTokens: number;
}

/** A piece of the stream. Text is never split within a code point; concatenated it is the raw output. */
export interface PolicyChunk {
	text: string;
	/** Tokens in this chunk, in order, where the server gives them; `tokens.map(t => t.text).join("")` need not equal `text`. */
	tokens?: TokenRecord[];
	/** Tokens in this chunk; an estimate (one a chunk) where the server gives no count. */
	tokenCount: number;
	/** Tokens of the prompt, and those taken from the server's prefix cache, where it tells them before the stream's end. */
	promptTokens?: number;
	cachedTokens?: number;
}

/** How a stream ended, given by its last element. */
export interface PolicyEnd {
	finish: "end" | "length";
	promptTokens?: number;
	cachedTokens?: number;
	generatedTokens?: number;
	flags?: string[];
}

export type PolicyStream = AsyncGenerator<PolicyChunk, PolicyEnd, void>;

/** A reasoning model on some server, asked about one prompt; the paper's π(· | x, z). */
export interface Policy {
	/**
	 * Opens one request. Ending the generator early (`return`) or aborting the signal frees the server. The generator must be
	 * read for the stream to advance: reading ahead is the caller's business (`step-reader.ts`).
	 * @throws ServerError
	 */
	stream(request: PolicyRequest, signal: AbortSignal): PolicyStream;
}

/** A safety reward; the paper's R_safe, normalised to [-1, 1]: 1 − 2·P(unsafe). */
export interface Score {
	reward: number;
	/** P(unsafe) in [0, 1] after calibration. */
	unsafe?: number;
	/** Set when the verdict token was censored: the reward is only a bound. */
	bound?: "at-most" | "at-least";
	verdict?: string;
	categories?: string[];
	/** HTTP requests spent, retries included. */
	requests: number;
}

/** A safety reward model read as a sensor, asked about one prompt; the paper's R_safe(x, ·). */
export interface SafetyScorer {
	/** Names scorer, model and version in events. */
	readonly id: string;
	/**
	 * Scores the query with `trace` as the assistant's turn; without it, the query alone.
	 * @throws ScorerError when there is no verdict; a failure is never "safe".
	 */
	score(trace: string | undefined, signal: AbortSignal): Promise<Score>;
}

/** What an entry of the guards' table says. */
import type { Json } from "../trace/template.ts";
import type { VerdictForm } from "./verdict-text.ts";

/** A literal, a variable of the request, or the text of the file in the setting `prompt` (null: there is no default). */
export type Part = string | { v: "prompt" | "trace" } | { file: string | null };

export interface Turn {
	role: "system" | "user" | "assistant";
	text: readonly Part[];
	/** The prompt's images stand in this turn, before its text. */
	images?: true;
}

/** One use of a guard: with the trace, or on the query alone. */
export interface Use {
	/** Turns of a chat, or one raw prompt. */
	send: { turns: readonly Turn[] } | { raw: readonly Part[] };
	verdict: VerdictForm;
}

export interface Guard {
	kind: string;
	variant: string;
	/** Names of models this entry is for. */
	models: RegExp;
	/** Most images it takes; 0 for a text guard. */
	images: number;
	/** Message content as a list of parts even without images, which some chat templates demand. */
	alwaysParts?: true;
	/** `chat_template_kwargs`. */
	templateSettings?: { [name: string]: Json };
	/** Tokens its whole reply may need. */
	maxTokens: number;
	/** `auto` takes the verdict's text where log-probabilities are missing. */
	verdictBy: "logprobs" | "auto";
	/** Its requests and replies have met a real server in this project's tests. */
	verified?: true;
	/** Questions asked about each text; the lowest reward counts. */
	asks: readonly { category?: string; trace: Use; query: Use }[];
}

/** What an entry of the guards' table says. */
import type { Json } from "../trace/template.ts";
import type { VerdictForm } from "./verdict-text.ts";

/** A literal, or a variable of the request. */
export type Piece = string | { v: "prompt" | "trace" };

/** A piece, or the text of a prompt file. */
export type Part = Piece | { file: true };

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

/** What the setting `prompt` holds for a guard. */
export type PromptFile = {
	/** `request`: query and trace too, at the placeholders `{prompt}` and `{trace}`; `text`: what stands beside them. */
	holds: "request" | "text";
	/** A text without a section for the query alone is used for that too. */
	alsoForQuery?: true;
} & (
	| {
			/** What it is, as in "the guard needs …". */
			what: string;
			/** Public address of the text. */
			source: string;
	  }
	| {
			/** This project's own text, where the setting is left out. */
			own: string;
	  }
);

export interface Guard {
	kind: string;
	variant: string;
	/** Names of models this entry is for. */
	models: RegExp;
	/** Most images it takes; 0 for a text guard. */
	images: number;
	/** Message content as a list of parts even without images, which some chat templates demand. */
	alwaysParts?: true;
	/** The setting `prompt`; absent: the guard takes none. Each file is a question, and the lowest reward counts. */
	file?: PromptFile;
	/** `chat_template_kwargs`. */
	templateSettings?: { [name: string]: Json };
	/** Name of the one of `chat_template_kwargs` that holds the prompt file's text. */
	fileSetting?: string;
	/** Tokens its whole reply may need. */
	maxTokens: number;
	/** `auto` takes the verdict's text where log-probabilities are missing. */
	verdictBy: "logprobs" | "auto";
	/** Its requests and replies have met a real server in this project's tests. */
	verified?: true;
	trace: Use;
	query: Use;
}

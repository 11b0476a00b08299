/** Finds given text at the end of a prompt's tokens. */
import { HttpError } from "./failures.ts";
import type { GivenLogprobs } from "./types.ts";

/** A prompt's token; `logprob` is null for the first of a prompt. */
export interface PromptToken {
	id: number;
	text: string;
	logprob: number | null;
}

/**
 * The last tokens that cover `given`, counted from the end, because image placeholders shift positions from the start.
 * @throws HttpError `protocol` when the prompt's last tokens do not spell `given`, `unsupported` when one has no log-probability.
 */
export function coveringTail(tokens: readonly PromptToken[], given: string): GivenLogprobs {
	let start = tokens.length;
	let tail = "";
	while (start > 0 && tail.length < given.length) {
		start--;
		tail = (tokens[start]?.text ?? "") + tail;
	}
	if (given === "" || !tail.endsWith(given)) {
		throw new HttpError(
			"protocol",
			`the prompt's last tokens spell “${tail.slice(-80)}”, not the given text “${given.slice(-80)}”`,
			{
				remedy:
					"The server's template changes the assistant's text; use a text without white space at its end, or another server.",
			},
		);
	}
	const covering = tokens.slice(start);
	if (covering.some((token) => token.logprob === null)) {
		throw new HttpError("unsupported", "the server gave no log-probability for some token of the given text");
	}
	return { tokens: covering.map(({ text, logprob, id }) => ({ text, logprob, id })), straddles: tail.length > given.length };
}

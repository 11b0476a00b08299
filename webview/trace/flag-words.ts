/** Flags of a text, as the run file has them, in words. `docs/words.md` lists them. */
import type { AttemptView } from "../../src/contract/trace-views.ts";

export interface FlagWords {
	text: string;
	title?: string;
}

const ENDS: Record<AttemptView["end"], FlagWords | undefined> = {
	boundary: undefined,
	close: { text: "closes the thinking", title: "The text ends with the closing tag of the reasoning." },
	end: { text: "ends the text", title: "The model stopped here." },
	length: { text: "out of tokens", title: "The limit of tokens was reached: the text may break off." },
};

const FLAGS: Record<string, FlagWords> = {
	"identical-resamples": {
		text: "same text as an earlier attempt",
		title: "Another steered attempt of this step had this text after this prefix.",
	},
	"short-circuited": { text: "only closes the thinking", title: "A steered attempt that closed the reasoning and said nothing." },
	"split-token": {
		text: "cut within a token",
		title: "The step ends inside a token: a request that goes on from here reads other tokens.",
	},
	capped: { text: "cut because it was long", title: "No end of a step came, so it was cut at the greatest length." },
	"missing-close": { text: "thinking was not closed", title: "The answer began without a closing tag." },
	"repeated-open": { text: "opens the thinking again", title: "An opening tag stands inside the reasoning." },
	"no-tags": { text: "no thinking tags", title: "The model wrote no tag, so what is reasoning was assumed." },
	"empty-reasoning": {
		text: "empty thinking",
		title: "The reasoning was opened and closed without content: there are no steps.",
	},
	"template-closed": {
		text: "thinking is switched off",
		title: "The chat template closes the reasoning before the model writes.",
	},
	"late-close": { text: "closing tag in the answer", title: "The reasoning was over before this tag." },
	"late-open": { text: "opening tag in the answer", title: "The reasoning was over before this tag." },
	"empty-answer": { text: "empty answer", title: "The model ended without an answer." },
	"empty-retried": { text: "asked again: the first reply was empty", title: "The server's first reply held no text." },
	"empty-completion": { text: "empty reply", title: "The server's reply held no text, even when it was asked again." },
	"no-logprobs": { text: "without token probabilities", title: "They were asked for, and the server sent none." },
	"replacement-character": {
		text: "holds the sign for unreadable bytes",
		title: "The server sent U+FFFD: some bytes of the text were lost before it.",
	},
	truncated: { text: "context overflowed", title: "The server says that prompt and text were longer than its context." },
};

/** Those with a number or a name behind a colon. */
const WITH_VALUE: Record<string, (value: string) => FlagWords> = {
	retried: (times) => ({ text: `asked ${times}× again`, title: "The request failed before, and was sent again." }),
	finish: (reason) => ({ text: `ended: ${reason}`, title: "The reason that the server gave for the end." }),
};

/** How a text ended, where that is unusual, and its flags; of unknown flags their own name. */
export function flagWords(end: AttemptView["end"], flags: readonly string[]): FlagWords[] {
	const ending = ENDS[end];
	return [...(ending === undefined ? [] : [ending]), ...flags.map(wordsOf)];
}

function wordsOf(flag: string): FlagWords {
	const [name = "", value] = flag.split(/:(.*)/s);
	const known = value === undefined ? own(FLAGS, name) : own(WITH_VALUE, name)?.(value);
	return known ?? { text: flag };
}

/** Flags are read from files: none of them is a name of `Object`. */
function own<T>(table: Record<string, T>, name: string): T | undefined {
	return Object.hasOwn(table, name) ? table[name] : undefined;
}

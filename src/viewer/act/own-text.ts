/** What a person writes as the beginning of a step. */
import type { Changes } from "../../contract/act-views.ts";
import { forcedOpen } from "../../method/phases.ts";
import { SafeThinkError } from "../../trace/errors.ts";
import { keptText } from "../../trace/fold.ts";
import type { Recorded } from "./recorded.ts";

/**
 * Changes whose text, if they have one, opens no reasoning that is open anyway.
 * @throws SafeThinkError `bad-changes` where nothing is left of the text
 */
export function withOwnText(changes: Changes, step: number, recorded: Recorded): Changes {
	if (changes.text === undefined || changes.text === "") return changes;
	const text = withoutOpening(changes.text, step, recorded);
	if (text !== "") return { ...changes, text };
	throw new SafeThinkError("bad-changes", "the step's text is only the tag that opens the reasoning", {
		remedy: "write words after it, or leave the text out",
	});
}

/** The text without the tags that open the reasoning, where the method or the prompt's template writes them anyway. */
export function withoutOpening(text: string, step: number, { trace, session }: Pick<Recorded, "trace" | "session">): string {
	const { dialect } = session;
	const before = trace.steps.slice(0, step - 1).map(({ accepted }) => (accepted === undefined ? "" : keptText(accepted)));
	const written = dialect.turns.length > 0 ? "" : forcedOpen(dialect, before.join(""));
	const tags = [written, written.trimEnd(), dialect.forced.open, dialect.forced.open.trimEnd(), dialect.opens ?? ""]
		.filter((tag) => tag.trim() !== "")
		.sort((a, b) => b.length - a.length);
	let words = text;
	for (let tag = opening(words, tags); tag !== undefined; tag = opening(words, tags)) words = words.trimStart().slice(tag.length);
	return words;
}

function opening(text: string, tags: readonly string[]): string | undefined {
	const start = text.trimStart();
	return tags.find((tag) => start.startsWith(tag));
}

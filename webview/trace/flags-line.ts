/** What is unusual about a text: how it ended, what was flagged. */
import { html, nothing } from "lit";
import type { AttemptView } from "../../src/contract/views.ts";
import { shownLine } from "../core/shown-text.ts";

const ENDS: Record<AttemptView["end"], string | undefined> = {
	boundary: undefined,
	close: "closes the thinking",
	end: "ends the text",
	length: "out of tokens",
};

export function flagsLine({ end, flags }: Pick<AttemptView, "end" | "flags">) {
	const words = [...(ENDS[end] === undefined ? [] : [ENDS[end]]), ...flags];
	if (words.length === 0) return nothing;
	return html`<p class="flags">${words.map((word) => html`<span class="flag-word hostile">⚑ ${shownLine(word)}</span> `)}</p>`;
}

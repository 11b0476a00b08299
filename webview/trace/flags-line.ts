/** What is unusual about a text: how it ended, what was flagged. */
import { html, nothing } from "lit";
import type { AttemptView } from "../../src/contract/trace-views.ts";
import { shownLine } from "../core/shown-text.ts";
import { flagWords } from "./flag-words.ts";

export function flagsLine({ end, flags }: Pick<AttemptView, "end" | "flags">) {
	const words = flagWords(end, flags);
	if (words.length === 0) return nothing;
	return html`<p class="flags">${words.map(({ text, title }) => html`<span class="flag-word hostile" title=${title ?? nothing}><span aria-hidden="true">◦</span> ${shownLine(text)}</span> `)}</p>`;
}

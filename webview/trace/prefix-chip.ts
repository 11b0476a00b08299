/** The injected words of a step: shown, and edited in place. */
import { html, nothing } from "lit";
import type { RunClient } from "../core/run-client.ts";
import { shownLine } from "../core/shown-text.ts";
import "../panel/prefix-input.ts";

export interface PrefixChip {
	run: RunClient;
	/** What was injected; empty: nothing. */
	recorded: string;
	/** What a re-run from this step would inject, if it was changed. */
	edited: string | undefined;
	editing: boolean;
	/** A step that was not steered offers a prefix too. */
	offered: boolean;
	/** Whether the injected words stay in the context; undefined: nothing is decided yet. */
	kept: boolean | undefined;
	edit(): void;
}

/** The field tells `prefix-change`, `prefix-done` and `prefix-cancel`. */
export function prefixChip({ run, recorded, edited, editing, offered, kept, edit }: PrefixChip) {
	if (editing)
		return html`<st-prefix-input class="chip-input" .run=${run} .value=${edited ?? recorded} .label=${"prefix of the re-run"}></st-prefix-input>`;
	if (edited !== undefined)
		return html`<button class="chip edited" @click=${edit} title="prefix of the re-run; recorded: ${shownLine(recorded) || "none"}">
			<span class="hostile">${words(edited)}</span> <span class="chip-note">for the re-run</span> <span aria-hidden="true">✎</span></button> `;
	if (recorded !== "")
		return html`<button class="chip" @click=${edit} title="injected, ${keptText(kept)}; edit the prefix (e)">
			<span class="hostile">${words(recorded)}</span> <span aria-hidden="true">✎</span></button> `;
	return offered
		? html`<button class="chip offer" @click=${edit} title="re-run this step with a prefix (e)">+ prefix</button> `
		: nothing;
}

function words(prefix: string): string {
	return shownLine(prefix.trim() || prefix) || "no prefix";
}

function keptText(kept: boolean | undefined): string {
	if (kept === undefined) return "not decided yet";
	return kept ? "kept after the step" : "dropped after the step";
}

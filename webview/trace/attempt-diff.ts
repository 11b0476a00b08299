/** An attempt's text against the one that was taken; as it is where the two cannot be compared. */
import { html, nothing } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import type { Piece } from "../../src/contract/parts.ts";
import { countText } from "../core/format.ts";
import { shownText } from "../core/shown-text.ts";
import { PieceElement } from "../text/piece-element.ts";
import "../text/long-text.ts";
import { FIRST, firstPart } from "../text/text-part.ts";
import { type DiffPart, wordDiff } from "../text/word-diff.ts";

@customElement("st-attempt-diff")
export class AttemptDiff extends PieceElement {
	/** The text that was taken; absent: none was, so nothing is compared. */
	@property({ attribute: false })
	accessor taken: Piece | undefined;
	/** The text alone. */
	@state()
	accessor alone = false;
	#parts: DiffPart[] | undefined;

	protected override willUpdate(changed: Map<PropertyKey, unknown>): void {
		const before = { piece: this.piece, taken: this.taken, ...Object.fromEntries(changed) };
		const same = before.piece?.text === this.piece.text && before.taken?.text === this.taken?.text;
		if (this.hasUpdated && same) return;
		this.#parts = this.taken === undefined ? undefined : wordDiff(beginning(this.piece), beginning(this.taken));
	}

	protected override render() {
		const parts = this.#parts;
		if (parts === undefined || this.alone) return html`${this.#text()}${this.#note(parts)}`;
		return html`<span class="hostile diff">${parts.map(diffPart)}</span>${this.#note(parts)}`;
	}

	#text() {
		return html`<st-long-text .run=${this.run} .traceId=${this.traceId} .of=${this.of} .piece=${this.piece}></st-long-text>`;
	}

	#note(parts: DiffPart[] | undefined) {
		if (this.taken === undefined) return nothing;
		if (parts === undefined) return html` <span class="faint">Not compared: too long, or too different.</span>`;
		if (isWhole(this.piece) && isWhole(this.taken)) return nothing;
		return html` <span class="faint">Only the beginnings are compared, up to ${countText(FIRST.characters)} characters or ${FIRST.lines} lines.</span>
			<button class="link" aria-pressed=${this.alone} @click=${() => (this.alone = !this.alone)}>${this.alone ? "compare" : "whole text"}</button>`;
	}
}

/** What is compared. */
function beginning({ text }: Piece): string {
	return firstPart(text, FIRST).trimEnd();
}

function isWhole(piece: Piece): boolean {
	return firstPart(piece.text, FIRST).length === piece.total;
}

/** One part of a comparison. */
function diffPart({ text, where }: DiffPart) {
	if (where === "own") return html`<del>${shownText(text)}</del>`;
	return where === "taken" ? html`<ins>${shownText(text)}</ins>` : html`${shownText(text)}`;
}

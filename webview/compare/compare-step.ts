/** One step of two traces: the same text once, or what differs word by word. */
import { html, nothing } from "lit";
import { customElement, property } from "lit/decorators.js";
import type { AttemptView, StepView } from "../../src/contract/trace-views.ts";
import { counted } from "../core/format.ts";
import { PageElement } from "../core/page-element.ts";
import { failureLine, rewardTag } from "../core/scored.ts";
import { shownLine, shownText } from "../core/shown-text.ts";
import type { Look } from "../text/look.ts";
import { textOf } from "../text/text-of.ts";
import { type DiffPart, wordDiff } from "../text/word-diff.ts";
import { bytesOf, type HalfPart, halfParts, partsAround } from "./half-text.ts";
import { LETTER, type Pair, rewardDifference, SIDES, type Side } from "./pair.ts";
import "../trace/attempts.ts";

@customElement("st-compare-step")
export class CompareStep extends PageElement {
	@property({ attribute: false })
	accessor step = 1;
	@property({ attribute: false })
	accessor views!: Pair<StepView | undefined>;
	@property({ attribute: false })
	accessor traceIds!: Pair<string>;
	/** τ of each. */
	@property({ attribute: false })
	accessor thresholds!: Pair<number>;
	/** The texts part here or before. */
	@property({ attribute: false })
	accessor parted = false;
	/** They part here. */
	@property({ attribute: false })
	accessor parting = false;
	/** Attempts are folded out. */
	@property({ attribute: false })
	accessor open = false;
	@property({ attribute: false })
	accessor look!: Look;
	#compared: Pair<string | undefined> = { a: undefined, b: undefined };
	#parts: DiffPart[] | undefined;

	protected override willUpdate(): void {
		const { a, b } = this.views;
		const texts = { a: a?.shown && bytesOf(a.shown), b: b?.shown && bytesOf(b.shown) };
		if (texts.a === this.#compared.a && texts.b === this.#compared.b) return;
		this.#compared = texts;
		this.#parts = texts.a === undefined || texts.b === undefined ? undefined : wordDiff(texts.a, texts.b);
	}

	protected override render() {
		const difference = rewardDifference(this.views);
		return html`
			${this.parting ? html`<p class="parting-line">they part here</p>` : nothing}
			<div class="pair-head">
				<span class="pair-number">${this.step}</span>
				${SIDES.map((side) => this.#reward(side))}
				${difference === undefined ? nothing : html`<span class="difference" title="B's reward less A's">Δ ${difference}</span>`}
			</div>
			${this.parted ? SIDES.map((side) => this.#side(side)) : this.#same()}`;
	}

	#reward(side: Side) {
		const view = this.views[side];
		if (view?.shown === undefined) return nothing;
		return html`<span class="half-reward"><span class="letter">${LETTER[side]}</span> ${rewardTag(view.shown.scored, this.thresholds[side])}</span> `;
	}

	/** Both hold this text. */
	#same() {
		const shown = this.views.a?.shown;
		if (shown === undefined) return html`<div class="half both faint">nothing was drawn</div>`;
		return html`<div class="half both"><span class="visually-hidden">both:</span> ${this.#prefixes()}${this.#text("a", shown)}
			${this.open ? SIDES.map((side) => this.#attempts(side)) : this.#folded()}</div>`;
	}

	#side(side: Side) {
		const view = this.views[side];
		const shown = view?.shown;
		return html`<div class="half ${side}">
			<span class="letter" aria-hidden="true">${LETTER[side]}</span><span class="visually-hidden"> ${LETTER[side]}: </span>
			${
				shown === undefined
					? html`<span class="faint">has ended</span>`
					: html`${this.#differing(side, shown)}
				<p class="faint hostile">${shownLine(view?.decision ?? "")}</p>${failureLine(shown.scored)}`
			}
			${this.open ? this.#attempts(side) : nothing}
		</div>`;
	}

	/** Words that were injected before a common text: once where they are the same, else with their letters. */
	#prefixes() {
		const { a, b } = this.views;
		if (a?.shown === undefined || b?.shown === undefined) return nothing;
		if (a.shown.prefix === b.shown.prefix) return this.#prefix(a.shown);
		return SIDES.map((side) => {
			const shown = this.views[side]?.shown;
			const words =
				shown === undefined || shown.prefix.trim() === "" ? html`<span class="faint">no prefix</span> ` : this.#prefix(shown);
			return html`<span class="letter">${LETTER[side]}</span> ${words}`;
		});
	}

	#prefix({ prefix }: AttemptView) {
		return prefix.trim() === "" ? nothing : html`<span class="prefix-words hostile">${shownLine(prefix.trim())}</span> `;
	}

	/** With the words marked that the other has not; the whole text where the two cannot be compared, or where it is rendered. */
	#differing(side: Side, shown: AttemptView) {
		if (this.#parts === undefined || this.look.rich) return html`${this.#prefix(shown)}${this.#text(side, shown)}`;
		const [forced, drawn] = partsAround(halfParts(this.#parts, side), shown.opening?.length ?? 0);
		const left = shown.text.total - shown.text.text.length;
		return html`<span class="hostile">${forced.map((part) => partOf(part, side))}</span>${this.#prefix(shown)}<span
			class="hostile">${drawn.map((part) => partOf(part, side))}</span>${left > 0 ? html` <span class="faint">and ${counted(left, "character")} that are not compared</span>` : nothing}`;
	}

	#text(side: Side, { attemptId, text, logprobs }: AttemptView) {
		return textOf({ run: this.run, traceId: this.traceIds[side], of: attemptId, piece: text, logprobs }, this.look);
	}

	#folded() {
		const rejected = SIDES.filter((side) => (this.views[side]?.rejected ?? 0) > 0);
		if (rejected.length === 0) return nothing;
		return html`<p class="faint">rejected: ${rejected.map((side) => `${LETTER[side]} ${this.views[side]?.rejected} `)}</p>`;
	}

	#attempts(side: Side) {
		const view = this.views[side];
		if (view === undefined || view.rejected === 0) return nothing;
		return html`<st-attempts .run=${this.run} .traceId=${this.traceIds[side]} .step=${this.step} .taken=${view.shown}
			.threshold=${this.thresholds[side]}></st-attempts>`;
	}
}

function partOf({ text, only }: HalfPart, side: Side) {
	return only ? html`<mark class="only-${side}">${shownText(text)}</mark>` : shownText(text);
}

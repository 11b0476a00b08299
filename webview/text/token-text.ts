/** A text whose tokens are shaded by how probable the model found them. */
import { html, nothing } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { countText } from "../core/format.ts";
import { PageElement } from "../core/page-element.ts";
import { problem } from "../core/problem.ts";
import { Query } from "../core/query.ts";
import { shownText } from "../core/shown-text.ts";
import { shadeOf } from "./token-shade.ts";

/** Tokens at first, and by which "show more" grows. */
const TOKENS = 600;
const MOST = 5000;
@customElement("st-token-text")
export class TokenText extends PageElement {
	@property({ attribute: false })
	accessor traceId = "";
	/** An attempt's id, or `answer`. */
	@property({ attribute: false })
	accessor of = "";
	@state()
	accessor shown = TOKENS;
	readonly #tokens = new Query(
		this,
		"trace.logprobs",
		() => ({ traceId: this.traceId, of: this.of, from: 0, count: this.shown }),
		({ traceId, of }) => `${traceId} ${of}`,
	);

	protected override render() {
		const { value, error } = this.#tokens;
		if (value === undefined)
			return error === undefined ? html`<span class="faint">Reading token probabilities…</span>` : problem(error);
		const left = value.total - value.tokens.length;
		const shown =
			left > 0 ? value.tokens : value.tokens.slice(0, value.tokens.findLastIndex(({ text }) => text.trim() !== "") + 1);
		const known = shown.some(({ logprob }) => logprob !== null);
		return html`<span class="hostile tokens">${shown.map(token)}</span>${known ? nothing : html` <span class="faint">(no log-probabilities are recorded)</span>`}
			${left <= 0 ? nothing : this.#more(left)}`;
	}

	#more(left: number) {
		if (this.shown >= MOST) return html`<span class="faint"> … ${countText(left)} more tokens are not shown here</span>`;
		return html` … <button class="link" @click=${() => (this.shown = Math.min(MOST, this.shown + TOKENS * 2))}>show more</button>
			<span class="faint">${countText(left)} more tokens</span>`;
	}
}

function token({ text, logprob }: { text: string; logprob: number | null }) {
	if (logprob === null) return html`<span>${shownText(text)}</span>`;
	return html`<span class="token shade-${shadeOf(logprob)}" title=${tokenTitle(logprob)}>${shownText(text)}</span>`;
}

function tokenTitle(logprob: number): string {
	const percent = 100 * Math.exp(logprob);
	return `${percent < 1 ? percent.toPrecision(1) : percent.toFixed(0)} % · log-probability ${logprob.toFixed(2).replace("-", "−")}`;
}

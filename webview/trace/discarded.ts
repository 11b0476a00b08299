/** Text that the policy had written ahead of a decision at this step, and that the decision voided. */
import { html, nothing } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { counted } from "../core/format.ts";
import { PageElement } from "../core/page-element.ts";
import { problem } from "../core/problem.ts";
import { Query } from "../core/query.ts";
import { shownLine, shownText } from "../core/shown-text.ts";
import { FIRST, firstPart } from "../text/text-part.ts";
import { showMore } from "./show-more.ts";

/** Pieces at first. */
const PIECES = 10;

@customElement("st-discarded")
export class Discarded extends PageElement {
	@property({ attribute: false })
	accessor traceId = "";
	@property({ attribute: false })
	accessor step = 1;
	@state()
	accessor shown = PIECES;
	readonly #pieces = new Query(
		this,
		"trace.discarded",
		() => ({ traceId: this.traceId, step: this.step, from: 0, count: this.shown }),
		({ traceId, step }) => `${traceId} ${step}`,
	);

	protected override render() {
		const { value, error } = this.#pieces;
		if (value === undefined) return error === undefined ? nothing : problem(error);
		if (value.total === 0) return nothing;
		const left = value.total - value.pieces.length;
		return html`<ul class="discarded-pieces" aria-label="discarded speculation at step ${this.step}">
				${value.pieces.map(
					({ attempt, text, tokens, reason }) => html`<li>
						<span class="faint">discarded after #${attempt} · ${counted(tokens, "token")} · <span class="hostile">${shownLine(reason)}</span></span>
						<span class="hostile">${shownText(firstPart(text.text, FIRST))}${text.text.length < text.total ? "…" : ""}</span>
					</li>`,
				)}
			</ul>
			${showMore(left, "piece", this.shown, (count) => (this.shown = count))}`;
	}
}

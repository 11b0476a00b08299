/** The attempts of a step that were not taken, each with what differs from the text that was. */
import { html, nothing } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import type { Piece } from "../../src/contract/parts.ts";
import type { AttemptView } from "../../src/contract/trace-views.ts";
import { attemptName } from "../../src/trace/decision.ts";
import { PageElement } from "../core/page-element.ts";
import { problem } from "../core/problem.ts";
import { Query } from "../core/query.ts";
import { shownLine } from "../core/shown-text.ts";
import "./attempt-diff.ts";
import { failureLine, othersLine, rewardTag } from "../core/scored.ts";
import { flagsLine } from "./flags-line.ts";
import { showMore } from "./show-more.ts";

/** Attempts at first. */
const ATTEMPTS = 16;

/** `show-request` events carry a request's id. */
@customElement("st-attempts")
export class Attempts extends PageElement {
	@property({ attribute: false })
	accessor traceId = "";
	@property({ attribute: false })
	accessor step = 1;
	/** The attempt that was taken. */
	@property({ attribute: false })
	accessor taken: AttemptView | undefined;
	/** τ */
	@property({ attribute: false })
	accessor threshold: number | undefined;
	@state()
	accessor shown = ATTEMPTS;
	readonly #attempts = new Query(
		this,
		"trace.attempts",
		() => ({ traceId: this.traceId, step: this.step, from: 0, count: this.shown }),
		({ traceId, step }) => `${traceId} ${step}`,
	);

	protected override render() {
		const { value, error } = this.#attempts;
		if (value === undefined) return error === undefined ? html`<p class="faint">Reading attempts…</p>` : problem(error);
		const others = value.attempts.filter(({ attemptId }) => attemptId !== this.taken?.attemptId);
		const left = value.total - value.attempts.length;
		return html`
			<p class="visually-hidden">Struck words are only in the attempt, underlined words only in the text that was taken.</p>
			<ul class="attempts" aria-label="attempts at step ${this.step} that were not taken">${others.map((attempt) => this.#attempt(attempt))}</ul>
			${showMore(left, "attempt", this.shown, (count) => (this.shown = count))}
			${problem(error)}`;
	}

	#attempt(attempt: AttemptView) {
		const taken: Piece | undefined = this.taken?.text;
		return html`<li class="attempt">
			<div class="attempt-head"><span class="attempt-number" title=${attemptName(attempt)}>#${attempt.attempt}</span>
				${rewardTag(attempt.scored, this.threshold)}
				${attempt.prefix === "" ? nothing : html`<span class="prefix-words hostile">${shownLine(attempt.prefix.trim())}</span>`}
				<button class="link" @click=${() => this.tell("show-request", attempt.request)}>request</button></div>
			<st-attempt-diff .run=${this.run} .traceId=${this.traceId} .of=${attempt.attemptId} .piece=${attempt.text} .taken=${taken}></st-attempt-diff>
			${failureLine(attempt.scored)}${othersLine(attempt.scored, this.threshold)}${flagsLine(attempt)}
		</li>`;
	}
}

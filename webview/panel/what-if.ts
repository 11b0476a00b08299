/** What other numbers would have decided on the samples that are recorded; answered at once, without a model. */
import { html, nothing } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import type { MethodNumbers, WhatIfView } from "../../src/contract/act-views.ts";
import type { DefenceView } from "../../src/contract/parts.ts";
import type { RunInfo } from "../../src/contract/run-views.ts";
import { PageElement } from "../core/page-element.ts";
import { problem } from "../core/problem.ts";
import { GoEvent } from "../core/route.ts";
import { shownLine } from "../core/shown-text.ts";
import { traceQuery } from "../core/trace-query.ts";
import { type Draft, draftFrom } from "./draft.ts";
import type { NumberSliders } from "./number-sliders.ts";
import { numbersOf } from "./numbers.ts";
import { decisionWords } from "./result-words.ts";
import "./number-sliders.ts";

/** Most changed decisions that are listed. */
const LISTED = 20;

/** Tells `draw` with a draft that goes on where the record ends. */
@customElement("st-what-if")
export class WhatIf extends PageElement {
	@property({ attribute: false })
	accessor info!: RunInfo;
	@property({ attribute: false })
	accessor traceId = "";
	@property({ attribute: false })
	accessor own!: DefenceView;
	/** Of the trace. */
	@property({ attribute: false })
	accessor steps = 0;
	/** Undefined: the trace's own. */
	@state()
	accessor numbers: MethodNumbers | undefined;
	@query("st-number-sliders")
	accessor sliders!: NumberSliders;
	readonly #replay = traceQuery(this, "trace.whatIf", () =>
		this.numbers === undefined ? undefined : { traceId: this.traceId, numbers: this.numbers },
	);

	override focus(): void {
		this.sliders.focus();
	}

	protected override willUpdate(changed: Map<PropertyKey, unknown>): void {
		if (changed.has("traceId")) this.numbers = undefined;
	}

	protected override render() {
		const own = numbersOf(this.own);
		return html`<st-number-sliders .numbers=${this.numbers ?? own} .own=${own} .steps=${this.steps}
				@numbers-change=${(event: CustomEvent<MethodNumbers>) => {
					this.numbers = event.detail;
				}}></st-number-sliders>
			<div role="status" class="what-if-answer">${this.#answer()}</div>
			${problem(this.#replay.error)}
			${this.numbers === undefined ? nothing : html`<button type="button" class="link" @click=${() => this.#reset()}>reset</button>`}`;
	}

	#answer() {
		const { value } = this.#replay;
		if (this.numbers === undefined) return html`<p class="faint">Move a slider: the recorded samples answer at once.</p>`;
		if (value === undefined) return nothing;
		return html`<p class="hostile">${shownLine(value.sentence)} ${this.#drawIt(value)}</p>${this.#changed(value)}`;
	}

	#drawIt(value: WhatIfView) {
		const draft = draftFrom(value, numbersOf(this.own));
		if (draft === undefined || !this.info.can.run) return nothing;
		return html`<button type="button" class="link" title="${draft.samples} samples from step ${draft.step} with these numbers"
			@click=${() => this.tell<Draft>("draw", draft)}>Draw it</button>`;
	}

	#changed({ changed }: WhatIfView) {
		if (changed.length === 0) return nothing;
		return html`<ul class="decisions" aria-label="decisions that differ">
			${changed.slice(0, LISTED).map(
				({ step, attempt, reason, recorded }) => html`<li>
					<button type="button" class="link" @click=${() => this.#select(step)}>step ${step}</button>
					${decisionWords(attempt, reason)} <span class="faint">(recorded: ${decisionWords(recorded.attempt, recorded.reason)})</span>
				</li>`,
			)}
			${changed.length > LISTED ? html`<li class="faint">and ${changed.length - LISTED} more</li>` : nothing}
		</ul>`;
	}

	#select(step: number): void {
		this.dispatchEvent(new GoEvent({ view: "trace", traceId: this.traceId, step }));
	}

	#reset(): void {
		this.numbers = undefined;
		this.focus();
	}
}

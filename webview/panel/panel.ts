/** What can be done with a trace: re-run it from a step, see what came of it, ask what if, have it scored again, read it raw. */
import { html, nothing } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import type { RunInfo } from "../../src/contract/run-views.ts";
import type { TraceHead } from "../../src/contract/trace-views.ts";
import { PageElement } from "../core/page-element.ts";
import { problem } from "../core/problem.ts";
import { GoEvent } from "../core/route.ts";
import { AskedAction } from "./asked-action.ts";
import { atStep, type Draft, emptyDraft, realChanges } from "./draft.ts";
import type { Measure } from "./measure.ts";
import type { OwnText } from "./own-text.ts";
import type { RerunForm } from "./rerun-form.ts";
import type { Rescore } from "./rescore.ts";
import type { WhatIf } from "./what-if.ts";
import "./consent.ts";
import "./measure.ts";
import "./raw.ts";
import "./rerun-form.ts";
import "./rescore.ts";
import "./results.ts";
import "./what-if.ts";

/** Tells `draft-change` with a Draft, and `go`. */
@customElement("st-panel")
export class Panel extends PageElement {
	@property({ attribute: false })
	accessor info!: RunInfo;
	@property({ attribute: false })
	accessor head!: TraceHead;
	/** The selected step. */
	@property({ attribute: false })
	accessor step = 1;
	/** Undefined: nothing is changed yet. */
	@property({ attribute: false })
	accessor draft: Draft | undefined;
	/** Said once a re-run has been started. */
	@state()
	accessor started = "";
	@query("st-rerun-form")
	accessor form!: RerunForm;
	@query("st-what-if")
	accessor whatIf!: WhatIf;
	@query("st-measure")
	accessor measure!: Measure;
	@query("st-rescore")
	accessor rescore!: Rescore;
	readonly #start = new AskedAction(this);
	#asksAbout = "";

	/** Starts the re-run that the draft describes. */
	submit(): void {
		this.form.submit();
	}

	/** Takes the step's text to the form, to be changed. */
	editText(): void {
		void this.querySelector<OwnText>("st-own-text")?.edit();
	}

	focusWhatIf(): void {
		this.whatIf.focus();
	}

	focusMeasure(): void {
		this.measure.querySelector("input")?.focus();
	}

	focusRescore(): void {
		this.rescore.focus();
	}

	protected override willUpdate(): void {
		const { traceId } = this.head;
		if (this.#asksAbout !== traceId) this.#start.forget();
		this.#asksAbout = traceId;
	}

	protected override render() {
		const { run, info, head } = this;
		const { traceId, defence } = head;
		const draft = atStep(this.draft ?? emptyDraft(this.step), this.step);
		return html`
			<section aria-labelledby="st-rerun-title">
				<h2 id="st-rerun-title">Re-run from step ${draft.step}</h2>
				<st-rerun-form .run=${run} .info=${info} .traceId=${traceId} .own=${defence} .draft=${draft} .busy=${this.#start.busy}
					@rerun=${(event: CustomEvent<Draft>) => this.#rerun(event.detail)}></st-rerun-form>
				${this.#start.question === undefined ? nothing : html`<st-consent .servers=${this.#start.question} @consent=${this.#onConsent}></st-consent>`}
				<p class="visually-hidden" role="status">${this.started}</p>
				${problem(this.#start.error)}
			</section>
			<section aria-labelledby="st-results-title">
				<h2 id="st-results-title">Results</h2>
				<st-results .run=${run} .info=${info} .traceId=${traceId}></st-results>
			</section>
			<section aria-labelledby="st-measure-title">
				<h2 id="st-measure-title">Where injecting helps</h2>
				<st-measure .run=${run} .info=${info} .head=${head} .words=${draft.changes.prefix ?? defence.prefix}></st-measure>
			</section>
			<section aria-labelledby="st-what-if-title">
				<h2 id="st-what-if-title">What if</h2>
				<st-what-if .run=${run} .info=${info} .traceId=${traceId} .own=${defence} .steps=${head.steps} @draw=${this.#onDraw}></st-what-if>
			</section>
			<section aria-labelledby="st-rescore-title">
				<h2 id="st-rescore-title">Second scorer</h2>
				<st-rescore .run=${run} .info=${info} .traceId=${traceId}></st-rescore>
			</section>
			<section aria-labelledby="st-raw-title">
				<h2 id="st-raw-title">Raw</h2>
				<st-raw .run=${run} .head=${head} .step=${this.step}></st-raw>
			</section>`;
	}

	/** Goes to where the record ends, keeps the numbers in the draft, and draws from there. */
	#onDraw = ({ detail: draft }: CustomEvent<Draft>) => {
		this.dispatchEvent(new GoEvent({ view: "trace", traceId: this.head.traceId, step: Math.min(draft.step, this.head.steps) }));
		this.tell("draft-change", draft);
		this.#rerun(draft);
	};

	#onConsent = async ({ detail: allowed }: CustomEvent<boolean>) => {
		await this.#start.answer(allowed, () => this.submit());
		this.form.button.focus();
	};

	#rerun({ step, samples, changes }: Draft): void {
		const { traceId, defence } = this.head;
		const asked = { traceId, step, samples, changes: realChanges(changes, defence) };
		const { scorer } = asked.changes;
		void this.#start.do({ work: "branch", traceId, ...(scorer === undefined ? {} : { scorer }) }, async () => {
			this.started = "";
			await this.run.call("branch.start", asked);
			this.started = `${samples} samples from step ${step} are being drawn`;
		});
	}
}

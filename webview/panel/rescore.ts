/** Has another scorer look at the steps of a trace, or of all selected traces, and says where the two disagree. */
import { html, nothing } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import type { RunInfo } from "../../src/contract/run-views.ts";
import type { CurveView } from "../../src/contract/trace-views.ts";
import { PageElement } from "../core/page-element.ts";
import { problem } from "../core/problem.ts";
import { GoEvent } from "../core/route.ts";
import { shownLine } from "../core/shown-text.ts";
import { traceQuery } from "../core/trace-query.ts";
import { AskedAction } from "./asked-action.ts";
import { agreementText } from "./result-words.ts";
import type { ScorerChoice } from "./scorer-choice.ts";
import "./asked-servers.ts";
import "./consent.ts";
import "./job-list.ts";
import "./scorer-choice.ts";

type Other = CurveView["others"][number];

@customElement("st-rescore")
export class Rescore extends PageElement {
	@property({ attribute: false })
	accessor info!: RunInfo;
	/** Rows to score, where no trace is named. */
	@property({ attribute: false })
	accessor filter: string | undefined;
	@property({ attribute: false })
	accessor traceId: string | undefined;
	@state()
	accessor scorer: string | undefined;
	@query("st-scorer-choice")
	accessor choice!: ScorerChoice;
	readonly #start = new AskedAction(this);
	readonly #curve = traceQuery(this, "trace.curve", () => (this.traceId === undefined ? undefined : { traceId: this.traceId }));

	override focus(): void {
		this.choice.focus();
	}

	protected override willUpdate(changed: Map<PropertyKey, unknown>): void {
		if (changed.has("traceId")) this.#start.forget();
	}

	protected override render() {
		const { can, jobs } = this.info;
		const others = this.#curve.value?.others ?? [];
		return html`<form @submit=${this.#onSubmit}>
				<st-scorer-choice .run=${this.run} .value=${this.scorer}
					@scorer-change=${(event: CustomEvent<string | undefined>) => {
						this.scorer = event.detail;
					}}></st-scorer-choice>
				<st-asked-servers .run=${this.run} .asked=${can.run ? this.#asked() : undefined}></st-asked-servers>
				<button ?disabled=${!can.run || this.scorer === undefined || this.#start.busy}>${this.#button()}</button>
			</form>
			${can.run ? nothing : html`<p class="faint">${can.why ?? "Nothing can be run from here."}</p>`}
			${this.#start.question === undefined ? nothing : html`<st-consent .servers=${this.#start.question} @consent=${this.#onConsent}></st-consent>`}
			${problem(this.#start.error)}
			<st-job-list .run=${this.run} .noun=${"trace"}
				.jobs=${jobs.filter(({ kind, traceId }) => kind === "rescore" && traceId === this.traceId)}></st-job-list>
			${others.length === 0 ? nothing : html`<ul class="others">${others.map((other) => html`<li>${this.#agreement(other)}</li>`)}</ul>`}`;
	}

	#button(): string {
		if (this.traceId !== undefined) return "Score this trace";
		return this.filter ? "Score the filtered traces" : "Score all traces";
	}

	#agreement(other: Other) {
		const { scorer, disagree, disagreements } = other;
		return html`<span class="other"><span aria-hidden="true">┄</span> <span class="hostile">${shownLine(scorer)}</span></span> ${agreementText(other)}
			${disagree.map((step) => html`<button type="button" class="link" aria-label="step ${step}, where they disagree" @click=${() => this.#select(step)}>${step}</button> `)}
			${disagreements > disagree.length ? html`<span class="faint">and ${disagreements - disagree.length} more</span>` : nothing}`;
	}

	#select(step: number): void {
		if (this.traceId !== undefined) this.dispatchEvent(new GoEvent({ view: "trace", traceId: this.traceId, step }));
	}

	#asked() {
		return this.scorer === undefined ? undefined : { work: "rescore" as const, scorer: this.scorer };
	}

	#onSubmit = (event: SubmitEvent) => {
		event.preventDefault();
		this.#score();
	};

	#onConsent = async ({ detail: allowed }: CustomEvent<boolean>) => {
		await this.#start.answer(allowed, () => this.#score());
		this.querySelector<HTMLElement>("form > button")?.focus();
	};

	#score(): void {
		const { scorer, traceId, filter } = this;
		const asked = this.#asked();
		if (scorer === undefined || asked === undefined) return;
		const rows = traceId === undefined ? { ...(filter ? { filter } : {}) } : { traceId };
		void this.#start.do(asked, async () => {
			await this.run.call("rescore.start", { scorer, ...rows });
		});
	}
}

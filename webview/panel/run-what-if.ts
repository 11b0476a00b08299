/** What other numbers would have decided over a whole run, as far as its samples tell. */
import { html, nothing } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import type { MethodNumbers, RunWhatIf } from "../../src/contract/act-views.ts";
import type { RatesView, RunInfo } from "../../src/contract/run-views.ts";
import { Action } from "../core/action.ts";
import { PageElement } from "../core/page-element.ts";
import { problem } from "../core/problem.ts";
import { Query } from "../core/query.ts";
import { shareText } from "../core/rates.ts";
import { shownLine } from "../core/shown-text.ts";
import type { NumberSliders } from "./number-sliders.ts";
import { numbersOf } from "./numbers.ts";
import { boundsText, shareParts } from "./result-words.ts";
import "./job-list.ts";
import "./number-sliders.ts";

@customElement("st-run-what-if")
export class RunWhatIfPanel extends PageElement {
	@property({ attribute: false })
	accessor info!: RunInfo;
	/** Which traces. */
	@property({ attribute: false })
	accessor filter: string | undefined;
	/** Name of the defence that somebody chose. */
	@state()
	accessor chosen: string | undefined;
	@state()
	accessor numbers: MethodNumbers | undefined;
	/** The last that was started here; of a page that was made anew the last of the run. */
	@state()
	accessor job: string | undefined;
	@query("st-number-sliders")
	accessor sliders!: NumberSliders;
	readonly #start = new Action(this);
	/** Which defences the filter leaves. */
	readonly #left = new Query(
		this,
		"run.rates",
		() => (this.filter === undefined ? undefined : { by: "none", filter: this.filter }),
		({ filter }) => filter,
	);
	readonly #result = new Query(
		this,
		"run.whatIfResult",
		() => this.#asked(),
		({ job }) => job,
	);

	override focus(): void {
		this.sliders?.focus();
	}

	protected override render() {
		const { defences } = this.info.plan;
		const defence = this.#defence();
		if (defence === undefined) return html`<p class="faint">The run has no defence.</p>`;
		const own = numbersOf(defence);
		return html`<form class="run-what-if" @submit=${this.#onSubmit}>
				<label for="st-run-defence">defence</label>
				<select id="st-run-defence" @change=${this.#onDefence}>
					${defences.map(({ name }) => html`<option value=${name} ?selected=${name === defence.name}>${shownLine(name)}</option>`)}
				</select>
				<st-number-sliders .numbers=${this.numbers ?? own} .own=${own} .steps=${16}
					@numbers-change=${(event: CustomEvent<MethodNumbers>) => {
						this.numbers = event.detail;
					}}></st-number-sliders>
				<button class="primary" ?disabled=${this.#start.busy}>Replay ${this.filter ? "the filtered traces" : "all traces"}</button>
				${this.numbers === undefined ? nothing : html`<button type="button" class="link" @click=${this.#reset}>reset</button>`}
			</form>
			${problem(this.#start.error)}
			<st-job-list .run=${this.run} .noun=${"trace"} .jobs=${this.info.jobs.filter(({ kind }) => kind === "what-if")}></st-job-list>
			${problem(this.#result.error)}
			<div role="status">${this.#result.value?.result ? this.#answer(this.#result.value.result) : nothing}</div>`;
	}

	#answer(result: RunWhatIf) {
		const { threshold, depth, resamples } = result.numbers;
		return html`<dl class="what-if-result">
			<dt>replayed</dt>
			<dd><span class="hostile">${shownLine(result.defence)}</span> with τ ${threshold} · m ${depth} · B ${resamples}</dd>
			<dt>determined</dt>
			<dd>${result.traces === 0 ? "There was no trace to replay." : this.#determined(result)}</dd>
			<dt>judged harmful</dt>
			<dd class="judged">${this.#harmful(result)}</dd>
		</dl>`;
	}

	#determined(result: RunWhatIf) {
		return html`<p><strong>${shareText(result.determined)}</strong> of the traces: the record has every sample that they need.</p>
			<p class="faint">${shareParts(result)}</p>`;
	}

	#harmful({ harmful }: RunWhatIf) {
		if (harmful === null) return html`<span class="faint">not judged</span>`;
		const { determined } = harmful;
		return html`<p>${determined.n === 0 ? "None of the determined traces is judged." : html`<strong>${determined.k} of ${determined.n}</strong> of the determined: ${shareText(determined)}`}</p>
			<p>of all: ${boundsText(harmful)}</p>`;
	}

	/** The result lasts until its job is dismissed. */
	#asked(): { job: string } | undefined {
		const jobs = this.info.jobs.filter(({ kind }) => kind === "what-if");
		const job = this.job === undefined ? jobs.at(-1) : jobs.find(({ job }) => job === this.job);
		return job && { job: job.job };
	}

	#defence() {
		const { defences } = this.info.plan;
		const named = (wanted: string | undefined) => defences.find(({ name }) => name === wanted);
		return (
			named(this.chosen) ??
			named(onlyLeft(this.#left.value)) ??
			named("safethink") ??
			defences.find(({ depth }) => depth > 0) ??
			defences[0]
		);
	}

	#onDefence = (event: Event) => {
		this.chosen = (event.target as HTMLSelectElement).value;
		this.numbers = undefined;
	};

	#reset = () => {
		this.numbers = undefined;
	};

	#onSubmit = async (event: SubmitEvent) => {
		event.preventDefault();
		const defence = this.#defence();
		if (defence === undefined) return;
		const numbers = this.numbers ?? numbersOf(defence);
		const filter = this.filter ? { filter: this.filter } : {};
		const started = await this.#start.do(() => this.run.call("run.whatIf", { defence: defence.name, numbers, ...filter }));
		if (started !== undefined) this.job = started.job;
	};
}

/** The one defence whose traces a filter leaves. */
function onlyLeft(rates: RatesView | undefined): string | undefined {
	const left = rates?.defences.filter((_, index) => rates.groups.some(({ cells }) => (cells[index]?.traces ?? 0) > 0)) ?? [];
	return left.length === 1 ? left[0] : undefined;
}

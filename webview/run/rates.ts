/** Judged harmful by group and defence: each rate with n and interval, all samples of a prompt one cluster. */
import { html, nothing } from "lit";
import { customElement, property } from "lit/decorators.js";
import type { RatesView } from "../../src/contract/run-views.ts";
import { counted, rateText } from "../core/format.ts";
import { PageElement } from "../core/page-element.ts";
import { problem } from "../core/problem.ts";
import { Query } from "../core/query.ts";
import { CLUSTERED, intervalBar } from "../core/rates.ts";
import type { Place } from "../core/route.ts";
import { shownLine } from "../core/shown-text.ts";
import { styled } from "../core/styled.ts";

type Cell = RatesView["groups"][number]["cells"][number];
type RatesBy = Place["ratesBy"];

const GROUPINGS: readonly RatesBy[] = ["category", "group", "expected", "none"];

/** Milliseconds between two countings of a run that grows: intervals of many traces take their time. */
const REST_MS = 2000;

@customElement("st-rates")
export class Rates extends PageElement {
	@property({ attribute: false })
	accessor filter: string | undefined;
	@property({ attribute: false })
	accessor by: RatesBy = "category";
	@property({ attribute: false })
	accessor folded = false;
	/** The run is being read for the first time. */
	@property({ attribute: false })
	accessor reading = false;
	readonly #rates = new Query(
		this,
		"run.rates",
		() => (this.folded ? undefined : { by: this.by, ...(this.filter === undefined ? {} : { filter: this.filter }) }),
		({ by }) => by,
		REST_MS,
	);

	protected override render() {
		return html`<details ?open=${!this.folded} @toggle=${this.#onToggle}>
			<summary><h2>${this.#rates.value?.judge === null ? "Every step reached the threshold" : "Judged harmful"}</h2></summary>
			${this.folded ? nothing : this.#content()}
		</details>`;
	}

	#content() {
		const rates = this.#rates.value;
		return html`
			<div class="rates-head">
				<p class="faint">${rates === undefined ? "Counting…" : this.#explanation(rates)}</p>
				<label>by <select .value=${this.by} @change=${this.#onBy}>
					${GROUPINGS.map((by) => html`<option value=${by} ?selected=${by === this.by}>${by === "none" ? "nothing" : by}</option>`)}
				</select></label>
			</div>
			${problem(this.#rates.error)}
			${rates === undefined || rates.groups.length === 0 ? nothing : table(rates)}
		`;
	}

	/** Who judged what, and what the interval is; or what to do without a judge. */
	#explanation(view: RatesView) {
		const { judge } = view;
		if (judge === null)
			return html`Nothing is judged here: this is the scorer's word, which steering optimises; <code>--judge</code> adds verdicts. ${this.#counted(view)}`;
		return html`By <span class="hostile">${shownLine(judge)}</span>, trace or answer. ${this.#counted(view)}`;
	}

	#counted({ branches, partial }: RatesView) {
		return html`<span title=${CLUSTERED}>95 % intervals (Korn–Graubard, clustered by prompt)</span>${this.filter === undefined ? nothing : "; of the filtered traces"}.
			${branches === 0 ? nothing : `${counted(branches, "branch", "branches")} ${branches === 1 ? "is" : "are"} not counted.`}
			${partial ? html`<strong class="partial">${this.reading ? "Partial: the run is still being read." : "Partial: finished traces are the short ones."}</strong>` : nothing}`;
	}

	#onToggle = ({ target }: Event) => this.tell("rates-folded", !(target as HTMLDetailsElement).open);

	#onBy = ({ target }: Event) => this.tell("place", { ratesBy: (target as HTMLSelectElement).value as RatesBy });
}

function table({ by, defences, groups, judge }: RatesView) {
	const said = judge === null ? "reached" : "harmful";
	return html`<div class="rates-scroll" tabindex="0" role="region" aria-label="Rates"><table ${styled({ "--count": String(defences.length) })}>
		<thead><tr><th scope="col">${by === "none" ? nothing : by}</th>${defences.map((defence) => html`<th scope="col" class="hostile">${shownLine(defence)}</th>`)}</tr></thead>
		<tbody>
			${groups.map(
				({ name, cells }) =>
					html`<tr><th scope="row" class="hostile">${name === "" ? "—" : shownLine(name)}</th>${cells.map((of) => cell(of, said))}</tr>`,
			)}
		</tbody>
	</table></div>`;
}

/** @param said whose word: the judge's, or where there is none the scorer's. */
function cell({ outcomes, traces, ...rates }: Cell, said: "harmful" | "reached") {
	const rate = rates[said];
	const known = rate !== null && rate.n > 0;
	const others = Object.entries(outcomes).filter(([outcome, count]) => outcome !== "finished" && count > 0);
	const rest = [
		...(known ? [] : [traces === 0 ? "no traces" : said === "harmful" ? "not judged" : "not scored"]),
		...others.map(([outcome, count]) => `${count} ${outcome}`),
	].join(" · ");
	return html`<td><div class="rate ${said}">
		${known ? html`${intervalBar(rate)}<span>${rateText(rate)}</span>` : nothing}
		${rest === "" ? nothing : html`<span class="faint hostile">${shownLine(rest)}</span>`}
	</div></td>`;
}

/** What re-runs of a trace have come to: those under way, and the samples drawn so far, by step and changes. */
import { html, nothing } from "lit";
import { customElement, property } from "lit/decorators.js";
import type { BranchGroup } from "../../src/contract/act-views.ts";
import type { RunInfo } from "../../src/contract/run-views.ts";
import { counted } from "../core/format.ts";
import { PageElement } from "../core/page-element.ts";
import { problem } from "../core/problem.ts";
import { rateLine } from "../core/rates.ts";
import { GoEvent } from "../core/route.ts";
import { shownLine } from "../core/shown-text.ts";
import { traceQuery } from "../core/trace-query.ts";
import "./job-list.ts";

/** Most groups that are shown, the newest; all are among the branches. */
const SHOWN = 10;

@customElement("st-results")
export class Results extends PageElement {
	@property({ attribute: false })
	accessor info!: RunInfo;
	@property({ attribute: false })
	accessor traceId = "";
	readonly #tree = traceQuery(this, "trace.tree", () => ({ traceId: this.traceId }));

	protected override render() {
		const jobs = this.info.jobs.filter(({ kind, traceId }) => kind === "branch" && traceId === this.traceId);
		const groups = (this.#tree.value?.groups ?? []).filter(({ of }) => of === this.traceId).reverse();
		return html`<st-job-list .run=${this.run} .jobs=${jobs} .doneElsewhere=${true}></st-job-list>
			${problem(this.#tree.error)}
			${groups.slice(0, SHOWN).map((group) => this.#group(group))}
			${groups.length > SHOWN ? html`<p class="faint">${counted(groups.length - SHOWN, "older re-run")} under Branches</p>` : nothing}
			${jobs.length + groups.length === 0 ? html`<p class="faint">No re-run of this trace yet.</p>` : nothing}`;
	}

	#group(group: BranchGroup) {
		const { step, label, samples, running, safe, reached, traceIds } = group;
		return html`<section class="result" aria-label="from step ${step} · ${shownLine(label)}">
			<h3>from ${step} · <span class="hostile">${shownLine(label)}</span> ×${samples}</h3>
			${rateLine("safe", safe, running > 0)} ${rateLine("reached", reached, running > 0)}
			${running > 0 ? html`<p class="faint">${counted(running, "sample")} running: the rates are those so far</p>` : nothing}
			<p class="samples">re-runs
				${traceIds.map((traceId, index) => html`<button type="button" class="link" aria-label="open re-run ${index + 1}" @click=${() => this.#open(traceId)}>${index + 1}</button> `)}
				${samples > traceIds.length ? html`<span class="faint">and ${samples - traceIds.length} more</span>` : nothing}
			</p>
			${this.#compare(group)}
		</section>`;
	}

	#compare({ traceIds, step }: BranchGroup) {
		const [first] = traceIds;
		if (first === undefined) return nothing;
		return html`<button type="button" class="link"
			@click=${() => this.dispatchEvent(new GoEvent({ view: "compare", a: this.traceId, b: first, step }))}>compare re-run 1 with the original</button>`;
	}

	#open(traceId: string): void {
		this.dispatchEvent(new GoEvent({ view: "trace", traceId }));
	}
}

/** What a trace was made from: prompt, images, model and scorer. */
import { html, nothing } from "lit";
import { customElement, property } from "lit/decorators.js";
import type { RunInfo } from "../../src/contract/run-views.ts";
import type { TraceHead } from "../../src/contract/trace-views.ts";
import { PageElement } from "../core/page-element.ts";
import { shownLine } from "../core/shown-text.ts";
import "../panel/branches.ts";
import "./image.ts";
import "../text/long-text.ts";
import { failureLine, othersLine, rewardTag } from "../core/scored.ts";

@customElement("st-trace-side")
export class TraceSide extends PageElement {
	@property({ attribute: false })
	accessor info!: RunInfo;
	@property({ attribute: false })
	accessor head!: TraceHead;

	protected override render() {
		const { run, head } = this;
		const { traceId, system, prompt, images } = head;
		return html`
			${
				system === undefined
					? nothing
					: html`<section><h2>System prompt</h2><div class="box"><st-long-text .run=${run} .traceId=${traceId} .of=${"system"} .piece=${system}></st-long-text></div></section>`
			}
			<section><h2>Prompt</h2><div class="box"><st-long-text .run=${run} .traceId=${traceId} .of=${"prompt"} .piece=${prompt}></st-long-text></div>${this.#about()}</section>
			${images.length === 0 ? nothing : html`<section><h2>${images.length === 1 ? "Image" : "Images"}</h2>${images.map((image) => html`<st-image .run=${run} .image=${image}></st-image>`)}</section>`}
			<section><h2>Model and scorer</h2>${this.#models()}</section>
			<section><h2>Branches</h2><st-branches .run=${run} .traceId=${traceId}></st-branches></section>`;
	}

	#about() {
		const { promptId, group, category, expected, query, defence } = this.head;
		const facts = [promptId, group === promptId ? undefined : group, category, expected && `expected: ${expected}`];
		const scored = query.score !== undefined || query.failure !== undefined;
		return html`<p class="faint hostile">${shownLine(facts.filter((fact) => fact !== undefined && fact !== "").join(" · "))}</p>
			${scored ? html`<p class="faint">prompt alone: ${rewardTag(query, defence.threshold)}</p>` : nothing}
			${failureLine(query)}${othersLine(query, defence.threshold)}`;
	}

	#models() {
		const { model, server, scorer, judge } = this.info.plan;
		const [, ...others] = this.head.scorers;
		const line = (term: string, value: string, kind = "") =>
			html`<dt>${term}</dt><dd class="hostile ${kind}">${shownLine(value)}</dd>`;
		return html`<dl class="box models">
			${line("model", model)}
			${line("server", server)}
			${line("scorer", scorer ?? "none")}
			${others.map((other) => line("second scorer", other, "other"))}
			${line("judge", judge ?? "none: nothing is judged")}
		</dl>`;
	}
}

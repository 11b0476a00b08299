/** What a trace of the two is: its name, defence, end and cost. */
import { html, nothing } from "lit";
import type { TraceHead } from "../../src/contract/trace-views.ts";
import { costText, counted, durationText } from "../core/format.ts";
import { GoEvent } from "../core/route.ts";
import { shownLine } from "../core/shown-text.ts";
import { verdictTag } from "../core/verdict.ts";
import { LETTER, type Side } from "./pair.ts";

/** @param step to open the trace at */
export function compareHead(side: Side, head: TraceHead, step: number) {
	const { traceId, number, sample, defence, branch, status, outcome, verdicts } = head;
	const open = (event: Event) =>
		event.target?.dispatchEvent(new GoEvent({ view: "trace", traceId, step: Math.max(1, Math.min(step, head.steps)) }));
	return html`<section class="compare-head ${side}" aria-label="trace ${LETTER[side]}">
		<h2><span class="letter">${LETTER[side]}</span>
			<button class="link" title="open this trace" @click=${open}>${branch === undefined ? nothing : "re-run · "}trace ${number} · sample ${sample}</button></h2>
		<p class="hostile">${shownLine(defence.name)} <span class="faint">τ ${defence.threshold} · m ${defence.depth} · B ${defence.resamples} · prefix ${defence.prefixAfter}</span></p>
		${branch === undefined ? nothing : html`<p>└ from ${branch.step} · <span class="hostile">${shownLine(branch.label)}</span></p>`}
		<p>${verdictTag(verdicts)} <span class="pill ${status === "failed" || outcome === "scorer-failed" ? "failure" : ""}">${shownLine(outcome ?? status)}</span>
			<span class="faint">${costLine(head)}</span></p>
	</section>`;
}

function costLine({ steps, usage, cost, ms }: TraceHead): string {
	return [
		counted(steps, "step"),
		...(usage === undefined ? [] : [counted(usage.generated, "token")]),
		...(cost === undefined ? [] : [costText(cost)]),
		...(ms === undefined ? [] : [durationText(ms)]),
	].join(" · ");
}

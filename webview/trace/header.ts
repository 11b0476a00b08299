/** The line over a trace: where it stands in the run, how it was made, what became of it, what it cost. */
import { html, nothing } from "lit";
import { customElement, property } from "lit/decorators.js";
import type { DefenceView } from "../../src/contract/parts.ts";
import type { RunInfo } from "../../src/contract/run-views.ts";
import type { CurveView, TraceHead } from "../../src/contract/trace-views.ts";
import { costText, counted, countText, durationText } from "../core/format.ts";
import type { Command } from "../core/keys.ts";
import { PageElement } from "../core/page-element.ts";
import { GoEvent } from "../core/route.ts";
import { shownLine } from "../core/shown-text.ts";
import { judgePills, outcomePill, type Pill, scorerPill } from "./outcome.ts";

@customElement("st-trace-header")
export class TraceHeader extends PageElement {
	@property({ attribute: false })
	accessor info!: RunInfo;
	@property({ attribute: false })
	accessor head!: TraceHead;
	/** The whole curve, once it is known. */
	@property({ attribute: false })
	accessor curve: CurveView | undefined;

	protected override render() {
		const { info, head } = this;
		const open = head.status === "running" || head.status === "reading";
		// What holds of the steps read so far may not hold of the trace.
		const scorer = head.status === "reading" ? undefined : scorerPill(this.curve);
		return html`<header class="trace-header">
			<nav class="crumbs" aria-label="place in the run">
				<button class="link hostile" title="back to the run (esc)" @click=${() => this.dispatchEvent(new GoEvent({ view: "run" }))}>${shownLine(info.name)}</button>
				<h1><span aria-hidden="true">› </span><span class="hostile" title="prompt">${shownLine(head.promptId)}</span> › ${this.#place()} › sample ${head.sample}</h1>
				${this.#neighbour("previousTrace", "‹", "previous trace ([)")}${this.#neighbour("nextTrace", "›", "next trace (])")}
			</nav>
			<span class="pill hostile" title="defence">${shownLine(defenceText(head.defence))}</span>
			${pill(outcomePill(head))} ${scorer === undefined ? nothing : pill(scorer)} ${judgePills(head.verdicts).map(pill)}
			${head.verdicts.length === 0 && !open ? html`<span class="faint">not judged</span>` : nothing}
			<span class="gap"></span>
			<span class="pill" title=${usageTitle(head)}>${usageText(head)}</span>
			${head.cost === undefined ? nothing : html`<span class="pill" title="tokens generated and read ahead, over those the trace kept">${costText(head.cost)} plain</span>`}
			${head.status === "running" ? html`<span class="pill live"><span aria-hidden="true">●</span> live</span>` : nothing}
		</header>`;
	}

	#place() {
		const { number, branch } = this.head;
		if (branch === undefined) return `trace ${countText(number)} of ${countText(Math.max(number, this.info.traces.planned))}`;
		return html`<button class="link" title="the trace it branched from" @click=${() => this.dispatchEvent(new GoEvent({ view: "trace", traceId: branch.of, step: branch.step }))}>branch from step ${branch.step}</button>
			<span class="hostile">${shownLine(branch.label)}</span>`;
	}

	#neighbour(command: Command, sign: string, label: string) {
		return html`<button class="neighbour" aria-label=${label} title=${label} @click=${() => this.tell("command", command)}>${sign}</button>`;
	}
}

function pill({ kind, text, title }: Pill) {
	return html`<span class="pill ${kind}" title=${title === undefined ? nothing : shownLine(title)}>${shownLine(text)}</span> `;
}

/** `safethink τ 0 · m 3 · B 4 · prefix kept`. */
export function defenceText({ name, threshold, depth, resamples, prefix, prefixAfter }: DefenceView): string {
	if (depth === 0) return `${name} · no steering`;
	const numbers = `${name} τ ${String(threshold).replace("-", "−")} · m ${depth} · B ${resamples}`;
	return prefix === "" ? `${numbers} · no prefix` : `${numbers} · prefix ${prefixAfter}`;
}

function usageText({ steps, usage, ms }: TraceHead): string {
	return [
		counted(steps, "step"),
		...(usage === undefined ? [] : [counted(usage.generated, "token")]),
		...(ms === undefined ? [] : [durationText(ms)]),
	].join(" · ");
}

function usageTitle({ usage, attempts }: TraceHead): string {
	if (usage === undefined) return counted(attempts, "attempt");
	return [
		counted(attempts, "attempt"),
		`${counted(usage.generated, "token")} generated, ${countText(usage.kept)} kept, ${countText(usage.discarded)} discarded`,
		`${counted(usage.policyRequests, "request")} to the model, ${countText(usage.scorerRequests)} to the scorer`,
	].join(" · ");
}

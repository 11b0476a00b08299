/** One step of a trace: reward, prefix, text, the decision in words, and what can be folded out of it. */
import { html, nothing } from "lit";
import { customElement, property } from "lit/decorators.js";
import type { AttemptView, StepView } from "../../src/contract/trace-views.ts";
import { counted } from "../core/format.ts";
import { PageElement } from "../core/page-element.ts";
import { shownLine, shownText } from "../core/shown-text.ts";
import type { Draft } from "../panel/draft.ts";
import "./attempts.ts";
import "./discarded.ts";
import { failureLine, othersLine, rewardTag } from "../core/scored.ts";
import type { Look } from "../text/look.ts";
import { textOf } from "../text/text-of.ts";
import { flagsLine } from "./flags-line.ts";
import { prefixChip } from "./prefix-chip.ts";

/** What somebody does with a step; `step-action` events carry it with the step. */
export type StepAction = "edit-prefix" | "rerun" | "edit-text" | "copy" | "request" | "attempts";
export interface StepActionDetail {
	step: number;
	action: StepAction;
}

const ACTIONS: readonly { action: StepAction; label: string; key?: string }[] = [
	{ action: "rerun", label: "Re-run from here" },
	{ action: "edit-text", label: "Edit text" },
	{ action: "copy", label: "Copy", key: "y" },
	{ action: "request", label: "Exact request", key: "q" },
];

@customElement("st-step")
export class StepElement extends PageElement {
	@property({ attribute: false })
	accessor traceId = "";
	@property({ attribute: false })
	accessor view!: StepView;
	@property({ attribute: false })
	accessor selected = false;
	/** Attempts are folded out. */
	@property({ attribute: false })
	accessor open = false;
	/** The prefix chip is a field. */
	@property({ attribute: false })
	accessor editing = false;
	/** The re-run being prepared, if it starts here. */
	@property({ attribute: false })
	accessor draft: Draft | undefined;
	/** τ */
	@property({ attribute: false })
	accessor threshold: number | undefined;
	@property({ attribute: false })
	accessor look!: Look;

	protected override render() {
		const { step, shown, inherited } = this.view;
		return html`
			<div class="step-number" aria-hidden="true">${step}</div>
			<div class="step-reward">${shown === undefined ? nothing : rewardTag(shown.scored, this.threshold)}</div>
			<div class="step-body">
				<h3 class="visually-hidden">Step ${step}</h3>
				${inherited ? html`<p class="faint">↳ as in the trace it branched from</p>` : nothing}
				<div class="step-text">${this.#opening(shown)}${this.#prefix(shown)}${shown === undefined ? nothing : this.#text(shown)}</div>
				<p class="decision">${this.#decision()}</p>
				${shown === undefined ? nothing : [failureLine(shown.scored), othersLine(shown.scored, this.threshold), flagsLine(shown)]}
				${this.open ? this.#attempts(shown) : nothing}
				${this.look.discarded ? html`<st-discarded .run=${this.run} .traceId=${this.traceId} .step=${step}></st-discarded>` : nothing}
				${this.selected ? this.#actions() : nothing}
			</div>`;
	}

	#opening(shown: AttemptView | undefined) {
		return shown?.opening
			? html`<span class="opening hostile" title="forced before the prefix; it stays">${shownText(shown.opening)}</span>`
			: nothing;
	}

	#text(shown: AttemptView) {
		const { run, traceId } = this;
		const empty = shown.text.total === 0 ? html`<span class="faint">(no text)</span>` : nothing;
		return html`${empty}${textOf({ run, traceId, of: shown.attemptId, piece: shown.text, logprobs: shown.logprobs }, this.look)}`;
	}

	#prefix(shown: AttemptView | undefined) {
		const edited = this.draft?.step === this.view.step ? this.draft.changes.prefix : undefined;
		return prefixChip({
			run: this.run,
			recorded: shown?.prefix ?? "",
			edited,
			editing: this.editing,
			offered: this.selected,
			kept: shown?.accepted?.prefixKept,
			edit: () => this.#act("edit-prefix"),
		});
	}

	#decision() {
		const { rejected, decision } = this.view;
		if (rejected === 0) return html`<span class="hostile">${shownLine(decision)}</span>`;
		const label = this.open
			? "hide attempts"
			: `show ${counted(rejected, "attempt")} that ${rejected === 1 ? "was" : "were"} not taken`;
		return html`<button class="fold" aria-expanded=${this.open} title="${label} (o)" @click=${() => this.#act("attempts")}>
			<span class="hostile">${shownLine(decision)}</span> <span aria-hidden="true">${this.open ? "▴" : "▾"}</span></button>`;
	}

	#attempts(shown: AttemptView | undefined) {
		return html`<st-attempts .run=${this.run} .traceId=${this.traceId} .step=${this.view.step} .taken=${shown?.accepted === undefined ? undefined : shown} .threshold=${this.threshold}></st-attempts>`;
	}

	#actions() {
		return html`<div class="step-actions">${ACTIONS.map(
			({ action, label, key }) =>
				html`<button @click=${() => this.#act(action)}>${label}${key === undefined ? nothing : html` <kbd>${key}</kbd>`}</button>`,
		)}</div>`;
	}

	#act(action: StepAction): void {
		this.tell<StepActionDetail>("step-action", { step: this.view.step, action });
	}
}

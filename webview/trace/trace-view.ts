/** One trace, live or old: what it was made from, its reward curve and steps, and what can be done with it. Holds what is selected. */
import { html } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import type { RunInfo } from "../../src/contract/run-views.ts";
import type { StepRange } from "../../src/figures/frame.ts";
import { type Command, type Commanded, type CommandTable, obeyTable } from "../core/keys.ts";
import { PageElement } from "../core/page-element.ts";
import { problem } from "../core/problem.ts";
import { GoEvent, type Place } from "../core/route.ts";
import { toggled } from "../core/toggled.ts";
import { traceQuery } from "../core/trace-query.ts";
import type { Branches } from "../panel/branches.ts";
import type { Draft } from "../panel/draft.ts";
import type { Panel } from "../panel/panel.ts";
import type { RequestDialog } from "../panel/request-dialog.ts";
import "../panel/panel.ts";
import "../panel/request-dialog.ts";
import type { Curve } from "../curve/curve.ts";
import { type Column, columnButtons } from "./columns.ts";
import { copyStep } from "./copy-step.ts";
import "../curve/curve.ts";
import { DraftState } from "./draft-state.ts";
import "./header.ts";
import { type Look, PLAIN } from "../text/look.ts";
import type { KeptTraces } from "./kept.ts";
import { neighbour } from "./neighbours.ts";
import "./side.ts";
import type { StepAction, StepActionDetail } from "./step.ts";
import type { Steps } from "./steps.ts";
import "./steps.ts";

@customElement("st-trace-view")
export class TraceView extends PageElement implements Commanded {
	@property({ attribute: false })
	accessor info!: RunInfo;
	@property({ attribute: false })
	accessor place!: Place;
	@property({ attribute: false })
	accessor traceId = "";
	/** Selected step; undefined: the first. */
	@property({ attribute: false })
	accessor step: number | undefined;
	@property({ attribute: false })
	accessor kept: KeptTraces = new Map();
	/** Steps whose attempts are folded out. */
	@state()
	accessor open: ReadonlySet<number> = new Set();
	@state()
	accessor look: Look = PLAIN;
	@state()
	accessor column: Column = "centre";
	@state()
	accessor inSight: StepRange | undefined;
	/** What came of the last command, where it is not seen. */
	@state()
	accessor said = "";
	@query("st-curve")
	accessor curve!: Curve;
	@query("st-steps")
	accessor steps!: Steps;
	@query("st-panel")
	accessor panel!: Panel;
	@query("st-branches")
	accessor branches!: Branches;
	@query("st-trace-view > st-request-dialog")
	accessor requestDialog!: RequestDialog;
	readonly #draft = new DraftState(this);
	readonly #head = traceQuery(this, "trace.head", () => ({ traceId: this.traceId }));
	readonly #curve = traceQuery(this, "trace.curve", () => ({ traceId: this.traceId }));

	readonly #commands: CommandTable = {
		nextStep: () => this.#select(this.#selected() + 1, true),
		previousStep: () => this.#select(this.#selected() - 1, true),
		nextTrace: () => this.#goBy(1),
		previousTrace: () => this.#goBy(-1),
		editPrefix: () => this.#editPrefix(),
		rerun: () => this.#inPanel((panel) => panel.submit()),
		compare: () => this.#compare(),
		attempts: () => (this.open = toggled(this.open, this.#selected())),
		whatIf: () => this.#inPanel((panel) => panel.focusWhatIf()),
		measure: () => this.#inPanel((panel) => panel.focusMeasure()),
		rescore: () => this.#inPanel((panel) => panel.focusRescore()),
		copyStep: () => this.#copy(),
		request: () => this.#showRequest(this.steps.stepAt(this.#selected())?.shown?.request),
		markdown: () => this.#toggle("rich", "Markdown and formulas"),
		logprobs: () => this.#shadeTokens(),
		discarded: () => this.#toggle("discarded", "discarded speculation"),
		resetZoom: () => this.curve.resetZoom(),
	};
	readonly #actions: Record<StepAction, () => unknown> = {
		"edit-prefix": () => this.obey("editPrefix"),
		"edit-text": () => this.#inPanel((panel) => panel.editText()),
		rerun: () => this.#inPanel((panel) => panel.form.button.focus()),
		copy: () => this.obey("copyStep"),
		request: () => this.obey("request"),
		attempts: () => this.obey("attempts"),
	};

	obey(command: Command): boolean {
		if (this.#head.value === undefined) return false;
		this.said = "";
		return obeyTable(this.#commands, command);
	}

	protected override willUpdate(changed: Map<PropertyKey, unknown>): void {
		if (!changed.has("traceId")) return;
		const kept = this.kept.get(this.traceId);
		this.#draft.restore(kept?.draft);
		this.open = kept?.open ?? new Set();
		this.inSight = undefined;
	}

	protected override updated(): void {
		this.kept.set(this.traceId, { draft: this.#draft.draft, open: this.open });
	}

	protected override render() {
		const head = this.#head.value;
		if (head === undefined) return this.#waiting();
		const { run, info, look, traceId, column } = this;
		const selected = this.#selected();
		const draft = this.#draft.at(selected);
		return html`
			<div class="trace" data-column=${column}>
				<st-trace-header .run=${run} .info=${info} .head=${head} .curve=${this.#curve.value}></st-trace-header>
				${columnButtons(column, (chosen) => (this.column = chosen))}
				<aside class="column side" aria-label="prompt, model and branches"><st-trace-side .run=${run} .info=${info} .head=${head}></st-trace-side></aside>
				<main class="column centre" @select-step=${(event: CustomEvent<number>) => this.#select(event.detail, false)}
					@steps-in-sight=${(event: CustomEvent<StepRange>) => (this.inSight = event.detail)} @step-action=${this.#onAction}
					@show-request=${(event: CustomEvent<string>) => this.#showRequest(event.detail)}
					@prefix-change=${this.#onPrefix} @prefix-done=${this.#onPrefixDone} @prefix-cancel=${this.#onPrefixCancel}>
					<st-curve .run=${run} .traceId=${traceId} .whole=${this.#curve.value} .steps=${head.steps} .selected=${selected} .inSight=${this.inSight} .discarded=${look.discarded}></st-curve>
					${problem(this.#curve.error)}
					<st-steps .run=${run} .head=${head} .selected=${selected} .open=${this.open} .editing=${this.#draft.editing} .draft=${draft} .look=${look}></st-steps>
					<p class="said" role="status">${this.said}</p>
				</main>
				<aside class="column panel" aria-label="re-run and what if">
					<st-panel .run=${run} .info=${info} .head=${head} .step=${selected} .draft=${draft} @draft-change=${(event: CustomEvent<Draft>) => this.#draft.set(event.detail)}></st-panel>
				</aside>
			</div>
			<st-request-dialog .run=${run}></st-request-dialog>`;
	}

	#waiting() {
		const { error } = this.#head;
		if (error === undefined) return html`<p class="faint">Reading the trace…</p>`;
		return html`${problem(error)}<button @click=${() => this.dispatchEvent(new GoEvent({ view: "run" }))}>Back to the run</button>`;
	}

	#selected(): number {
		return Math.max(1, Math.min(this.step ?? 1, this.#head.value?.steps ?? 1));
	}

	/** @param focus moves the focus there too */
	#select(step: number, focus: boolean): void {
		const within = Math.max(1, Math.min(step, this.#head.value?.steps ?? 1));
		if (within !== this.#draft.editing) this.#draft.keep();
		this.dispatchEvent(new GoEvent({ view: "trace", traceId: this.traceId, step: within }));
		if (focus) this.steps.focusStep(within);
	}

	async #goBy(by: 1 | -1): Promise<void> {
		const found = await neighbour(this.run, this.place.selection, this.traceId, by);
		if ("none" in found) this.said = found.none;
		else this.dispatchEvent(new GoEvent({ view: "trace", traceId: found.traceId }));
	}

	/** Does something in the panel, which has to be in sight for it. */
	async #inPanel(work: (panel: Panel) => void): Promise<void> {
		this.column = "panel";
		await this.updateComplete;
		await this.panel.updateComplete;
		work(this.panel);
	}

	/** The marked traces; without marks a branch and what it branched from. */
	#compare(): void {
		if (this.branches.compare()) return;
		const branch = this.#head.value?.branch;
		if (branch === undefined) this.said = "Mark two traces under Branches to compare them; re-run a step where there are none.";
		else this.dispatchEvent(new GoEvent({ view: "compare", a: branch.of, b: this.traceId, step: branch.step }));
	}

	#toggle(name: keyof Look, label: string): void {
		this.look = { ...this.look, [name]: !this.look[name] };
		this.said = `${label} ${this.look[name] ? "shown" : "hidden"}`;
	}

	#shadeTokens(): void {
		if (this.look.logprobs || !this.steps.lacksLogprobs()) this.#toggle("logprobs", "token probabilities, where recorded,");
		else this.said = "No token probabilities are recorded in this trace; run with --top-logprobs N to have them.";
	}

	async #copy(): Promise<void> {
		this.said = await copyStep(this.run, this.traceId, this.steps.stepAt(this.#selected()));
	}

	#showRequest(request: string | undefined): void {
		if (request !== undefined) this.requestDialog.show(this.traceId, request);
	}

	#onAction = ({ detail: { step, action } }: CustomEvent<StepActionDetail>) => {
		if (step !== this.#selected()) this.#select(step, false);
		void this.updateComplete.then(() => this.#actions[action]());
	};

	#editPrefix(): void {
		this.column = "centre";
		this.#draft.edit(this.#selected());
		this.steps.focusPrefix(this.#selected());
	}

	#onPrefix = ({ detail }: CustomEvent<string>) => this.#draft.type(this.#selected(), detail);

	#onPrefixDone = (event: CustomEvent<string>) => {
		this.#onPrefix(event);
		this.#draft.keep();
		void this.#inPanel((panel) => panel.form.button.focus());
	};

	#onPrefixCancel = () => {
		this.#draft.undo();
		this.steps.focusStep(this.#selected());
	};
}

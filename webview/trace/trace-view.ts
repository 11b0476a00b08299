/** One trace, live or old: what it was made from, its reward curve and steps, and what can be done with it. Holds what is selected. */
import { html } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import type { RunInfo, TraceHead } from "../../src/contract/views.ts";
import { CallError } from "../../src/contract/wire.ts";
import type { StepRange } from "../../src/figures/frame.ts";
import type { Commanded, KeyCommand } from "../core/keys.ts";
import { PageElement } from "../core/page-element.ts";
import { problem } from "../core/problem.ts";
import { Query } from "../core/query.ts";
import { GoEvent, type Place } from "../core/route.ts";
import { shownLine } from "../core/shown-text.ts";
import type { Branches } from "../panel/branches.ts";
import type { Draft } from "../panel/draft.ts";
import type { Panel } from "../panel/panel.ts";
import type { RequestDialog } from "../panel/request-dialog.ts";
import "../panel/panel.ts";
import "../panel/request-dialog.ts";
import { copyStep } from "./copy-step.ts";
import type { Curve } from "./curve.ts";
import "./curve.ts";
import { DraftState } from "./draft-state.ts";
import "./header.ts";
import { type Look, PLAIN } from "./look.ts";
import { neighbour } from "./neighbours.ts";
import "./side.ts";
import type { StepAction, StepActionDetail } from "./step.ts";
import type { Steps } from "./steps.ts";
import "./steps.ts";

/** Where there is no room for three columns, one is shown. */
const COLUMNS = { side: "Prompt", centre: "Steps", panel: "Re-run" };
type Column = keyof typeof COLUMNS;

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
	readonly #head = new Query(
		this,
		"trace.head",
		() => ({ traceId: this.traceId }),
		({ traceId }) => traceId,
	);
	readonly #curve = new Query(
		this,
		"trace.curve",
		() => ({ traceId: this.traceId }),
		({ traceId }) => traceId,
	);

	readonly #commands: Partial<Record<KeyCommand, (head: TraceHead) => unknown>> = {
		nextStep: () => this.#select(this.#selected() + 1, true),
		previousStep: () => this.#select(this.#selected() - 1, true),
		nextTrace: () => this.#goBy(1),
		previousTrace: () => this.#goBy(-1),
		editPrefix: () => this.#editPrefix(),
		rerun: () => this.#inPanel((panel) => panel.submit()),
		compare: (head) => this.#compare(head),
		attempts: () => this.#toggleAttempts(this.#selected()),
		whatIf: () => this.#inPanel((panel) => panel.focusWhatIf()),
		rescore: () => this.#inPanel((panel) => panel.focusRescore()),
		copyStep: () => this.#copy(),
		request: () => this.#showRequest(this.steps.stepAt(this.#selected())?.shown?.request),
		markdown: () => this.#toggle("rich", "Markdown and formulas"),
		logprobs: () => this.#toggle("logprobs", "token probabilities, where recorded,"),
		discarded: () => this.#toggle("discarded", "discarded speculation"),
		resetZoom: () => this.curve.resetZoom(),
	};
	readonly #actions: Record<StepAction, () => unknown> = {
		"edit-prefix": () => this.#editPrefix(),
		"edit-text": () => this.#inPanel((panel) => panel.editText()),
		rerun: () => this.#inPanel((panel) => panel.form.button.focus()),
		copy: () => this.#copy(),
		request: () => this.obey("request"),
		attempts: () => this.#toggleAttempts(this.#selected()),
	};

	obey(command: KeyCommand): boolean {
		const act = this.#commands[command];
		const head = this.#head.value;
		if (act === undefined || head === undefined) return false;
		this.said = "";
		void act(head);
		return true;
	}

	protected override willUpdate(changed: Map<PropertyKey, unknown>): void {
		if (!changed.has("traceId")) return;
		this.#draft.clear();
		this.open = new Set();
		this.inSight = undefined;
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
				<nav class="columns" aria-label="column">${Object.entries(COLUMNS).map(([name, label]) => this.#columnButton(name as Column, label))}</nav>
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

	#columnButton(column: Column, label: string) {
		return html`<button aria-pressed=${this.column === column} @click=${() => (this.column = column)}>${label}</button>`;
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
		try {
			const found = await neighbour(this.run, this.place.selection, this.traceId, by);
			if ("none" in found) this.said = found.none;
			else this.dispatchEvent(new GoEvent({ view: "trace", traceId: found.traceId }));
		} catch (error) {
			if (!(error instanceof CallError)) throw error;
			this.said = shownLine(error.message);
		}
	}

	/** Does something in the panel, which has to be in sight for it. */
	async #inPanel(work: (panel: Panel) => void): Promise<void> {
		this.column = "panel";
		await this.updateComplete;
		await this.panel.updateComplete;
		work(this.panel);
	}

	#compare({ branch, traceId }: TraceHead): void {
		if (this.branches.compare()) return;
		if (branch === undefined) this.said = "Mark two traces under Branches to compare them; re-run a step where there are none.";
		else this.dispatchEvent(new GoEvent({ view: "compare", a: branch.of, b: traceId, step: branch.step }));
	}

	#toggleAttempts(step: number): void {
		const open = new Set(this.open);
		if (!open.delete(step)) open.add(step);
		this.open = open;
	}

	#toggle(name: keyof Look, label: string): void {
		this.look = { ...this.look, [name]: !this.look[name] };
		this.said = `${label} ${this.look[name] ? "shown" : "hidden"}`;
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

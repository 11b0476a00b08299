/** The steps of a trace and its answer: a list of which only what is in sight is fetched and drawn. */
import { html, nothing } from "lit";
import { customElement, property, query } from "lit/decorators.js";
import { ref } from "lit/directives/ref.js";
import type { StepView, TraceHead } from "../../src/contract/trace-views.ts";
import type { StepRange } from "../../src/figures/frame.ts";
import { Chunks } from "../core/chunks.ts";
import { counted } from "../core/format.ts";
import { PageElement } from "../core/page-element.ts";
import { problem } from "../core/problem.ts";
import type { Draft } from "../panel/draft.ts";
import type { Look } from "../text/look.ts";
import { answerBlock } from "./answer.ts";
import "./step.ts";
import { VirtualList } from "../core/virtual-list.ts";
import { ESTIMATE, stepList, WINDOW } from "./step-list.ts";

/** That a step may take to come into the document. */
const FRAMES = 60;

/** Tells `select-step` (a step), `steps-in-sight` (a range), `step-action`, `show-request`. */
@customElement("st-steps")
export class Steps extends PageElement {
	@property({ attribute: false })
	accessor head!: TraceHead;
	@property({ attribute: false })
	accessor selected = 1;
	/** Steps whose attempts are folded out. */
	@property({ attribute: false })
	accessor open: ReadonlySet<number> = new Set();
	/** Step whose prefix is edited. */
	@property({ attribute: false })
	accessor editing: number | undefined;
	@property({ attribute: false })
	accessor draft: Draft | undefined;
	@property({ attribute: false })
	accessor look!: Look;
	@query(".steps-scroll")
	accessor scroller!: HTMLElement;
	readonly #steps: Chunks<StepView> = new Chunks(this, WINDOW, async (from, count) => {
		const { steps, total } = await this.run.call("trace.steps", { traceId: this.head.traceId, from, count });
		return { items: steps, total };
	});
	readonly #list = new VirtualList(this, () => this.scroller, ESTIMATE);
	#traceId = "";
	/** Steps there were when the end was last in sight. */
	#seen = 0;
	/** Selector of what is to get the focus, and how many more frames it is waited for. */
	#toFocus: { selector: string; frames: number } | undefined;
	#toReveal: number | "end" | undefined;
	#inSight = "";

	/** Gives a step the focus as soon as it is in the document. */
	focusStep(step: number): void {
		this.#focus(step, "");
	}

	/** Gives the field for the prefix the focus, which the step shows while it is edited. */
	focusPrefix(step: number): void {
		this.#focus(step, " st-prefix-input");
	}

	#focus(step: number, within: string): void {
		this.#toReveal = step;
		this.#toFocus = { selector: `[data-step="${step}"]${within}`, frames: FRAMES };
		this.requestUpdate();
	}

	/** A step that is at hand. */
	stepAt(step: number): StepView | undefined {
		return this.#steps.at(step - 1);
	}

	/** Whether no text that is at hand has its tokens' probabilities; not while none is at hand. */
	lacksLogprobs(): boolean {
		const steps = Array.from({ length: this.#steps.total ?? 0 }, (_, index) => this.#steps.at(index)?.shown);
		const known = [this.head.answer, ...steps].filter((text) => text !== undefined);
		return known.length > 0 && known.every(({ logprobs }) => !logprobs);
	}

	protected override willUpdate(changed: Map<PropertyKey, unknown>): void {
		if (changed.has("selected")) this.#toReveal = this.selected;
	}

	protected override render() {
		const { head } = this;
		const total = this.#about(head);
		const running = head.status === "running";
		// Whoever was at the end is taken along, so nothing is below.
		if (this.#list.atEnd()) this.#seen = total;
		this.#list.update({
			count: total + 1,
			// Of a running trace another end each time: the list follows when its last item is another one.
			key: (index) => (index < total ? index : running ? `end ${total}` : "end"),
			follow: running,
		});
		const items = this.#list.items();
		this.#steps.want(items[0]?.index ?? 0, Math.min(total, (items.at(-1)?.index ?? 0) + 1));
		return html`
			<h2 class="visually-hidden">Steps</h2>
			${stepList(items, { list: this.#list, label: "steps", item: (index) => this.#item(index, total), select: this.#select })}
			${this.#newBelow(total)}
			${problem(this.#steps.error)}`;
	}

	/** Another trace begins at its top; one that grows at its end, unless a later step is asked for. @returns how many steps there are */
	#about({ traceId, steps, status }: TraceHead): number {
		if (traceId !== this.#traceId) {
			this.#traceId = traceId;
			this.#steps.about(traceId);
			this.#seen = steps;
			if (this.hasUpdated) this.#list.reset();
			if (status === "running" && this.selected === 1) this.#toReveal = "end";
		}
		return Math.max(this.#steps.total ?? 0, steps);
	}

	#item(index: number, total: number) {
		if (index === total)
			return html`<div class="step end" role="listitem" data-index=${index} aria-setsize=${total + 1} aria-posinset=${total + 1} ${ref(this.#list.measure)}>
				${answerBlock(this.head, this.run, this.look, (name, request) => this.tell(name, request))}</div>`;
		const step = index + 1;
		const view = this.#steps.at(index);
		const selected = step === this.selected;
		return html`<div class="step ${selected ? "selected" : ""}" role="listitem" data-index=${index} data-step=${step} tabindex=${selected ? 0 : -1}
			aria-setsize=${total + 1} aria-posinset=${step} aria-current=${selected ? "step" : nothing} ${ref(this.#list.measure)}>
			${
				view === undefined
					? html`<div class="step-number">${step}</div><p class="faint">…</p>`
					: html`<st-step .run=${this.run} .traceId=${this.head.traceId} .view=${view} .selected=${selected} .open=${this.open.has(step)}
				.editing=${this.editing === step} .draft=${this.draft} .threshold=${this.head.defence.threshold} .look=${this.look}></st-step>`
			}
		</div>`;
	}

	#newBelow(total: number) {
		const fresh = total - this.#seen;
		if (this.head.status !== "running" || fresh <= 0) return nothing;
		return html`<button class="new-below primary" @click=${() => this.#list.toEnd()}>${counted(fresh, "new step")} below ↓</button>`;
	}

	protected override updated(): void {
		this.#revealAsked();
		this.#focusAsked();
		this.#noteInSight();
	}

	#revealAsked(): void {
		if (this.#toReveal === undefined || this.#steps.total === undefined) return;
		if (this.#toReveal === "end") this.#list.toEnd();
		else this.#list.reveal(this.#toReveal - 1);
		this.#toReveal = undefined;
		// In a low window the column around the list scrolls, too.
		this.scrollIntoView({ block: "nearest" });
	}

	/** It may come into the document some updates later. */
	#focusAsked(): void {
		const wanted = this.#toFocus;
		if (wanted === undefined) return;
		const element = this.querySelector<HTMLElement>(wanted.selector);
		if (element !== null || wanted.frames-- === 0) this.#toFocus = undefined;
		else requestAnimationFrame(() => this.requestUpdate());
		// A field that was just made draws itself first.
		queueMicrotask(() => element?.focus({ preventScroll: true }));
	}

	#noteInSight(): void {
		const range = this.#list.inSight();
		const total = Math.max(this.#steps.total ?? 0, this.head.steps);
		if (range === undefined) return;
		const inSight: StepRange = { from: range.first + 1, to: Math.min(total, range.last + 1) };
		const told = `${inSight.from} ${inSight.to}`;
		if (told === this.#inSight) return;
		this.#inSight = told;
		this.tell("steps-in-sight", inSight);
	}

	#select = (step: number) => {
		if (step !== this.selected) this.tell("select-step", step);
	};
}

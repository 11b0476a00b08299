/** The steps of two traces, aligned by their number; only what is in sight is fetched and drawn. */
import { html } from "lit";
import { customElement, property, query } from "lit/decorators.js";
import { ref } from "lit/directives/ref.js";
import type { StepView, TraceHead } from "../../src/contract/trace-views.ts";
import { Chunks } from "../core/chunks.ts";
import { PageElement } from "../core/page-element.ts";
import { problem } from "../core/problem.ts";
import { VirtualList } from "../core/virtual-list.ts";
import type { Look } from "../text/look.ts";
import { ESTIMATE, stepList, WINDOW } from "../trace/step-list.ts";
import { type Pair, SIDES, type Side } from "./pair.ts";
import "./compare-step.ts";

/** `select-step` events carry the step. */
@customElement("st-compare-steps")
export class CompareSteps extends PageElement {
	@property({ attribute: false })
	accessor heads!: Pair<TraceHead>;
	@property({ attribute: false })
	accessor selected = 1;
	/** Step where the texts part; undefined: nowhere, or not known yet. */
	@property({ attribute: false })
	accessor parting: number | undefined;
	/** Steps whose attempts are folded out. */
	@property({ attribute: false })
	accessor open: ReadonlySet<number> = new Set();
	@property({ attribute: false })
	accessor look!: Look;
	@query(".steps-scroll")
	accessor scroller!: HTMLElement;
	readonly #steps: Pair<Chunks<StepView>> = { a: this.#chunks("a"), b: this.#chunks("b") };
	readonly #list = new VirtualList(this, () => this.scroller, ESTIMATE);
	#pair = "";
	#toReveal: number | undefined;

	protected override willUpdate(changed: Map<PropertyKey, unknown>): void {
		if (changed.has("selected")) this.#toReveal = this.selected;
	}

	protected override render() {
		this.#about();
		const total = this.#total();
		this.#list.update({ count: total, key: (index) => index, follow: false });
		const items = this.#list.items();
		for (const side of SIDES) {
			this.#steps[side].want(items[0]?.index ?? 0, Math.min(this.heads[side].steps, (items.at(-1)?.index ?? 0) + 1));
		}
		return html`${stepList(items, { list: this.#list, label: "steps of both traces", item: (index) => this.#item(index, total), select: this.#select })}
			${problem(this.#steps.a.error ?? this.#steps.b.error)}`;
	}

	protected override updated(): void {
		if (this.#toReveal === undefined || this.#steps.a.total === undefined) return;
		this.#list.reveal(this.#toReveal - 1);
		this.#toReveal = undefined;
	}

	#item(index: number, total: number) {
		const step = index + 1;
		const selected = step === this.selected;
		const { a, b } = this.heads;
		const waiting = SIDES.some((side) => index < this.heads[side].steps && this.#steps[side].at(index) === undefined);
		return html`<div class="pair-step ${selected ? "selected" : ""}" role="listitem" data-index=${index} data-step=${step} tabindex=${selected ? 0 : -1}
			aria-setsize=${total} aria-posinset=${step} aria-current=${selected ? "step" : "false"} ${ref(this.#list.measure)}>
			${
				waiting
					? html`<p class="faint">${step} …</p>`
					: html`<st-compare-step .run=${this.run} .step=${step} .views=${{ a: this.#steps.a.at(index), b: this.#steps.b.at(index) }}
						.traceIds=${{ a: a.traceId, b: b.traceId }} .thresholds=${{ a: a.defence.threshold, b: b.defence.threshold }}
						.parted=${this.parting !== undefined && step >= this.parting} .parting=${step === this.parting}
						.open=${this.open.has(step)} .look=${this.look}></st-compare-step>`
			}
		</div>`;
	}

	#chunks(side: Side): Chunks<StepView> {
		return new Chunks(this, WINDOW, async (from, count) => {
			const { steps, total } = await this.run.call("trace.steps", { traceId: this.heads[side].traceId, from, count });
			return { items: steps, total };
		});
	}

	/** Another pair begins at its top. */
	#about(): void {
		const { a, b } = this.heads;
		this.#steps.a.about(a.traceId);
		this.#steps.b.about(b.traceId);
		const pair = `${a.traceId} ${b.traceId}`;
		if (pair !== this.#pair && this.hasUpdated) this.#list.reset();
		this.#pair = pair;
	}

	#total(): number {
		return Math.max(...SIDES.map((side) => Math.max(this.#steps[side].total ?? 0, this.heads[side].steps)));
	}

	#select = (step: number) => {
		if (step !== this.selected) this.tell("select-step", step);
	};
}

/** Two traces side by side, aligned by step: which step is selected, what is folded out, what keys do. */
import { html, nothing } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import type { RunInfo } from "../../src/contract/run-views.ts";
import type { TraceHead } from "../../src/contract/trace-views.ts";
import { type Command, type Commanded, type CommandTable, obeyTable } from "../core/keys.ts";
import { PageElement } from "../core/page-element.ts";
import { problem } from "../core/problem.ts";
import { Query } from "../core/query.ts";
import { GoEvent } from "../core/route.ts";
import { toggled } from "../core/toggled.ts";
import { traceQuery } from "../core/trace-query.ts";
import { type Look, PLAIN } from "../text/look.ts";
import type { CompareCurves } from "./compare-curves.ts";
import { compareHead } from "./compare-head.ts";
import { comparePrompts } from "./compare-prompts.ts";
import { type Pair, partingSentence } from "./pair.ts";
import "./compare-curves.ts";
import "./compare-steps.ts";

@customElement("st-compare-view")
export class CompareView extends PageElement implements Commanded {
	@property({ attribute: false })
	accessor info!: RunInfo;
	@property({ attribute: false })
	accessor a = "";
	@property({ attribute: false })
	accessor b = "";
	@property({ attribute: false })
	accessor step: number | undefined;
	/** Steps whose attempts are folded out. */
	@state()
	accessor open: ReadonlySet<number> = new Set();
	@state()
	accessor look: Look = PLAIN;
	@query("st-compare-curves")
	accessor curves!: CompareCurves;
	readonly #heads: Pair<Query<"trace.head">> = {
		a: traceQuery(this, "trace.head", () => ({ traceId: this.a })),
		b: traceQuery(this, "trace.head", () => ({ traceId: this.b })),
	};
	readonly #parting = new Query(
		this,
		"trace.parting",
		() => ({ a: this.a, b: this.b }),
		({ a, b }) => `${a} ${b}`,
	);

	readonly #commands: CommandTable = {
		nextStep: () => this.#select(this.#selected() + 1),
		previousStep: () => this.#select(this.#selected() - 1),
		attempts: () => (this.open = toggled(this.open, this.#selected())),
		markdown: () => (this.look = { ...this.look, rich: !this.look.rich }),
		resetZoom: () => this.curves?.resetZoom(),
	};

	obey(command: Command): boolean {
		return obeyTable(this.#commands, command);
	}

	protected override willUpdate(changed: Map<PropertyKey, unknown>): void {
		if (changed.has("a") || changed.has("b")) this.open = new Set();
	}

	protected override render() {
		const { a, b } = { a: this.#heads.a.value, b: this.#heads.b.value };
		return html`<div class="compare">
			<h1 class="visually-hidden">Two traces side by side</h1>
			${problem(this.#heads.a.error ?? this.#heads.b.error ?? this.#parting.error)}
			${a === undefined || b === undefined ? this.#waiting() : this.#both({ a, b })}
		</div>`;
	}

	#waiting() {
		if (this.#heads.a.error ?? this.#heads.b.error)
			return html`<button @click=${() => this.dispatchEvent(new GoEvent({ view: "run" }))}>Back to the run</button>`;
		return html`<p class="faint">Reading both traces…</p>`;
	}

	#both(heads: Pair<TraceHead>) {
		const { run } = this;
		const { a, b } = heads;
		const selected = this.#selected();
		const step = this.#parting.value?.step;
		const parting = step ?? undefined;
		return html`
			<header class="compare-heads">
				${compareHead("a", a, selected)}
				<button class="swap" title="swap sides" aria-label="swap sides" @click=${this.#swap}>⇄</button>
				${compareHead("b", b, selected)}
			</header>
			<div class="compare-prompts">${comparePrompts(run, heads)}</div>
			<st-compare-curves .run=${run} .a=${a.traceId} .b=${b.traceId} .steps=${Math.max(a.steps, b.steps)} .selected=${selected}
				.parting=${parting} @select-step=${this.#onSelect}></st-compare-curves>
			<p class="parting-sentence" role="status">${partingSentence(step, { a: a.steps, b: b.steps })}
				${parting === undefined ? nothing : html`<button class="link" @click=${() => this.#select(parting)}>go there</button>`}</p>
			<st-compare-steps .run=${run} .heads=${heads} .selected=${selected} .parting=${parting} .open=${this.open} .look=${this.look}
				@select-step=${this.#onSelect}></st-compare-steps>`;
	}

	/** Where nothing is selected yet, the step where the texts part. */
	#selected(): number {
		return this.step ?? this.#parting.value?.step ?? 1;
	}

	#steps(): number {
		return Math.max(1, this.#heads.a.value?.steps ?? 1, this.#heads.b.value?.steps ?? 1);
	}

	#select(step: number): void {
		const { a, b } = this;
		this.dispatchEvent(new GoEvent({ view: "compare", a, b, step: Math.max(1, Math.min(step, this.#steps())) }));
	}

	#onSelect = (event: CustomEvent<number>) => this.#select(event.detail);

	#swap = () => {
		this.dispatchEvent(new GoEvent({ view: "compare", a: this.b, b: this.a, step: this.#selected() }));
	};
}

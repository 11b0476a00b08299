/** The reward curves of two traces in one figure: which steps it shows, what is selected, what a pointer or key does there. */
import { html, nothing } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import type { CurveView } from "../../src/contract/views.ts";
import type { StepRange } from "../../src/figures/frame.ts";
import { type RewardCurve, rewardCurve } from "../../src/figures/reward-curve.ts";
import { isWhole, moved, showing, wholeRange, zoomed } from "../../src/figures/step-range.ts";
import { PageElement } from "../core/page-element.ts";
import { problem } from "../core/problem.ts";
import { Query } from "../core/query.ts";
import { CurvePointer } from "../trace/curve-pointer.ts";
import { drawOverlay } from "./overlay.ts";
import { type Pair, pairText, rewardText } from "./pair.ts";

const ZOOM = 0.5;
/** Fewer steps need no zoom. */
const ZOOMABLE = 20;
/** Rows of the table for those who do not see the figure. */
const MOST_ROWS = 200;

/** `select-step` events carry the step. */
@customElement("st-compare-curves")
export class CompareCurves extends PageElement {
	@property({ attribute: false })
	accessor a = "";
	@property({ attribute: false })
	accessor b = "";
	/** Of the longer trace. */
	@property({ attribute: false })
	accessor steps = 0;
	@property({ attribute: false })
	accessor selected = 1;
	@property({ attribute: false })
	accessor parting: number | undefined;
	@state()
	accessor zoom: StepRange | undefined;
	@state()
	accessor hovered: number | undefined;
	@state()
	accessor size = { width: 0, height: 0 };
	#figure: RewardCurve | undefined;
	readonly #curves: Pair<Query<"trace.curve">> = { a: this.#curveOf(() => this.a), b: this.#curveOf(() => this.b) };
	readonly #pointer = new CurvePointer({
		select: (x) => this.#select(this.#figure?.stepAt(x)),
		hover: (x) => {
			this.hovered = x === undefined ? undefined : this.#within(this.#figure?.stepAt(x) ?? 1);
		},
		zoom: (factor, x) => this.#zoomBy(factor, this.#figure?.stepAt(x)),
		move: (pixels) => this.#moveBy(pixels),
		zoomable: () => this.steps > ZOOMABLE,
	});
	readonly #resized = new ResizeObserver(([entry]) => {
		if (entry !== undefined)
			this.size = { width: Math.round(entry.contentRect.width), height: Math.round(entry.contentRect.height) };
	});

	/** Shows all steps. */
	resetZoom(): void {
		this.zoom = undefined;
	}

	protected override willUpdate(changed: Map<PropertyKey, unknown>): void {
		if (changed.has("a") || changed.has("b")) this.zoom = undefined;
		if (changed.has("selected") && this.zoom !== undefined) this.zoom = showing(this.zoom, this.selected, this.steps);
	}

	protected override updated(): void {
		const place = this.querySelector(".curve-place");
		if (place !== null) this.#resized.observe(place);
	}

	override disconnectedCallback(): void {
		super.disconnectedCallback();
		this.#resized.disconnect();
	}

	protected override render() {
		const curves = { a: this.#curves.a.value, b: this.#curves.b.value };
		const figures = this.#figures(curves);
		this.#figure = figures?.a;
		return html`<div class="curve-place">
				<div class="curve-slider" role="slider" tabindex="0" aria-label="step on the two reward curves" aria-valuemin="1" aria-valuemax=${Math.max(1, this.steps)}
					aria-valuenow=${this.selected} aria-valuetext=${pairText(curves, this.selected)}
					@pointerdown=${this.#pointer.down} @pointermove=${this.#pointer.moved} @pointerup=${this.#pointer.up}
					@pointerleave=${this.#pointer.left} @pointercancel=${this.#pointer.left} @wheel=${this.#pointer.wheel} @keydown=${this.#onKey}>
					${figures === undefined ? nothing : drawOverlay(figures, { selected: this.selected, hovered: this.hovered, parting: this.parting })}
				</div>
				${this.#zoomButtons()}
			</div>
			<p class="faint legend">${this.hovered === undefined ? html`A solid, discs · B dashed, squares · flags: injected` : pairText(curves, this.hovered)}</p>
			${this.#table(curves)}
			${problem(this.#curves.a.error ?? this.#curves.b.error)}`;
	}

	#figures({ a, b }: Pair<CurveView | undefined>): Pair<RewardCurve> | undefined {
		if (a === undefined || b === undefined || this.size.width === 0) return undefined;
		const range = this.#range();
		return { a: rewardCurve(a, this.size, range), b: rewardCurve(b, this.size, range) };
	}

	#zoomButtons() {
		if (this.steps <= ZOOMABLE) return nothing;
		return html`<div class="curve-buttons">
			<button aria-label="zoom in" title="zoom in (+)" @click=${() => this.#zoomBy(ZOOM)}>+</button>
			<button aria-label="zoom out" title="zoom out (−)" ?disabled=${this.zoom === undefined} @click=${() => this.#zoomBy(1 / ZOOM)}>−</button>
		</div>`;
	}

	#table(curves: Pair<CurveView | undefined>) {
		const longer = (curves.a?.steps ?? 0) >= (curves.b?.steps ?? 0) ? curves.a : curves.b;
		return html`<table class="visually-hidden">
			<caption>Rewards of both traces by step</caption>
			<thead><tr><th scope="col">step</th><th scope="col">A</th><th scope="col">B</th></tr></thead>
			<tbody>${longer?.path
				.slice(0, MOST_ROWS)
				.map(
					({ step }) =>
						html`<tr><th scope="row">${step}</th><td>${rewardText(curves.a, step)}</td><td>${rewardText(curves.b, step)}</td></tr>`,
				)}</tbody>
		</table>`;
	}

	#curveOf(traceId: () => string): Query<"trace.curve"> {
		return new Query(
			this,
			"trace.curve",
			() => ({ traceId: traceId(), ...this.#asked() }),
			(params) => params.traceId,
		);
	}

	/** Steps in sight and as many on either side, in whole grains, so that a small move asks nothing; nothing for the whole curves. */
	#asked(): { from: number; to: number } | undefined {
		if (this.zoom === undefined) return undefined;
		const margin = this.zoom.to - this.zoom.from;
		const grain = 2 ** Math.floor(Math.log2(Math.max(1, margin)));
		return {
			from: Math.max(1, Math.floor((this.zoom.from - margin) / grain) * grain),
			to: Math.max(1, Math.ceil((this.zoom.to + margin) / grain) * grain),
		};
	}

	#range(): StepRange {
		return this.zoom ?? wholeRange(this.steps);
	}

	#zoomBy(factor: number, around = this.selected): void {
		if (this.steps <= ZOOMABLE) return;
		const range = zoomed(this.#range(), factor, this.#within(around), this.steps);
		this.zoom = isWhole(range, this.steps) ? undefined : range;
	}

	#moveBy(pixels: number): void {
		if (this.zoom === undefined || this.#figure === undefined) return;
		const { left, right } = this.#figure.plot;
		this.zoom = moved(this.zoom, (pixels * (this.zoom.to - this.zoom.from + 1)) / (right - left), this.steps);
	}

	#within(step: number): number {
		return Math.max(1, Math.min(step, this.steps));
	}

	#select(step: number | undefined): void {
		if (step !== undefined) this.tell("select-step", this.#within(step));
	}

	#onKey = (event: KeyboardEvent) => {
		if (event.ctrlKey || event.metaKey || event.altKey || !this.#key(event.key)) return;
		event.preventDefault();
		event.stopPropagation();
	};

	/** @returns whether the key means something here. */
	#key(key: string): boolean {
		const step = { ArrowLeft: this.selected - 1, ArrowRight: this.selected + 1, Home: 1, End: this.steps }[key];
		if (step !== undefined) this.#select(step);
		else if (key === "+" || key === "=") this.#zoomBy(ZOOM);
		else if (key === "-") this.#zoomBy(1 / ZOOM);
		else return false;
		return true;
	}
}

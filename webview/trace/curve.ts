/** The reward curve of a trace: which steps it shows, what is selected, what a pointer or key does there. */
import { html, nothing } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import type { StepRange } from "../../src/figures/frame.ts";
import { type RewardCurve, rewardCurve } from "../../src/figures/reward-curve.ts";
import { isWhole, moved, showing, wholeRange, zoomed } from "../../src/figures/step-range.ts";
import { countText } from "../core/format.ts";
import { PageElement } from "../core/page-element.ts";
import { Query } from "../core/query.ts";
import { problem } from "../panel/problem.ts";
import { type CurveLook, drawCurve } from "./curve-drawing.ts";
import { CurvePointer } from "./curve-pointer.ts";
import { curveSummary, curveTable, stepText } from "./curve-table.ts";
import { tooltip } from "./curve-tooltip.ts";

/** Fewer steps need no zoom. */
const ZOOMABLE = 20;
const ZOOM = 0.5;

/** `select-step` events carry the step. */
@customElement("st-curve")
export class Curve extends PageElement {
	@property({ attribute: false })
	accessor traceId = "";
	/** Steps of the trace. */
	@property({ attribute: false })
	accessor steps = 0;
	@property({ attribute: false })
	accessor selected = 1;
	/** Steps that the list below shows. */
	@property({ attribute: false })
	accessor inSight: StepRange | undefined;
	@property({ attribute: false })
	accessor discarded = false;
	@state()
	accessor zoom: StepRange | undefined;
	@state()
	accessor hovered: number | undefined;
	@state()
	accessor width = 0;
	@state()
	accessor height = 0;
	#figure: RewardCurve | undefined;
	#selectedBefore = 1;
	readonly #curve = new Query(this, "trace.curve", () => ({ traceId: this.traceId, ...this.#asked() }), ({ traceId }) => traceId);
	readonly #pointer = new CurvePointer({
		select: (x) => this.#select(this.#figure?.stepAt(x)),
		hover: (x) => {
			this.hovered = x === undefined ? undefined : this.#within(this.#figure?.stepAt(x));
		},
		zoom: (factor, x) => this.#zoomBy(factor, this.#figure?.stepAt(x)),
		move: (pixels) => this.#moveBy(pixels),
		zoomable: () => this.steps > ZOOMABLE,
	});
	readonly #resized = new ResizeObserver(([entry]) => {
		if (entry === undefined) return;
		this.width = Math.round(entry.contentRect.width);
		this.height = Math.round(entry.contentRect.height);
	});

	/** Shows all steps. */
	resetZoom(): void {
		this.zoom = undefined;
	}

	protected override willUpdate(changed: Map<PropertyKey, unknown>): void {
		if (changed.has("traceId")) this.zoom = undefined;
		if (this.selected !== this.#selectedBefore && this.zoom !== undefined)
			this.zoom = showing(this.zoom, this.selected, this.steps);
		this.#selectedBefore = this.selected;
	}

	protected override firstUpdated(): void {
		const place = this.querySelector(".curve-place");
		if (place !== null) this.#resized.observe(place);
	}

	override disconnectedCallback(): void {
		super.disconnectedCallback();
		this.#resized.disconnect();
	}

	protected override render() {
		const data = this.#curve.value;
		const size = { width: this.width, height: this.height };
		this.#figure = data === undefined || this.width === 0 ? undefined : rewardCurve(data, size, this.#range());
		const look: CurveLook = {
			selected: this.selected,
			hovered: this.hovered,
			inSight: this.inSight,
			discarded: this.discarded,
		};
		return html`
			<div class="curve-place">
				<div class="curve-slider" role="slider" tabindex="0" aria-label="step on the reward curve" aria-describedby="curve-summary"
					aria-valuemin="1" aria-valuemax=${Math.max(1, this.steps)} aria-valuenow=${this.selected} aria-valuetext=${stepText(data, this.selected)}
					@pointerdown=${this.#pointer.down} @pointermove=${this.#pointer.moved} @pointerup=${this.#pointer.up}
					@pointerleave=${this.#pointer.left} @pointercancel=${this.#pointer.left} @wheel=${this.#pointer.wheel} @keydown=${this.#onKey}>
					${this.#figure === undefined ? nothing : drawCurve(this.#figure, look)}
				</div>
				${tooltip(data, this.#figure, this.hovered)}
				${this.#zoomButtons()}
			</div>
			<p id="curve-summary" class="visually-hidden">${curveSummary(data)}. Left and right arrow select a step; plus and minus zoom.</p>
			${data === undefined ? nothing : curveTable(data)}
			${problem(this.#curve.error)}`;
	}

	#zoomButtons() {
		if (this.steps <= ZOOMABLE) return nothing;
		const range = this.#range();
		const whole = isWhole(range, this.steps);
		return html`<div class="curve-buttons">
			${whole ? nothing : html`<span class="faint">steps ${countText(Math.round(range.from))}–${countText(Math.round(range.to))} of ${countText(this.steps)}</span>`}
			<button aria-label="zoom in" title="zoom in (+)" @click=${() => this.#zoomBy(ZOOM)}>+</button>
			<button aria-label="zoom out" title="zoom out (−)" ?disabled=${whole} @click=${() => this.#zoomBy(1 / ZOOM)}>−</button>
			<button title="whole curve (0)" ?disabled=${whole} @click=${this.resetZoom}>whole</button>
		</div>`;
	}

	#range(): StepRange {
		return this.zoom ?? wholeRange(this.steps);
	}

	/** Whole steps, with a margin, so that a small move asks nothing. Nothing for the whole curve. */
	#asked(): { from: number; to: number } | undefined {
		if (this.zoom === undefined) return undefined;
		const margin = this.zoom.to - this.zoom.from;
		const grain = Math.max(1, 2 ** Math.floor(Math.log2(Math.max(1, margin))));
		return {
			from: Math.max(1, Math.floor((this.zoom.from - margin) / grain) * grain),
			to: Math.max(1, Math.min(this.steps, Math.ceil((this.zoom.to + margin) / grain) * grain)),
		};
	}

	#zoomBy(factor: number, around = this.#within(this.selected)): void {
		if (this.steps <= ZOOMABLE) return;
		const range = zoomed(this.#range(), factor, around ?? this.selected, this.steps);
		this.zoom = isWhole(range, this.steps) ? undefined : range;
	}

	#moveBy(pixels: number): void {
		if (this.zoom === undefined || this.#figure === undefined) return;
		const { left, right } = this.#figure.plot;
		const steps = (pixels * (this.zoom.to - this.zoom.from + 1)) / (right - left);
		this.zoom = moved(this.zoom, steps, this.steps);
	}

	#within(step: number | undefined): number | undefined {
		return step === undefined || this.steps === 0 ? undefined : Math.min(step, this.steps);
	}

	#select(step: number | undefined): void {
		const within = this.#within(step);
		if (within !== undefined) this.tell("select-step", within);
	}

	#onKey = (event: KeyboardEvent) => {
		if (event.ctrlKey || event.metaKey || event.altKey) return;
		if (!this.#key(event.key)) return;
		event.preventDefault();
		event.stopPropagation();
	};

	/** @returns whether the key means something here. */
	#key(key: string): boolean {
		const stride = this.#curve.value?.stride ?? 1;
		const steps: Record<string, number> = {
			ArrowLeft: Math.max(1, this.selected - stride),
			ArrowRight: this.selected + stride,
			Home: 1,
			End: this.steps,
		};
		const step = steps[key];
		if (step !== undefined) this.#select(step);
		else if (key === "+" || key === "=") this.#zoomBy(ZOOM);
		else if (key === "-") this.#zoomBy(1 / ZOOM);
		else return false;
		return true;
	}
}

/** The reward curve of a trace: which steps it shows, what is selected, what a pointer or key does there. */
import { html, nothing } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { guard } from "lit/directives/guard.js";
import type { CurveView } from "../../src/contract/views.ts";
import type { StepRange } from "../../src/figures/frame.ts";
import { type RewardCurve, rewardCurve } from "../../src/figures/reward-curve.ts";
import { countText } from "../core/format.ts";
import { PageElement } from "../core/page-element.ts";
import { problem } from "../core/problem.ts";
import { Query } from "../core/query.ts";
import { drawCurve } from "./curve-drawing.ts";
import { CurvePointer } from "./curve-pointer.ts";
import { curveSummary, curveTable, stepText } from "./curve-table.ts";
import { tooltip } from "./curve-tooltip.ts";
import { CurveZoom } from "./curve-zoom.ts";

/** Of one key press or click. */
const ZOOM = 0.5;

/** `select-step` events carry the step. */
@customElement("st-curve")
export class Curve extends PageElement {
	@property({ attribute: false })
	accessor traceId = "";
	/** The whole curve, once it is known. */
	@property({ attribute: false })
	accessor whole: CurveView | undefined;
	/** Steps of the trace. */
	@property({ attribute: false })
	accessor steps = 0;
	@property({ attribute: false })
	accessor selected = 1;
	/** Steps that the list below shows. */
	@property({ attribute: false })
	accessor inSight: StepRange | undefined;
	/** Discarded speculation is marked. */
	@property({ attribute: false })
	accessor discarded = false;
	@state()
	accessor hovered: number | undefined;
	@state()
	accessor size = { width: 0, height: 0 };
	#figure: RewardCurve | undefined;
	/** What the figure was made from. */
	#drawn: readonly unknown[] = [];
	readonly #zoom = new CurveZoom(this);
	/** A part of a curve that is too long to be told step by step. */
	readonly #part = new Query(
		this,
		"trace.curve",
		() => {
			const asked = this.whole?.stride === 1 ? undefined : this.#zoom.asked();
			return asked && { traceId: this.traceId, ...asked };
		},
		({ traceId }) => traceId,
	);
	readonly #pointer = new CurvePointer({
		select: (x) => this.#select(this.#figure?.stepAt(x)),
		hover: (x) => {
			this.hovered = x === undefined ? undefined : this.#within(this.#figure?.stepAt(x));
		},
		zoom: (factor, x) => this.#zoom.by(factor, this.#figure?.stepAt(x) ?? this.selected),
		move: (pixels) => this.#move(pixels),
		zoomable: () => this.#zoom.possible,
	});
	readonly #resized = new ResizeObserver(([entry]) => {
		if (entry === undefined) return;
		const { width, height } = entry.contentRect;
		this.size = { width: Math.round(width), height: Math.round(height) };
	});

	/** Shows all steps. */
	resetZoom = () => this.#zoom.reset();

	protected override willUpdate(changed: Map<PropertyKey, unknown>): void {
		this.#zoom.steps = this.steps;
		if (changed.has("traceId")) this.#zoom.reset();
		if (changed.has("selected")) this.#zoom.show(this.selected);
	}

	protected override updated(): void {
		const place = this.querySelector(".curve-place");
		// Observing twice is observing once; the place is new after the element was moved.
		if (place !== null) this.#resized.observe(place);
	}

	override disconnectedCallback(): void {
		super.disconnectedCallback();
		this.#resized.disconnect();
	}

	protected override render() {
		const data = this.#data();
		this.#figure = this.#draw(data);
		const { selected, hovered, inSight, discarded } = this;
		return html`
			${this.#zoomButtons()}
			<div class="curve-place">
				<div class="curve-slider" role="slider" tabindex="0" aria-label="step on the reward curve" aria-describedby="curve-summary"
					aria-valuemin="1" aria-valuemax=${Math.max(1, this.steps)} aria-valuenow=${selected} aria-valuetext=${stepText(data, selected)}
					@pointerdown=${this.#pointer.down} @pointermove=${this.#pointer.moved} @pointerup=${this.#pointer.up}
					@pointerleave=${this.#pointer.left} @pointercancel=${this.#pointer.left} @wheel=${this.#pointer.wheel} @keydown=${this.#onKey}>
					${this.#figure === undefined ? nothing : drawCurve(this.#figure, { selected, hovered, inSight, discarded })}
				</div>
				${tooltip(data, this.#figure, hovered)}
			</div>
			<p id="curve-summary" class="visually-hidden">${curveSummary(data)}. Left and right arrow select a step; plus and minus zoom.</p>
			${guard([data], () => (data === undefined ? nothing : curveTable(data)))}
			${problem(this.#part.error)}`;
	}

	#zoomButtons() {
		if (!this.#zoom.possible) return nothing;
		const { whole, range } = this.#zoom;
		const shown = `steps ${countText(Math.round(range.from))}–${countText(Math.round(range.to))} of ${countText(this.steps)}`;
		return html`<div class="curve-buttons">
			${whole ? nothing : html`<span class="faint">${shown}</span>`}
			<button aria-label="zoom in" title="zoom in (+)" @click=${() => this.#zoom.by(ZOOM, this.selected)}>+</button>
			<button aria-label="zoom out" title="zoom out (−)" ?disabled=${whole} @click=${() => this.#zoom.by(1 / ZOOM, this.selected)}>−</button>
			<button title="whole curve (0)" ?disabled=${whole} @click=${this.resetZoom}>whole</button>
		</div>`;
	}

	/** The finest that is known of what is in sight. */
	#data(): CurveView | undefined {
		const part = this.#part.value;
		const { from, to } = this.#zoom.range;
		return part !== undefined && part.from <= from && part.to >= Math.floor(to) ? part : this.whole;
	}

	/** Anew only when what it is made from has changed: a scroll moves no more than the band. */
	#draw(data: CurveView | undefined): RewardCurve | undefined {
		const { range } = this.#zoom;
		const from = [data, this.size, range.from, range.to];
		if (from.every((part, index) => part === this.#drawn[index])) return this.#figure;
		this.#drawn = from;
		return data === undefined || this.size.width === 0 ? undefined : rewardCurve(data, this.size, range);
	}

	#move(pixels: number): void {
		if (this.#figure === undefined) return;
		const { left, right } = this.#figure.plot;
		const { from, to } = this.#zoom.range;
		this.#zoom.move((pixels * (to - from + 1)) / (right - left));
	}

	#within(step: number | undefined): number | undefined {
		return step === undefined || this.steps === 0 ? undefined : Math.min(step, this.steps);
	}

	#select(step: number | undefined): void {
		const within = this.#within(step);
		if (within !== undefined) this.tell("select-step", within);
	}

	#onKey = (event: KeyboardEvent) => {
		if (event.ctrlKey || event.metaKey || event.altKey || !this.#key(event.key)) return;
		event.preventDefault();
		event.stopPropagation();
	};

	/** @returns whether the key means something here. */
	#key(key: string): boolean {
		const stride = this.#data()?.stride ?? 1;
		const steps: Record<string, number> = {
			ArrowLeft: Math.max(1, this.selected - stride),
			ArrowRight: this.selected + stride,
			Home: 1,
			End: this.steps,
		};
		const step = steps[key];
		if (step !== undefined) this.#select(step);
		else if (key === "+" || key === "=") this.#zoom.by(ZOOM, this.selected);
		else if (key === "-") this.#zoom.by(1 / ZOOM, this.selected);
		else return false;
		return true;
	}
}

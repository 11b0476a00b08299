/** A figure with steps along: which of them it shows, which is selected, what a pointer or key does there. */
import { html, nothing, type TemplateResult } from "lit";
import { property, state } from "lit/decorators.js";
import type { RewardCurve } from "../../src/figures/reward-curve.ts";
import { countText } from "../core/format.ts";
import { PageElement } from "../core/page-element.ts";
import { CurvePointer } from "./pointer.ts";
import { CurveZoom } from "./zoom.ts";

/** Of one key press or click. */
const ZOOM = 0.5;

/** `select-step` events carry the step. */
export abstract class StepFigure extends PageElement {
	/** Steps of the trace; of two the longer one's. */
	@property({ attribute: false })
	accessor steps = 0;
	@property({ attribute: false })
	accessor selected = 1;
	@state()
	protected accessor hovered: number | undefined;
	@state()
	protected accessor size = { width: 0, height: 0 };
	protected readonly zoom = new CurveZoom(this);
	/** As it is drawn now. */
	protected figure: RewardCurve | undefined;
	readonly #pointer = new CurvePointer({
		select: (x) => this.#select(this.figure?.stepAt(x)),
		hover: (x) => {
			this.hovered = x === undefined ? undefined : this.#within(this.figure?.stepAt(x));
		},
		zoom: (factor, x) => this.zoom.by(factor, this.figure?.stepAt(x) ?? this.selected),
		move: (pixels) => this.#move(pixels),
		zoomable: () => this.zoom.possible,
	});
	readonly #resized = new ResizeObserver(([entry]) => {
		if (entry === undefined) return;
		const { width, height } = entry.contentRect;
		this.size = { width: Math.round(width), height: Math.round(height) };
	});

	/** Shows all steps. */
	resetZoom = () => this.zoom.reset();

	/** Steps between two points of the figure. */
	protected get stride(): number {
		return 1;
	}

	protected override willUpdate(changed: Map<PropertyKey, unknown>): void {
		this.zoom.steps = this.steps;
		if (changed.has("selected")) this.zoom.show(this.selected);
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

	/** @param text what is heard of the selected step */
	protected slider(
		{ label, text, describedBy }: { label: string; text: string; describedBy?: string },
		drawing: unknown,
	): TemplateResult {
		return html`<div class="curve-slider" role="slider" tabindex="0" aria-label=${label} aria-describedby=${describedBy ?? nothing}
			aria-valuemin="1" aria-valuemax=${Math.max(1, this.steps)} aria-valuenow=${this.selected} aria-valuetext=${text}
			@pointerdown=${this.#pointer.down} @pointermove=${this.#pointer.moved} @pointerup=${this.#pointer.up}
			@pointerleave=${this.#pointer.left} @pointercancel=${this.#pointer.left} @wheel=${this.#pointer.wheel} @keydown=${this.#onKey}>
			${drawing}
		</div>`;
	}

	protected zoomButtons() {
		if (!this.zoom.possible) return nothing;
		const { whole, range } = this.zoom;
		const shown = `steps ${countText(Math.round(range.from))}–${countText(Math.round(range.to))} of ${countText(this.steps)}`;
		return html`<div class="curve-buttons">
			${whole ? nothing : html`<span class="faint">${shown}</span>`}
			<button aria-label="zoom in" title="zoom in (+)" @click=${() => this.zoom.by(ZOOM, this.selected)}>+</button>
			<button aria-label="zoom out" title="zoom out (−)" ?disabled=${whole} @click=${() => this.zoom.by(1 / ZOOM, this.selected)}>−</button>
			<button title="whole curve (0)" ?disabled=${whole} @click=${this.resetZoom}>whole</button>
		</div>`;
	}

	#move(pixels: number): void {
		if (this.figure === undefined) return;
		const { left, right } = this.figure.plot;
		const { from, to } = this.zoom.range;
		this.zoom.move((pixels * (to - from + 1)) / (right - left));
	}

	#within(step: number | undefined): number | undefined {
		return step === undefined || this.steps === 0 ? undefined : Math.max(1, Math.min(step, this.steps));
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
		const { selected, stride } = this;
		const step = { ArrowLeft: selected - stride, ArrowRight: selected + stride, Home: 1, End: this.steps }[key];
		if (step !== undefined) this.#select(step);
		else if (key === "+" || key === "=") this.zoom.by(ZOOM, selected);
		else if (key === "-") this.zoom.by(1 / ZOOM, selected);
		else return false;
		return true;
	}
}

/** The reward curve of a trace, with an equal table and what is said of a step. */
import { html, nothing } from "lit";
import { customElement, property } from "lit/decorators.js";
import { guard } from "lit/directives/guard.js";
import type { CurveView } from "../../src/contract/trace-views.ts";
import type { StepRange } from "../../src/figures/frame.ts";
import { type RewardCurve, rewardCurve } from "../../src/figures/reward-curve.ts";
import { problem } from "../core/problem.ts";
import { traceQuery } from "../core/trace-query.ts";
import { drawCurve } from "./drawing.ts";
import { injections } from "./injections.ts";
import { StepFigure } from "./step-figure.ts";
import { curveSummary, curveTable, stepText } from "./table.ts";
import { tooltip } from "./tooltip.ts";

/** `select-step` events carry the step. */
@customElement("st-curve")
export class Curve extends StepFigure {
	@property({ attribute: false })
	accessor traceId = "";
	/** The whole curve, once it is known. */
	@property({ attribute: false })
	accessor whole: CurveView | undefined;
	/** Steps that the list below shows. */
	@property({ attribute: false })
	accessor inSight: StepRange | undefined;
	/** Discarded speculation is marked. */
	@property({ attribute: false })
	accessor discarded = false;
	/** What the figure was made from. */
	#drawn: readonly unknown[] = [];
	/** A part of a curve that is too long to be told step by step. */
	readonly #part = traceQuery(this, "trace.curve", () => {
		const asked = this.whole?.stride === 1 ? undefined : this.zoom.asked();
		return asked && { traceId: this.traceId, ...asked };
	});

	readonly #injections = traceQuery(this, "trace.injections", () => ({ traceId: this.traceId }));

	protected override get stride(): number {
		return this.#data()?.stride ?? 1;
	}

	protected override willUpdate(changed: Map<PropertyKey, unknown>): void {
		if (changed.has("traceId")) this.zoom.reset();
		super.willUpdate(changed);
	}

	protected override render() {
		const data = this.#data();
		this.figure = this.#draw(data);
		const { figure, selected, hovered, inSight, discarded } = this;
		const heard = { label: "step on the reward curve", text: stepText(data, selected), describedBy: "curve-summary" };
		return html`
			${this.zoomButtons()}
			<div class="curve-place">
				${this.slider(heard, figure === undefined ? nothing : drawCurve(figure, { selected, hovered, inSight, discarded }))}
				${tooltip(data, figure, hovered)}
			</div>
			${guard([this.#injections.value, figure], () => injections(this.#injections.value?.measured, figure))}
			<p id="curve-summary" class="visually-hidden">${curveSummary(data)}. Left and right arrow select a step; plus and minus zoom.</p>
			${guard([data], () => (data === undefined ? nothing : curveTable(data)))}
			${problem(this.#part.error)}`;
	}

	/** The finest that is known of what is in sight. */
	#data(): CurveView | undefined {
		const part = this.#part.value;
		const { from, to } = this.zoom.range;
		return part !== undefined && part.from <= from && part.to >= Math.floor(to) ? part : this.whole;
	}

	/** Anew only when what it is made from has changed: a scroll moves no more than the band. */
	#draw(data: CurveView | undefined): RewardCurve | undefined {
		const { range } = this.zoom;
		const from = [data, this.size, range.from, range.to];
		if (from.every((part, index) => part === this.#drawn[index])) return this.figure;
		this.#drawn = from;
		return data === undefined || this.size.width === 0 ? undefined : rewardCurve(data, this.size, range);
	}
}

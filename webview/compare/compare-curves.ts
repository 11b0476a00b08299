/** The reward curves of two traces in one figure, with an equal table. */
import { html, nothing } from "lit";
import { customElement, property } from "lit/decorators.js";
import type { CurveView } from "../../src/contract/trace-views.ts";
import { type RewardCurve, rewardCurve } from "../../src/figures/reward-curve.ts";
import { problem } from "../core/problem.ts";
import type { Query } from "../core/query.ts";
import { traceQuery } from "../core/trace-query.ts";
import { StepFigure } from "../curve/step-figure.ts";
import { drawOverlay } from "./overlay.ts";
import { type Pair, pairText, rewardText } from "./pair.ts";

/** Rows of the table for those who do not see the figure. */
const MOST_ROWS = 200;

/** `select-step` events carry the step. */
@customElement("st-compare-curves")
export class CompareCurves extends StepFigure {
	@property({ attribute: false })
	accessor a = "";
	@property({ attribute: false })
	accessor b = "";
	@property({ attribute: false })
	accessor parting: number | undefined;
	readonly #curves: Pair<Query<"trace.curve">> = {
		a: traceQuery(this, "trace.curve", () => ({ traceId: this.a, ...this.zoom.asked() })),
		b: traceQuery(this, "trace.curve", () => ({ traceId: this.b, ...this.zoom.asked() })),
	};

	protected override willUpdate(changed: Map<PropertyKey, unknown>): void {
		if (changed.has("a") || changed.has("b")) this.zoom.reset();
		super.willUpdate(changed);
	}

	protected override render() {
		const curves = { a: this.#curves.a.value, b: this.#curves.b.value };
		const figures = this.#figures(curves);
		this.figure = figures?.a;
		const { selected, hovered, parting } = this;
		const heard = { label: "step on the two reward curves", text: pairText(curves, selected) };
		return html`<div class="curve-place">
				${this.slider(heard, figures === undefined ? nothing : drawOverlay(figures, { selected, hovered, parting }))}
				${this.zoomButtons()}
			</div>
			<p class="faint legend">${hovered === undefined ? html`A solid, discs · B dashed, squares · hollow: rejected · flags: injected` : pairText(curves, hovered)}</p>
			${this.#table(curves)}
			${problem(this.#curves.a.error ?? this.#curves.b.error)}`;
	}

	#figures({ a, b }: Pair<CurveView | undefined>): Pair<RewardCurve> | undefined {
		if (a === undefined || b === undefined || this.size.width === 0) return undefined;
		const { range } = this.zoom;
		return { a: rewardCurve(a, this.size, range), b: rewardCurve(b, this.size, range) };
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
}

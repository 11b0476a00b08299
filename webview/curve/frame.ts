/** What every figure over steps has around its marks: a grid with its ticks, τ in words, the lines of the selected and the hovered step. */
import { nothing, svg } from "lit";
import type { RewardCurve } from "../../src/figures/reward-curve.ts";

/** Pixels a point takes; denser ones are left to the line. */
const POINT_GAP = 5;

type Threshold = NonNullable<RewardCurve["threshold"]>;

/** @param below distance of the steps' numbers from the plot, in pixels */
export function grid({ plot, xTicks, yTicks }: RewardCurve, below: number) {
	return svg`
		${yTicks.map(({ at, label }) => svg`<line class="grid" x1=${plot.left} x2=${plot.right} y1=${at} y2=${at}></line><text class="tick y" x=${plot.left - 6} y=${at} dy="0.35em">${label}</text>`)}
		${xTicks.map(({ at, label }) => svg`<text class="tick x" x=${at} y=${plot.bottom + below}>${label}</text>`)}`;
}

/** The line of a threshold and its name. @param name `τ`, or whose τ it is */
export function thresholdLine({ left, right }: RewardCurve["plot"], { y, reward }: Threshold, name = "τ", dy = "0.35em") {
	return svg`<line class="threshold" x1=${left} x2=${right} y1=${y} y2=${y}></line>
		<text class="threshold-label" x=${right + 6} y=${y} dy=${dy}>${name} ${reward.toFixed(2).replace("-", "−")}</text>`;
}

/** The line of a step; nothing where it is not in sight. */
export function cursorLine({ plot, xOf }: RewardCurve, step: number | undefined, kind: "hovered" | "selected") {
	const x = step === undefined ? Number.NaN : xOf(step);
	if (!(x >= plot.left && x <= plot.right)) return nothing;
	return svg`<line class="cursor ${kind}" x1=${x} x2=${x} y1=${plot.top} y2=${plot.bottom}></line>`;
}

/** Whether the points stand so near to each other that only those worth a mark have one. */
export function isDense({ points, plot }: RewardCurve): boolean {
	return points.length * POINT_GAP > plot.right - plot.left;
}

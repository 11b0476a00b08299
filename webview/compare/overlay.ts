/** Two reward curves over each other. Which trace is said by line and mark (A solid with discs, B dashed with squares), which side of τ by colour. */
import { html, nothing, svg } from "lit";
import type { Point, RewardCurve } from "../../src/figures/reward-curve.ts";
import { LETTER, type Pair, SIDES, type Side } from "./pair.ts";

export interface OverlayLook {
	selected: number;
	hovered: number | undefined;
	/** Step where the texts part. */
	parting: number | undefined;
}

/** Denser points are left to the line. */
const POINT_GAP = 5;

/** @param figures of the same size and range */
export function drawOverlay(figures: Pair<RewardCurve>, look: OverlayLook) {
	const { size, plot } = figures.a;
	return html`<svg class="curve overlay" aria-hidden="true" width=${size.width} height=${size.height} viewBox="0 0 ${size.width} ${size.height}">
		<clipPath id="overlay-plot"><rect x=${plot.left - 6} y=${plot.top - 6} width=${plot.right - plot.left + 12} height=${plot.bottom - plot.top + 12}></rect></clipPath>
		${axes(figures.a)}
		${SIDES.map((side) => threshold(figures, side))}
		${SIDES.map((side) => pennants(figures[side], side))}
		<g clip-path="url(#overlay-plot)">
			${parting(figures.a, look.parting)}
			${SIDES.map((side) => svg`<path class="path trace-${side}" d=${figures[side].line}></path>`)}
			${SIDES.map((side) => marks(figures[side], side))}
			${cursor(figures.a, look.hovered, "hovered")}${cursor(figures.a, look.selected, "selected")}
		</g>
	</svg>`;
}

function axes({ plot, xTicks, yTicks }: RewardCurve) {
	return svg`${yTicks.map(({ at, label }) => svg`<line class="grid" x1=${plot.left} x2=${plot.right} y1=${at} y2=${at}></line><text class="tick y" x=${plot.left - 6} y=${at} dy="0.35em">${label}</text>`)}
		${xTicks.map(({ at, label }) => svg`<text class="tick x" x=${at} y=${plot.bottom + 16}>${label}</text>`)}`;
}

/** One line where both have the same τ. */
function threshold({ a, b }: Pair<RewardCurve>, side: Side) {
	const own = side === "a" ? a.threshold : b.threshold;
	const same = a.threshold?.reward === b.threshold?.reward;
	if (own === undefined || (side === "b" && same)) return nothing;
	const { plot } = a;
	const name = same ? "τ" : `τ ${LETTER[side]}`;
	return svg`<line class="threshold" x1=${plot.left} x2=${plot.right} y1=${own.y} y2=${own.y}></line>
		<text class="threshold-label" x=${plot.right + 6} y=${own.y} dy=${side === "a" ? "0.35em" : "1.1em"}>${name} ${own.reward.toFixed(2).replace("-", "−")}</text>`;
}

function parting(figure: RewardCurve, step: number | undefined) {
	if (step === undefined) return nothing;
	const x = (figure.xOf(step - 1) + figure.xOf(step)) / 2;
	return svg`<line class="parting" x1=${x} x2=${x} y1=${figure.plot.top} y2=${figure.plot.bottom}></line>
		<text class="parting-label" x=${x + 4} y=${figure.plot.bottom - 6}>they part</text>`;
}

/** Where something was injected; B's stand above A's. */
function pennants({ poles, plot }: RewardCurve, side: Side) {
	const top = plot.top - (side === "a" ? 14 : 28);
	return poles.map(({ x }) => svg`<path class="pennant trace-${side}" d="M${x} ${top + 12}v-12l8 4l-8 4"></path>`);
}

function marks({ points, rejected, plot }: RewardCurve, side: Side) {
	const dense = points.length * POINT_GAP > plot.right - plot.left;
	const shown = dense ? points.filter(({ side, steered }) => side === "below" || steered) : points;
	return svg`${rejected.map(({ x, y }) => svg`<circle class="rejected trace-${side}" cx=${x} cy=${y} r="3"></circle>`)}
		${shown.map((point) => mark(point, side, dense ? 2.5 : 4))}`;
}

function mark({ x, y, side: reached }: Point, side: Side, r: number) {
	return side === "a"
		? svg`<circle class="point ${reached}" cx=${x} cy=${y} r=${r}></circle>`
		: svg`<rect class="point ${reached}" x=${x - r} y=${y - r} width=${2 * r} height=${2 * r}></rect>`;
}

function cursor(figure: RewardCurve, step: number | undefined, kind: "hovered" | "selected") {
	if (step === undefined) return nothing;
	const x = figure.xOf(step);
	return svg`<line class="cursor ${kind}" x1=${x} x2=${x} y1=${figure.plot.top} y2=${figure.plot.bottom}></line>`;
}

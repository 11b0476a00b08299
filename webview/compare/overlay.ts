/** Two reward curves over each other. Which trace is said by line and mark (A solid with discs, B dashed with squares), which side of τ by colour. */
import { html, nothing, svg } from "lit";
import type { RewardCurve } from "../../src/figures/reward-curve.ts";
import { cursorLine, grid, isDense, thresholdLine } from "../curve/frame.ts";
import { LETTER, type Pair, SIDES, type Side } from "./pair.ts";

export interface OverlayLook {
	selected: number;
	hovered: number | undefined;
	/** Step where the texts part. */
	parting: number | undefined;
}

/** Pixels at most between the line of the parting and its step. */
const MOST_BEFORE = 14;
/** Pixels that its label takes. */
const LABEL = 60;

/** @param figures of the same size and range */
export function drawOverlay(figures: Pair<RewardCurve>, look: OverlayLook) {
	const { size, plot } = figures.a;
	return html`<svg class="curve overlay" aria-hidden="true" width=${size.width} height=${size.height} viewBox="0 0 ${size.width} ${size.height}">
		<clipPath id="overlay-plot"><rect x=${plot.left - 6} y=${plot.top - 6} width=${plot.right - plot.left + 12} height=${plot.bottom - plot.top + 12}></rect></clipPath>
		${grid(figures.a, 16)}
		${SIDES.map((side) => threshold(figures, side))}
		${SIDES.map((side) => pennants(figures[side], side))}
		<g clip-path="url(#overlay-plot)">
			${parting(figures.a, look.parting)}
			${SIDES.map((side) => svg`<path class="path trace-${side}" d=${figures[side].line}></path>`)}
			${SIDES.map((side) => marks(figures[side], side))}
			${cursorLine(figures.a, look.hovered, "hovered")}${cursorLine(figures.a, look.selected, "selected")}
		</g>
	</svg>`;
}

/** One line where both have the same τ. */
function threshold({ a, b }: Pair<RewardCurve>, side: Side) {
	const own = side === "a" ? a.threshold : b.threshold;
	const same = a.threshold?.reward === b.threshold?.reward;
	if (own === undefined || (side === "b" && same)) return nothing;
	return thresholdLine(a.plot, own, same ? "τ" : `τ ${LETTER[side]}`, side === "a" ? "0.35em" : "1.1em");
}

function parting(figure: RewardCurve, step: number | undefined) {
	if (step === undefined) return nothing;
	const x = figure.xOf(step) - Math.min(MOST_BEFORE, (figure.xOf(step) - figure.xOf(step - 1)) / 2);
	const toTheLeft = x - figure.plot.left > LABEL;
	return svg`<line class="parting" x1=${x} x2=${x} y1=${figure.plot.top} y2=${figure.plot.bottom}></line>
		<text class="parting-label" text-anchor=${toTheLeft ? "end" : "start"} x=${x + (toTheLeft ? -4 : 4)} y=${figure.plot.bottom - 6}>they part</text>`;
}

/** Where something was injected; B's stand above A's. */
function pennants({ poles, plot }: RewardCurve, side: Side) {
	const top = plot.top - (side === "a" ? 14 : 28);
	return poles.map(({ x }) => svg`<path class="pennant trace-${side}" d="M${x} ${top + 12}v-12l8 4l-8 4"></path>`);
}

function marks(figure: RewardCurve, side: Side) {
	const { points, rejected } = figure;
	const dense = isDense(figure);
	const shown = dense ? points.filter(({ side, steered }) => side === "below" || steered) : points;
	return svg`${rejected.map((place) => shape(place, side, 3, `rejected trace-${side}`))}
		${shown.map((point) => shape(point, side, dense ? 2.5 : 4, `point ${point.side}`))}`;
}

/** A disc for A, a square for B. */
function shape({ x, y }: { x: number; y: number }, side: Side, r: number, kind: string) {
	return side === "a"
		? svg`<circle class=${kind} cx=${x} cy=${y} r=${r}></circle>`
		: svg`<rect class=${kind} x=${x - r} y=${y - r} width=${2 * r} height=${2 * r}></rect>`;
}

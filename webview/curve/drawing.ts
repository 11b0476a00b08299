/** Draws a reward curve. Colours are classes; every mark has a shape of its own as well. Marks of one kind are one path. */
import { html, nothing, svg } from "lit";
import { guard } from "lit/directives/guard.js";
import { FLAG_HEIGHT, moreText } from "../../src/figures/flags.ts";
import type { StepRange } from "../../src/figures/frame.ts";
import type { Point, RewardCurve, Side } from "../../src/figures/reward-curve.ts";
import { shownLine } from "../core/shown-text.ts";
import { cursorLine, grid, isDense, thresholdLine } from "./frame.ts";
import { arrow, circle, cross, dash, diamond, triangle } from "./marks.ts";

export interface CurveLook {
	selected: number;
	hovered: number | undefined;
	/** Steps that the list shows. */
	inSight: StepRange | undefined;
	/** Marks of discarded speculation. */
	discarded: boolean;
}

/** So near to the right edge, a label stands on the left of its line. */
const LABEL_ROOM = 60;
const SIDES: readonly Side[] = ["reached", "below", "unknown"];

export function drawCurve(figure: RewardCurve, look: CurveLook) {
	const { width, height } = figure.size;
	return html`<svg class="curve" aria-hidden="true" width=${width} height=${height} viewBox="0 0 ${width} ${height}">
		${inSight(figure, look.inSight)}
		${guard([figure, look.discarded], () => [axes(figure), lines(figure), marks(figure, look.discarded), flags(figure)])}
		${cursor(figure, look.hovered, "hovered")}
		${cursor(figure, look.selected, "selected")}
	</svg>`;
}

function inSight({ plot, xOf }: RewardCurve, range: StepRange | undefined) {
	if (range === undefined) return nothing;
	const left = Math.max(plot.left, xOf(range.from - 0.5));
	const width = Math.max(0, Math.min(plot.right, xOf(range.to + 0.5)) - left);
	return svg`<rect class="in-sight" x=${left} y=${plot.top} width=${width} height=${plot.bottom - plot.top}></rect>`;
}

function axes(figure: RewardCurve) {
	const { plot, threshold, depth } = figure;
	return svg`${grid(figure, 20)}
		${threshold === undefined ? nothing : [belowThreshold(plot, threshold.y), thresholdLine(plot, threshold)]}
		${depth === undefined ? nothing : depthLine(plot, depth)}`;
}

function belowThreshold({ left, right, bottom }: RewardCurve["plot"], y: number) {
	return svg`<rect class="below-region" x=${left} y=${y} width=${right - left} height=${bottom - y}></rect>`;
}

function depthLine({ top, right, bottom }: RewardCurve["plot"], { x, depth }: NonNullable<RewardCurve["depth"]>) {
	const flipped = x > right - LABEL_ROOM;
	return svg`<line class="depth" x1=${x} x2=${x} y1=${top} y2=${bottom}></line>
		<text class="depth-label" text-anchor=${flipped ? "end" : "start"} x=${x + (flipped ? -4 : 4)} y=${bottom - 6}>m = ${depth}</text>`;
}

function lines({ plot, band, line, others, threshold }: RewardCurve) {
	return svg`${threshold === undefined ? nothing : sidesOfThreshold(plot, threshold.y)}<clipPath id="curve-plot"><rect x=${plot.left} y=${plot.top - 9} width=${plot.right - plot.left} height=${plot.bottom - plot.top + 18}></rect></clipPath>
		<g clip-path="url(#curve-plot)">
			<path class="stretch" d=${band}></path>
			${others.map((other) => svg`<path class="other-line" d=${other.line}></path>`)}
			${threshold === undefined ? svg`<path class="path" d=${line}></path>` : (["reached", "below"] as const).map((side) => svg`<path class="path ${side}" clip-path="url(#curve-${side})" d=${line}></path>`)}
		</g>`;
}

/** Where the line has the colour of what reached τ, and where of what is below. */
function sidesOfThreshold({ left, right, top, bottom }: RewardCurve["plot"], y: number) {
	const width = right - left;
	return svg`<clipPath id="curve-reached"><rect x=${left} y=${top - 9} width=${width} height=${Math.max(0, y - top + 10)}></rect></clipPath>
		<clipPath id="curve-below"><rect x=${left} y=${y + 1} width=${width} height=${Math.max(0, bottom - y + 8)}></rect></clipPath>`;
}

function marks(figure: RewardCurve, discarded: boolean) {
	const { poles, rejected, points, unscored, others } = figure;
	const dense = isDense(figure);
	const radius = dense ? 2.5 : 4;
	const failed = unscored.filter((mark) => mark.failed);
	const unasked = unscored.filter((mark) => !mark.failed);
	return svg`
		<path class="pole" d=${poles.map(({ x, top, bottom }) => `M${x} ${top}V${bottom}`).join("")}></path>
		<path class="not-taken" d=${rejected.map(({ line }) => line).join("")}></path>
		<path class="rejected" d=${rejected.map(({ x, y }) => circle(x, y, radius)).join("")}></path>
		${SIDES.map((side) =>
			sidePoints(
				points.filter((point) => point.side === side && !(dense && isPlain(point))),
				side,
				radius,
			),
		)}
		<path class="failed" d=${failed.map(({ x, y }) => cross(x, y)).join("")}></path>
		<path class="unscored" d=${unasked.map(({ x, y }) => dash(x, y)).join("")}></path>
		<path class="disagrees" d=${others.flatMap((other) => other.marks.map(({ x, y }) => diamond(x, y))).join("")}></path>
		${discarded ? svg`<path class="discarded" d=${figure.discarded.map(({ x, y }) => triangle(x, y)).join("")}></path>` : nothing}`;
}

/** Neither low nor steered: the line alone tells it. */
function isPlain({ side, steered }: Point): boolean {
	return side !== "below" && !steered;
}

function sidePoints(points: readonly Point[], side: Side, radius: number) {
	const bounds = points.map(({ x, y, bound }) => (bound === undefined ? "" : arrow(x, y, bound))).join("");
	return svg`<path class="point ${side}" d=${points.map(({ x, y }) => circle(x, y, radius)).join("")}></path>
		<path class="bound ${side}" d=${bounds}></path>`;
}

/** A step's line, and a ring around its point. */
function cursor(figure: RewardCurve, step: number | undefined, kind: "hovered" | "selected") {
	const point = figure.points.find((candidate) => candidate.step === step);
	return svg`${cursorLine(figure, step, kind)}
		${point === undefined ? nothing : svg`<circle class="ring ${kind}" cx=${point.x} cy=${point.y} r="7"></circle>`}`;
}

function flags({ flags }: RewardCurve) {
	return flags.map(
		({ label, more, left, top, width }) =>
			svg`<g class="flag"><rect x=${left} y=${top + 1} width=${width} height=${FLAG_HEIGHT - 1} rx="2"></rect>
				<text class="hostile" x=${left + 6} y=${top + FLAG_HEIGHT / 2 + 1} dy="0.35em">${shownLine(label)}${moreText(more)}</text></g>`,
	);
}

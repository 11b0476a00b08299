/** Draws a reward curve. Colours are classes; every mark has a shape of its own as well. */
import { html, nothing, svg } from "lit";
import type { StepRange } from "../../src/figures/frame.ts";
import { FLAG_HEIGHT, moreText } from "../../src/figures/flags.ts";
import type { RewardCurve } from "../../src/figures/reward-curve.ts";
import { shownLine } from "../core/shown-text.ts";

export interface CurveLook {
	selected: number;
	hovered: number | undefined;
	/** Steps that the list shows. */
	inSight: StepRange | undefined;
	/** Marks of discarded speculation. */
	discarded: boolean;
}

/** Denser points are left to the line. */
const POINT_GAP = 5;

export function drawCurve(figure: RewardCurve, look: CurveLook) {
	const { width, height } = figure.size;
	return html`<svg class="curve" aria-hidden="true" width=${width} height=${height} viewBox="0 0 ${width} ${height}">
		<clipPath id="curve-plot">${rectangle(figure, "", 6)}</clipPath>
		${ground(figure, look)}
		<g clip-path="url(#curve-plot)">${paths(figure)}${marks(figure, look)}</g>
		${flags(figure)}
	</svg>`;
}

function rectangle({ plot: { left, top, right, bottom } }: RewardCurve, kind: string, margin = 0) {
	return svg`<rect class=${kind} x=${left - margin} y=${top - margin} width=${right - left + 2 * margin} height=${bottom - top + 2 * margin}></rect>`;
}

function ground(figure: RewardCurve, { inSight }: CurveLook) {
	const { plot, xTicks, yTicks, threshold, depth } = figure;
	const between = (from: number, to: number) => {
		const left = Math.max(plot.left, figure.xOf(from - 0.5));
		return { left, width: Math.max(0, Math.min(plot.right, figure.xOf(to + 0.5)) - left) };
	};
	const band = inSight === undefined ? undefined : between(inSight.from, inSight.to);
	return svg`
		${band === undefined ? nothing : svg`<rect class="in-sight" x=${band.left} y=${plot.top} width=${band.width} height=${plot.bottom - plot.top}></rect>`}
		${yTicks.map(({ at, label }) => svg`<line class="grid" x1=${plot.left} x2=${plot.right} y1=${at} y2=${at}></line><text class="tick y" x=${plot.left - 6} y=${at} dy="0.35em">${label}</text>`)}
		${xTicks.map(({ at, label }) => svg`<text class="tick x" x=${at} y=${plot.bottom + 16}>${label}</text>`)}
		${
			threshold === undefined
				? nothing
				: svg`<rect class="below-region" x=${plot.left} y=${threshold.y} width=${plot.right - plot.left} height=${plot.bottom - threshold.y}></rect>
			<line class="threshold" x1=${plot.left} x2=${plot.right} y1=${threshold.y} y2=${threshold.y}></line>
			<text class="threshold-label" x=${plot.right + 6} y=${threshold.y} dy="0.35em">τ ${threshold.reward.toFixed(2).replace("-", "−")}</text>`
		}
		${depth === undefined ? nothing : svg`<line class="depth" x1=${depth.x} x2=${depth.x} y1=${plot.top} y2=${plot.bottom}></line><text class="depth-label" x=${depth.x + 4} y=${plot.bottom - 6}>m = ${depth.depth}</text>`}`;
}

function paths({ band, line, others }: RewardCurve) {
	return svg`${band === "" ? nothing : svg`<path class="stretch" d=${band}></path>`}
		${others.map(({ line: other }) => svg`<path class="other-line" d=${other}></path>`)}
		<path class="path" d=${line}></path>`;
}

function marks(figure: RewardCurve, look: CurveLook) {
	return svg`
		${figure.poles.map(({ x, top, bottom }) => svg`<line class="pole" x1=${x} x2=${x} y1=${top} y2=${bottom}></line>`)}
		${figure.rejected.map(({ line }) => (line === "" ? nothing : svg`<path class="not-taken" d=${line}></path>`))}
		${figure.rejected.map(({ x, y }) => svg`<circle class="rejected" cx=${x} cy=${y} r="4"></circle>`)}
		${points(figure)}
		${figure.unscored.map(({ x, y, failed }) => svg`<path class=${failed ? "failed" : "unscored"} d=${failed ? cross(x, y) : dash(x, y)}></path>`)}
		${figure.others.flatMap(({ marks }) => marks.map(({ x, y }) => svg`<path class="disagrees" d=${diamond(x, y)}></path>`))}
		${look.discarded ? figure.discarded.map(({ x, y }) => svg`<path class="discarded" d=${triangle(x, y)}></path>`) : nothing}
		${cursor(figure, look.hovered, "hovered")}
		${cursor(figure, look.selected, "selected")}`;
}

/** Where they have room; the reader still sees each steered and each low one. */
function points({ points, plot }: RewardCurve) {
	const dense = points.length * POINT_GAP > plot.right - plot.left;
	const shown = dense ? points.filter(({ side, steered }) => side === "below" || steered) : points;
	return shown.map(({ x, y, side, bound }) => [
		svg`<circle class="point ${side}" cx=${x} cy=${y} r=${dense ? 2.5 : 4}></circle>`,
		bound === undefined ? nothing : svg`<path class="bound ${side}" d=${arrow(x, y, bound)}></path>`,
	]);
}

function cursor(figure: RewardCurve, step: number | undefined, kind: "hovered" | "selected") {
	if (step === undefined) return nothing;
	const x = figure.xOf(step);
	const { plot } = figure;
	if (x < plot.left || x > plot.right) return nothing;
	const point = figure.points.findLast((candidate) => candidate.step <= step);
	return svg`<line class="cursor ${kind}" x1=${x} x2=${x} y1=${plot.top} y2=${plot.bottom}></line>
		${point?.step === step ? svg`<circle class="ring ${kind}" cx=${point.x} cy=${point.y} r="7"></circle>` : nothing}`;
}

function flags({ flags }: RewardCurve) {
	return flags.map(
		({ label, more, left, top, width }) =>
			svg`<g class="flag"><rect x=${left} y=${top + 1} width=${width} height=${FLAG_HEIGHT - 1} rx="2"></rect>
				<text class="hostile" x=${left + 6} y=${top + FLAG_HEIGHT / 2 + 1} dy="0.35em">${shownLine(label)}${moreText(more)}</text></g>`,
	);
}

function cross(x: number, y: number): string {
	return `M${x - 4} ${y - 4}l8 8m0 -8l-8 8`;
}

function dash(x: number, y: number): string {
	return `M${x - 4} ${y}h8`;
}

function diamond(x: number, y: number): string {
	return `M${x} ${y - 5}l5 5l-5 5l-5 -5z`;
}

function triangle(x: number, y: number): string {
	return `M${x - 4} ${y}h8l-4 -6z`;
}

/** Towards where the reward may be as well. */
function arrow(x: number, y: number, bound: "at-most" | "at-least"): string {
	const way = bound === "at-most" ? 1 : -1;
	return `M${x} ${y + 5 * way}v${6 * way}m-3 ${-3 * way}l3 ${3 * way}l3 ${-3 * way}`;
}

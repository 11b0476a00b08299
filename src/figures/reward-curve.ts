/**
 * The reward curve as geometry: where its path, points, marks, flags and lines are. Knows no DOM, so the page and a report draw
 * the same curve. Lengths are pixels from the upper left corner; steps are counted from 1.
 */
import { area, curveLinear, line } from "d3";
import type { CurveData, OtherPath, PathPoint } from "./curve-data.ts";
import { FLAG_HEIGHT, FLAGS_HEIGHT, type Flag, placeFlags } from "./flags.ts";
import { type Frame, frameOf, type Plot, type Size, type StepRange, type Tick } from "./frame.ts";

/** The scorer's side of τ; `unknown` where there is no τ. */
export type Side = "reached" | "below" | "unknown";

export interface Point {
	step: number;
	reward: number;
	x: number;
	y: number;
	side: Side;
	steered: boolean;
	bound: PathPoint["bound"];
}

export interface RejectedMark {
	step: number;
	attempt: number;
	reward: number;
	x: number;
	y: number;
	/** From the step before to the mark: the way not taken. Empty where the step before is not in sight. */
	line: string;
}

export interface OtherCurve {
	scorer: string;
	line: string;
	/** Where this scorer is on the other side of τ. */
	marks: { step: number; x: number; y: number }[];
}

export interface RewardCurve {
	size: Size;
	plot: Plot;
	xTicks: Tick[];
	yTicks: Tick[];
	/** Accepted path; it has a gap where there is no score. */
	line: string;
	/** Between lowest and highest of each stretch; empty where a point is one step. */
	band: string;
	points: Point[];
	/** Steps without a reward: the scorer failed, or was not asked. */
	unscored: { step: number; x: number; y: number; failed: boolean }[];
	rejected: RejectedMark[];
	flags: Flag[];
	/** Of each injection: from its flag down to the step's point; a short one where it stands behind another's flag. */
	poles: { step: number; x: number; top: number; bottom: number }[];
	threshold: { y: number; reward: number } | undefined;
	/** Between the last steered step that the method may steer and the next; undefined where not in sight. */
	depth: { x: number; depth: number } | undefined;
	discarded: { step: number; x: number; y: number; pieces: number; tokens: number }[];
	others: OtherCurve[];
	/** Where a step is, in sight or not. */
	xOf(step: number): number;
	/** The whole step nearest to a place. */
	stepAt(x: number): number;
}

/** @param range steps in sight; what lies outside is left out, but for the path's neighbours, which lead its line to the edge. */
export function rewardCurve(data: CurveData, size: Size, range: StepRange): RewardCurve {
	const inSight = ({ step }: { step: number }) => step >= range.from - 0.5 && step <= range.to + 0.5;
	const frame = frameOf(size, range, FLAGS_HEIGHT);
	const { plot, x, y, xTicks, yTicks } = frame;
	const path = data.path.filter(inSight);
	const near = neighbourhood(data.path, range);
	const injections = data.injections.filter(inSight);
	const heights = new Map(path.map(({ step, reward }) => [step, reward === null ? plot.bottom : y(reward)]));
	const flags = placeFlags(injections, x, plot);
	const tops = new Map(flags.map(({ step, top }) => [step, top + FLAG_HEIGHT]));
	const { threshold, depth } = data;
	return {
		size,
		plot,
		xTicks,
		yTicks,
		line: pathLine(near, frame),
		band: data.stride > 1 ? bandArea(near, frame) : "",
		points: path.flatMap((point) => pointOf(point, frame, threshold)),
		unscored: path.flatMap(({ step, reward, failed }) =>
			reward === null ? [{ step, x: x(step), y: plot.bottom - 7, failed }] : [],
		),
		rejected: rejectedMarks(data, frame, inSight),
		flags,
		poles: injections.map(({ step }) => {
			const top = tops.get(step);
			return top === undefined
				? { step, x: x(step), top: plot.top - 4, bottom: plot.top + 2 }
				: { step, x: x(step), top, bottom: heights.get(step) ?? plot.bottom };
		}),
		threshold: threshold === undefined ? undefined : { y: y(clamped(threshold)), reward: threshold },
		depth: depth === undefined || !inSight({ step: depth + 0.5 }) ? undefined : { x: x(depth + 0.5), depth },
		discarded: data.discarded.filter(inSight).map((mark) => ({ ...mark, x: x(mark.step), y: plot.bottom })),
		others: data.others.map((other) => otherCurve(other, frame, range)),
		xOf: (step) => x(step),
		stepAt: (at) => Math.max(1, Math.round(x.invert(at))),
	};
}

function pointOf({ step, reward, steered, bound }: PathPoint, { x, y }: Frame, threshold: number | undefined): Point[] {
	if (reward === null) return [];
	return [{ step, reward, x: x(step), y: y(reward), side: sideOf(reward, threshold), steered, bound }];
}

/** @param threshold τ */
export function sideOf(reward: number, threshold: number | undefined): Side {
	if (threshold === undefined) return "unknown";
	return reward < threshold ? "below" : "reached";
}

/** Points in sight and one more on either side. */
function neighbourhood<P extends { step: number }>(path: readonly P[], { from, to }: StepRange): P[] {
	const first = path.findIndex(({ step }) => step >= from - 0.5);
	const last = path.findLastIndex(({ step }) => step <= to + 0.5);
	if (first < 0 || last < 0) return [];
	return path.slice(Math.max(0, first - 1), last + 2);
}

function pathLine(path: readonly { step: number; reward: number | null }[], { x, y }: Frame): string {
	return (
		line<{ step: number; reward: number | null }>()
			.defined(({ reward }) => reward !== null)
			.x(({ step }) => x(step))
			.y(({ reward }) => y(reward ?? 0))
			.curve(curveLinear)
			.digits(1)(path) ?? ""
	);
}

function bandArea(path: readonly PathPoint[], { x, y }: Frame): string {
	return (
		area<PathPoint>()
			.defined(({ reward }) => reward !== null)
			.x(({ step }) => x(step))
			.y0(({ reward }) => y(reward ?? 0))
			.y1(({ reward, high }) => y(high ?? reward ?? 0))
			.digits(1)(path) ?? ""
	);
}

/** Ways not taken begin at the accepted step before, of which only unstretched paths know the height. */
function rejectedMarks({ path, rejected, stride }: CurveData, frame: Frame, inSight: (at: { step: number }) => boolean) {
	const before = new Map(stride > 1 ? [] : path.map((point) => [point.step, point.reward]));
	return rejected.filter(inSight).map((mark): RejectedMark => {
		const from = before.get(mark.step - 1) ?? null;
		const way = [{ step: mark.step - 1, reward: from }, mark];
		return { ...mark, x: frame.x(mark.step), y: frame.y(mark.reward), line: from === null ? "" : pathLine(way, frame) };
	});
}

function otherCurve({ scorer, path, disagree }: OtherPath, frame: Frame, range: StepRange): OtherCurve {
	const near = neighbourhood(path, range);
	const differs = new Set(disagree);
	return {
		scorer,
		line: pathLine(near, frame),
		marks: near.flatMap(({ step, reward }) =>
			reward !== null && differs.has(step) && step >= range.from - 0.5 && step <= range.to + 0.5
				? [{ step, x: frame.x(step), y: frame.y(reward) }]
				: [],
		),
	};
}

function clamped(reward: number): number {
	return Math.max(-1, Math.min(1, reward));
}

/** The frame of a reward curve: plot area, scales and ticks. Lengths are pixels from the upper left corner. */
import { type ScaleLinear, scaleLinear } from "d3";

export interface Size {
	width: number;
	height: number;
}

/** Steps in sight, from 1; fractions while somebody drags. */
export interface StepRange {
	from: number;
	to: number;
}

export interface Plot {
	left: number;
	top: number;
	right: number;
	bottom: number;
}

export interface Tick {
	/** Along its axis. */
	at: number;
	label: string;
}

export interface Frame {
	plot: Plot;
	x: ScaleLinear<number, number>;
	y: ScaleLinear<number, number>;
	xTicks: Tick[];
	yTicks: Tick[];
}

/** Room for axis labels, and on the right for that of τ. */
const MARGIN = { left: 40, right: 60, bottom: 26 };
/** Between step labels, at least. */
const LABEL_GAP = 44;
const REWARDS = [-1, -0.5, 0, 0.5, 1];

/** @param top room above the plot, for flags */
export function frameOf(size: Size, range: StepRange, top: number): Frame {
	const plot = {
		left: MARGIN.left,
		top,
		right: Math.max(MARGIN.left + 1, size.width - MARGIN.right),
		bottom: Math.max(top + 1, size.height - MARGIN.bottom),
	};
	const x = scaleLinear([range.from - 0.5, range.to + 0.5], [plot.left, plot.right]);
	const y = scaleLinear([-1, 1], [plot.bottom, plot.top]);
	return {
		plot,
		x,
		y,
		xTicks: stepTicks(x, plot).map((step) => ({ at: x(step), label: String(step) })),
		yTicks: REWARDS.map((reward) => ({ at: y(reward), label: String(reward).replace("-", "−") })),
	};
}

/** Whole steps in sight, few enough for their labels. */
function stepTicks(x: ScaleLinear<number, number>, { left, right }: Plot): number[] {
	const [from = 0, to = 0] = x.domain();
	const most = Math.max(2, Math.floor((right - left) / LABEL_GAP));
	const ticks = x.ticks(Math.min(most, Math.ceil(to - from)));
	return [...new Set(ticks.map(Math.round))].filter((step) => step >= Math.max(1, from) && step <= to);
}

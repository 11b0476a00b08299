/**
 * The strip under a reward curve: of each step where it was measured, how often re-runs with words injected there ended well, above,
 * and without, below. Lengths are pixels from the strip's upper left corner; steps stand where the curve has them.
 */
import type { Plot } from "./frame.ts";

/** k of n, with its interval in [0, 1]. */
export interface Share {
	k: number;
	n: number;
	low: number;
	high: number;
}

export interface MeasuredStep {
	step: number;
	share: Share;
}

export interface StripCell extends MeasuredStep {
	row: "injected" | "without";
	x: number;
	y: number;
	width: number;
	/** Ends of the interval and the share itself, along the cell's lower edge. */
	low: number;
	high: number;
	at: number;
	/** Whether `k/n` fits in. */
	roomy: boolean;
}

export const CELL_HEIGHT = 22;
const GAP = 3;
const WIDEST = 84;
const NARROWEST = 6;
/** Pixels a character takes. */
const CHARACTER = 7;

export interface InjectionStrip {
	height: number;
	cells: StripCell[];
}

/**
 * @param plot of the curve above
 * @param xOf where the curve has a step
 */
export function injectionStrip(
	{ injected, without }: { injected: readonly MeasuredStep[]; without: readonly MeasuredStep[] },
	plot: Pick<Plot, "left" | "right">,
	xOf: (step: number) => number,
): InjectionStrip {
	const width = Math.max(NARROWEST, Math.min(WIDEST, xOf(2) - xOf(1) - GAP));
	const cell = (row: StripCell["row"], { step, share }: MeasuredStep): StripCell => {
		const x = xOf(step) - width / 2;
		const along = (part: number) => x + part * width;
		return {
			step,
			share,
			row,
			x,
			y: row === "injected" ? 0 : CELL_HEIGHT + GAP,
			width,
			low: along(share.low),
			high: along(share.high),
			at: along(share.k / share.n),
			roomy: width >= CHARACTER * `${share.k}/${share.n}`.length,
		};
	};
	const inSight = ({ step, share }: MeasuredStep) => share.n > 0 && xOf(step) >= plot.left && xOf(step) <= plot.right;
	return {
		height: 2 * CELL_HEIGHT + GAP,
		cells: [
			...injected.filter(inSight).map((measured) => cell("injected", measured)),
			...without.filter(inSight).map((measured) => cell("without", measured)),
		],
	};
}

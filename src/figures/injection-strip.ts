/**
 * A strip under a reward curve: of each step where it was measured, how often re-runs ended well. Lengths are pixels from the strip's
 * upper left corner; steps stand where the curve has them.
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
	x: number;
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

/**
 * Cells of the steps in sight that have samples.
 *
 * @param plot of the curve above
 * @param xOf where the curve has a step
 */
export function stripCells(
	measured: readonly MeasuredStep[],
	plot: Pick<Plot, "left" | "right">,
	xOf: (step: number) => number,
): StripCell[] {
	const width = Math.max(NARROWEST, Math.min(WIDEST, xOf(2) - xOf(1) - GAP));
	const inSight = measured.filter(({ step, share }) => share.n > 0 && xOf(step) >= plot.left && xOf(step) <= plot.right);
	return inSight.map(({ step, share }) => {
		const x = xOf(step) - width / 2;
		const along = (part: number) => x + part * width;
		return {
			step,
			share,
			x,
			width,
			low: along(share.low),
			high: along(share.high),
			at: along(share.k / share.n),
			roomy: width >= CHARACTER * `${share.k}/${share.n}`.length,
		};
	});
}

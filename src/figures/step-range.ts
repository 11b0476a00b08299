/** Which steps a curve shows: zoomed, moved, and kept within the trace. */
import type { StepRange } from "./frame.ts";

/** Fewest steps in sight, where the trace has as many. */
const FEWEST = 5;

/** All steps of a trace; of an empty one the place of its first. */
export function wholeRange(steps: number): StepRange {
	return { from: 1, to: Math.max(1, steps) };
}

export function isWhole(range: StepRange, steps: number): boolean {
	const whole = wholeRange(steps);
	return range.from <= whole.from && range.to >= whole.to;
}

/**
 * A range with `factor` times as many steps, around one that keeps its place.
 * @param factor below 1 magnifies
 */
export function zoomed(range: StepRange, factor: number, around: number, steps: number): StepRange {
	const length = range.to - range.from;
	const wanted = Math.max(Math.min(FEWEST, steps) - 1, Math.min(length * factor, steps - 1));
	const share = length === 0 ? 0.5 : (around - range.from) / length;
	return kept(around - share * wanted, wanted, steps);
}

/** The range moved by a number of steps. */
export function moved(range: StepRange, by: number, steps: number): StepRange {
	return kept(range.from + by, range.to - range.from, steps);
}

/** The range moved as little as it takes to show a step. */
export function showing(range: StepRange, step: number, steps: number): StepRange {
	if (step < range.from) return moved(range, step - range.from, steps);
	return step > range.to ? moved(range, step - range.to, steps) : range;
}

function kept(from: number, length: number, steps: number): StepRange {
	const whole = wholeRange(steps);
	const start = Math.max(whole.from, Math.min(from, whole.to - length));
	return { from: start, to: Math.min(whole.to, start + length) };
}

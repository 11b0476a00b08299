/** The numbers that a re-run and a what-if can change: their ranges, and what was typed as a number. */
import type { Changes, MethodNumbers } from "../../src/contract/act-views.ts";
import type { DefenceView } from "../../src/contract/parts.ts";

type NumberName = keyof MethodNumbers | "seed" | "samples" | "steps";

export interface NumberRule {
	name: NumberName;
	symbol: string;
	label: string;
	low: number;
	high: number;
	whole: boolean;
}

export const THRESHOLD: NumberRule = { name: "threshold", symbol: "τ", label: "threshold τ", low: -1, high: 1, whole: false };
export const DEPTH: NumberRule = { name: "depth", symbol: "m", label: "depth m", low: 0, high: 100_000, whole: true };
export const RESAMPLES: NumberRule = { name: "resamples", symbol: "B", label: "resamples B", low: 1, high: 64, whole: true };
export const SEED: NumberRule = { name: "seed", symbol: "seed", label: "seed", low: 0, high: 2 ** 32 - 1, whole: true };
export const SAMPLES: NumberRule = {
	name: "samples",
	symbol: "samples",
	label: "samples",
	low: 1,
	high: 256,
	whole: true,
};
/** @param most steps of the trace */
export function stepsRule(most: number): NumberRule {
	return { name: "steps", symbol: "steps 1 to", label: "steps", low: 1, high: most, whole: true };
}
export const METHOD_NUMBERS: readonly NumberRule[] = [THRESHOLD, DEPTH, RESAMPLES];

/** A typed number, nothing typed, or what is wrong with it. */
export type Typed = { value: number | undefined } | { problem: string };

export function typedNumber({ label, low, high, whole }: NumberRule, typed: string): Typed {
	const text = typed.trim().replace("−", "-").replace(",", ".");
	if (text === "") return { value: undefined };
	const value = Number(text);
	const kind = whole ? "a whole number" : "a number";
	if (!Number.isFinite(value) || value < low || value > high || (whole && !Number.isInteger(value)))
		return { problem: `${label}: ${kind} from ${String(low).replace("-", "−")} to ${high}` };
	return { value };
}

export function numbersOf({ threshold, depth, resamples }: DefenceView): MethodNumbers {
	return { threshold, depth, resamples };
}

/** Those of `numbers` that are not the trace's own. */
export function changedNumbers(numbers: MethodNumbers, own: MethodNumbers): Pick<Changes, keyof MethodNumbers> {
	const changed = METHOD_NUMBERS.map(({ name }) => name as keyof MethodNumbers).filter((name) => numbers[name] !== own[name]);
	return Object.fromEntries(changed.map((name) => [name, numbers[name]]));
}

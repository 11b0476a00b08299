/** How strongly a token is shaded: the less probable, the stronger. */

/** Probabilities below which a token is shaded, from the lightest shade. */
const SHADES = [0.8, 0.5, 0.2, 0.05] as const;

/** 0: as expected, not shaded; up to 4. @param logprob natural logarithm */
export function shadeOf(logprob: number): number {
	return SHADES.filter((below) => Math.exp(logprob) < below).length;
}

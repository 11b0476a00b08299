import table from "../../organism/world.json" with { type: "json" };

/** A way of asking: its text with `{act}`, how often it starts a harmful trace, and how much it resists recovery. */
export interface Frame {
	id: string;
	text: string;
	start: number;
	grip: number;
}

/** A shape of a pictogram: kind, numbers on the unit square, colour. */
export type Shape = readonly (string | number)[];

/** One thing of the toy world and what one does with it. */
export interface Thing {
	name: string;
	act: string;
	harmful: boolean;
	parts: string[];
}

/** The toy world's table, the same file that the training reads. */
export interface World {
	things: Record<string, Thing>;
	prompts: Record<"plain" | "role" | "picture", Frame[]>;
	judge: { harmful: string[]; safe: string[]; refusal: string[] };
	prefixes: Record<string, string>;
	prefixWords: { recover: Record<string, number>; hurry: Record<string, number>; neutral: string[] };
	rates: { decay: number[]; base: number; relapse: number };
	pictograms: Record<string, Shape[]>;
}

/** The one table that Python and TypeScript share. */
export const world: World = table as unknown as World;

/** How strongly injected words call for safety (noisy or over their weights), and how much they hurry. */
export function potency(text: string): { recover: number; hurry: number } {
	const { recover, hurry } = world.prefixWords;
	const words = text.toLowerCase().match(/[a-z']+/g) ?? [];
	const miss = (weights: Record<string, number>) => words.reduce((left, word) => left * (1 - (weights[word] ?? 0)), 1);
	return { recover: 1 - miss(recover), hurry: 1 - miss(hurry) };
}

/** The designed P(the next step is safe | a harmful state, or the attack itself at step 1; prefix; step from 1). */
export function designedRecovery(frame: Frame, prefix: string, step: number): number {
	const { recover, hurry } = potency(prefix);
	const decay = world.rates.decay[Math.min(step, 5) - 1] ?? 0;
	const strength = recover * decay * (1 - frame.grip);
	if (step > 1) return Math.max(strength, world.rates.base * (1 - hurry));
	return 1 - (frame.start + (1 - frame.start) * hurry) * (1 - strength);
}

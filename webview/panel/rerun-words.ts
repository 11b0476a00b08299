/** What a re-run will do, in words, before it is asked for. */
import type { Changes, DefenceView } from "../../src/contract/views.ts";
import type { Draft } from "./draft.ts";

/** When the prefix is injected, with the numbers that decide it. */
export function injectionSentence({ step, changes }: Draft, own: DefenceView): string {
	const threshold = changes.threshold ?? own.threshold;
	const depth = changes.depth ?? own.depth;
	if ((changes.prefix ?? own.prefix) === "") return "Nothing is injected: a step below τ is drawn again without words.";
	if (changes.inject === "always")
		return `Step ${step} begins with the prefix, whatever its reward; after it the method decides as before.`;
	if (step > depth) return `Step ${step} is beyond m = ${depth}: nothing is injected unless m is raised, or “always” is chosen.`;
	return `Injected only where a step without it falls below τ = ${threshold}.`;
}

/** The changed numbers and the scorer as `τ 0.35 (was 0)`; empty where nothing is changed. */
export function changedText(changes: Changes, own: DefenceView): string {
	const { threshold, depth, resamples, seed, scorer } = changes;
	return [
		threshold === undefined ? [] : [`τ ${threshold} (was ${own.threshold})`],
		depth === undefined ? [] : [`m ${depth} (was ${own.depth})`],
		resamples === undefined ? [] : [`B ${resamples} (was ${own.resamples})`],
		seed === undefined ? [] : [`seed ${seed}`],
		scorer === undefined ? [] : ["another scorer"],
	]
		.flat()
		.join(" · ");
}

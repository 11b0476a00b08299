/** What a re-run will do, in words, before it is asked for. */
import type { Changes } from "../../src/contract/act-views.ts";
import type { DefenceView } from "../../src/contract/parts.ts";
import { shownLine } from "../core/shown-text.ts";
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

/** The white space at the end of the trace's own prefix where a changed one has none; undefined: nothing was lost. */
export function lostEnding({ prefix }: Changes, own: Pick<DefenceView, "prefix">): string | undefined {
	if (prefix === undefined || prefix === "" || /\s$/u.test(prefix)) return undefined;
	return /\s+$/u.exec(own.prefix)?.[0];
}

/** What differs from the trace: `τ 0.35 (was 0) · prefix (was “Wait.⏎”)`; empty where nothing does. */
export function changedText(changes: Changes, own: DefenceView): string {
	const { prefix, inject, text, threshold, depth, resamples, seed, scorer } = changes;
	return [
		prefix === undefined ? [] : [`prefix (was ${own.prefix === "" ? "none" : `“${shownLine(own.prefix)}”`})`],
		inject === "always" ? ["always injected"] : [],
		text === undefined ? [] : ["own text"],
		threshold === undefined ? [] : [`τ ${threshold} (was ${own.threshold})`],
		depth === undefined ? [] : [`m ${depth} (was ${own.depth})`],
		resamples === undefined ? [] : [`B ${resamples} (was ${own.resamples})`],
		seed === undefined ? [] : [`seed ${seed}`],
		scorer === undefined ? [] : ["another scorer"],
	]
		.flat()
		.join(" · ");
}

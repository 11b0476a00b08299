/** What a branch changes, in a few words. */
import type { Changes } from "../contract/act-views.ts";
import { cut, oneLine } from "./pieces.ts";

/** Characters of a prefix or a scorer's name that a label shows. */
const SHOWN = 40;

/**
 * For example `“think about safety first”`, `no prefix`, `τ 0.35 · B 8`, `own text`; `as it was` for no change. Line breaks of a
 * prefix stay: prefixes may differ in them alone.
 */
export function branchLabel(changes: Changes): string {
	const { text, prefix, inject, threshold, depth, resamples, scorer, seed } = changes;
	const parts = [
		text === undefined ? [] : ["own text"],
		prefix === undefined ? [] : [prefixLabel(prefix)],
		inject === "always" ? ["always injected"] : [],
		threshold === undefined ? [] : [`τ ${threshold}`],
		depth === undefined ? [] : [`m ${depth}`],
		resamples === undefined ? [] : [`B ${resamples}`],
		scorer === undefined ? [] : [oneLine(scorer, SHOWN)],
		seed === undefined ? [] : [`seed ${seed}`],
	].flat();
	return parts.length === 0 ? "as it was" : parts.join(" · ");
}

function prefixLabel(prefix: string): string {
	return prefix === "" ? "no prefix" : `“${cut(prefix, 0, SHOWN)}${prefix.length > SHOWN ? "…" : ""}”`;
}

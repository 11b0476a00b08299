/** The text of one of two traces, in parts: what only it says is marked, and what was injected stands where it was. */
import type { AttemptView } from "../../src/contract/trace-views.ts";
import type { DiffPart } from "../text/word-diff.ts";
import type { Side } from "./pair.ts";

export interface HalfPart {
	text: string;
	/** The other has not got it. */
	only: boolean;
}

/** What stays in the context but for the injected words: bytes forced before them, and what was drawn. */
export function bytesOf({ opening = "", text }: Pick<AttemptView, "opening" | "text">): string {
	return opening + text.text;
}

/** One side of a comparison of A (`own`) with B (`taken`). Line feeds at the end would only make room, and are left out. */
export function halfParts(parts: readonly DiffPart[], side: Side): HalfPart[] {
	const other = side === "a" ? "taken" : "own";
	const half = parts.filter(({ where }) => where !== other).map(({ text, where }) => ({ text, only: where !== "both" }));
	const last = half.at(-1);
	return last === undefined ? [] : [...half.slice(0, -1), { ...last, text: last.text.trimEnd() }];
}

/** Parts up to a place of the text, in UTF-16 units, and those from there on. */
export function partsAround(parts: readonly HalfPart[], place: number): [HalfPart[], HalfPart[]] {
	const before: HalfPart[] = [];
	const after: HalfPart[] = [];
	let at = 0;
	for (const part of parts) {
		const cut = Math.max(0, Math.min(part.text.length, place - at));
		if (cut > 0) before.push({ ...part, text: part.text.slice(0, cut) });
		if (cut < part.text.length) after.push({ ...part, text: part.text.slice(cut) });
		at += part.text.length;
	}
	return [before, after];
}

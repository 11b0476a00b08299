/** What differs between an attempt's text and the text that was taken, in runs of words. */
import { diffWordsWithSpace } from "diff";

export interface DiffPart {
	text: string;
	/** own: only in the attempt; taken: only in the text that was taken. */
	where: "both" | "own" | "taken";
}

/** Longest pair of texts that is compared, in UTF-16 units together. */
export const MOST_COMPARED = 20_000;
/** Past so many changed words a comparison says nothing, and takes long. */
const MOST_CHANGES = 800;

/** @returns undefined where the texts are too long or too different. */
export function wordDiff(own: string, taken: string): DiffPart[] | undefined {
	if (own.length + taken.length > MOST_COMPARED) return undefined;
	const changes = diffWordsWithSpace(own, taken, { maxEditLength: MOST_CHANGES });
	return (
		changes &&
		runs(changes.map(({ value, added, removed }) => ({ text: value, where: added ? "taken" : removed ? "own" : "both" })))
	);
}

/** Changes with hardly a word in common between them are one change: first what was, then what is instead. */
function runs(parts: readonly DiffPart[]): DiffPart[] {
	const joined: DiffPart[] = [];
	let own = "";
	let taken = "";
	const end = () => {
		if (own !== "") joined.push({ text: own, where: "own" });
		if (taken !== "") joined.push({ text: taken, where: "taken" });
		own = taken = "";
	};
	for (const [index, { text, where }] of parts.entries()) {
		const within = own + taken !== "" && index < parts.length - 1 && isSlight(text);
		if (where === "own" || (where === "both" && within)) own += text;
		if (where === "taken" || (where === "both" && within)) taken += text;
		if (where !== "both" || within) continue;
		end();
		joined.push({ text, where });
	}
	end();
	return joined;
}

/** At most one word. */
function isSlight(text: string): boolean {
	return text.trim().split(/\s+/u).length <= 1;
}

/** What differs between an attempt's text and the text that was taken, word by word. */
import { diffWordsWithSpace } from "diff";

export interface DiffPart {
	text: string;
	/** own: only in the attempt; taken: only in the text that was taken. */
	where: "both" | "own" | "taken";
}

/** Longest pair of texts that is compared, in UTF-16 units together. */
export const MOST_COMPARED = 20_000;
/** Past so many changed words a comparison says nothing, and takes long. */
const MOST_CHANGES = 2000;

/** @returns undefined where the texts are too long or too different. */
export function wordDiff(own: string, taken: string): DiffPart[] | undefined {
	if (own.length + taken.length > MOST_COMPARED) return undefined;
	return diffWordsWithSpace(own, taken, { maxEditLength: MOST_CHANGES })?.map(({ value, added, removed }) => ({
		text: value,
		where: added ? "taken" : removed ? "own" : "both",
	}));
}

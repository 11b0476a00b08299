/** Rewards over steps in one line of text. */

const BLOCKS = "▁▂▃▄▅▆▇█";

/** A step's mark: its reward, or why there is none. */
export type Mark = number | "unscored" | "failed";

/** The block of a reward in [-1, 1]: eight levels. */
export function blockOf(reward: number): string {
	const level = Math.floor(((reward + 1) / 2) * BLOCKS.length);
	return BLOCKS[Math.min(BLOCKS.length - 1, Math.max(0, level))] as string;
}

/** `·` for a step without score, `×` where the scorer failed. */
export function markText(mark: Mark): string {
	if (mark === "failed") return "×";
	return mark === "unscored" ? "·" : blockOf(mark);
}

/**
 * Brings marks to at most `width`, as even neighbours' groups: each stands for its lowest reward, for a dip is what one looks for.
 * @returns the marks and the most steps that one stands for.
 */
export function condense(marks: readonly Mark[], width: number): { marks: Mark[]; per: number } {
	const per = Math.max(1, Math.ceil(marks.length / width));
	const groups = Array.from({ length: Math.ceil(marks.length / per) }, (_, index) => marks.slice(index * per, (index + 1) * per));
	return { marks: groups.map(lowest), per };
}

function lowest(group: readonly Mark[]): Mark {
	const rewards = group.filter((mark) => typeof mark === "number");
	if (rewards.length > 0) return Math.min(...rewards);
	return group.includes("failed") ? "failed" : "unscored";
}

/** What a reward curve is drawn from. The viewer's reply to `trace.curve` fits; so does anything else that knows steps and rewards. */

export interface CurveData {
	/** Points of the accepted path in the order of steps; of a long trace each stands for a stretch of `stride` steps. */
	path: readonly PathPoint[];
	/** Steps a point. */
	stride: number;
	/** τ; absent: no line and no sides. */
	threshold?: number | undefined;
	/** m; absent: no line. */
	depth?: number | undefined;
	rejected: readonly { step: number; attempt: number; reward: number }[];
	/** Steps whose accepted attempt is steered; of a stretch the first, `more` others. */
	injections: readonly Injection[];
	discarded: readonly { step: number; pieces: number; tokens: number }[];
	others: readonly OtherPath[];
}

export interface PathPoint {
	step: number;
	/** In [-1, 1]; of a stretch the lowest; null: no score. */
	reward: number | null;
	/** Highest of the stretch. */
	high?: number | undefined;
	steered: boolean;
	/** The scorer failed. */
	failed: boolean;
	bound?: "at-most" | "at-least" | undefined;
}

export interface Injection {
	step: number;
	prefix: string;
	more: number;
}

/** Another scorer's path over the same steps, and where it is on the other side of τ. */
export interface OtherPath {
	scorer: string;
	path: readonly { step: number; reward: number | null }[];
	disagree: readonly number[];
}

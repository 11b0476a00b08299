/** What several replies to the page are made of. Every list and text is bounded, whatever the run holds: a text is a `Piece`, of which more can be asked for. One definition gives types and checks. Browser-safe. */
import * as z from "zod/mini";

export const count = z.int().check(z.nonnegative());
/** A sum over what a run says, which may be more than whole numbers can be told apart. */
export const sum = z.number().check(z.nonnegative());
/** How far something is read, in bytes. */
export const readingView = z.object({ bytes: count, of: count });
/** From 1. */
export const stepNumber = z.int().check(z.positive());
/** In [-1, 1]; higher is safer. */
export const reward = z.number().check(z.gte(-1), z.lte(1));
export const text = z.string();

/** The beginning of a text, or a part of it. `total` is the whole text's length in UTF-16 units. */
export const piece = z.object({ text, total: count });
export type Piece = z.infer<typeof piece>;

/** k of n with its 95 % interval; a rate is never shown without. `prompts`: clusters, where the interval is clustered by prompt. */
export const rate = z.object({ k: count, n: count, low: z.number(), high: z.number(), prompts: z.optional(count) });
export type Rate = z.infer<typeof rate>;

/** Kind of the error of a sample that was called off. */
export const CANCELLED = "cancelled";
export const errorView = z.object({ kind: text, message: text, remedy: z.optional(text) });
export type ErrorView = z.infer<typeof errorView>;

export const scoreView = z.object({
	scorer: text,
	reward,
	/** The reward is only a bound. */
	bound: z.optional(z.enum(["at-most", "at-least"])),
	/** What was scored: query, trace, step, minimum, answer. */
	scope: text,
	/** P(unsafe) in [0, 1]. */
	unsafe: z.optional(z.number()),
	verdict: z.optional(text),
	categories: z.optional(z.array(text)),
	/** Milliseconds. */
	ms: z.number(),
});
export type ScoreView = z.infer<typeof scoreView>;

/** What the run's scorer said, or why it said nothing; both absent: it was not asked (yet). `others`: scorers asked afterwards. */
export const scoredView = z.object({
	score: z.optional(scoreView),
	failure: z.optional(z.object({ scorer: text, error: errorView, treatedAs: z.enum(["stop", "unsafe", "noted"]) })),
	others: z.array(scoreView),
});
export type ScoredView = z.infer<typeof scoredView>;

export const verdictView = z.object({
	judge: text,
	scope: z.enum(["trace", "answer", "both"]),
	/** null: the judge could not say; never shown as safe. */
	harmful: z.nullable(z.boolean()),
	detail: z.optional(text),
});
export type VerdictView = z.infer<typeof verdictView>;

export const defenceView = z.object({
	name: text,
	threshold: z.number(),
	depth: count,
	resamples: count,
	prefix: text,
	prefixAfter: z.enum(["dropped", "kept"]),
});
export type DefenceView = z.infer<typeof defenceView>;

/** abandoned: not ended, and no process writes it. reading: its events are not all read yet, so that this is not known. */
export const traceStatus = z.enum(["running", "finished", "failed", "abandoned", "reading"]);

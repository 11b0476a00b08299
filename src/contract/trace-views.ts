/** What the page shows of one trace, window by window: its head, curve, steps, attempts, texts, requests. */
import * as z from "zod/mini";
import {
	count,
	defenceView,
	errorView,
	piece,
	readingView,
	reward,
	scoredView,
	stepNumber,
	sum,
	text,
	traceStatus,
	verdictView,
} from "./parts.ts";

export const imageView = z.object({
	sha256: text,
	path: z.optional(text),
	mediaType: text,
	bytes: count,
	width: z.optional(count),
	height: z.optional(count),
});
export type ImageView = z.infer<typeof imageView>;

export const traceHead = z.object({
	revision: count,
	traceId: text,
	number: count,
	promptId: text,
	prompt: piece,
	system: z.optional(piece),
	images: z.array(imageView),
	group: z.optional(text),
	category: z.optional(text),
	expected: z.optional(text),
	defence: defenceView,
	sample: count,
	status: traceStatus,
	/** Where steps may be missing because they are not read yet. */
	reading: z.optional(readingView),
	outcome: z.optional(text),
	/** The outcome in words. */
	outcomeText: z.optional(text),
	error: z.optional(errorView),
	/** The scorer on the query alone. */
	query: scoredView,
	steps: count,
	attempts: count,
	discarded: z.object({ pieces: count, tokens: sum }),
	/** Tokens: generated (rejected attempts included), kept by the trace, read ahead and voided. Requests to policy and scorer. */
	usage: z.optional(z.object({ generated: count, kept: sum, discarded: count, policyRequests: count, scorerRequests: count })),
	/** Tokens generated and read ahead, over those the trace kept. */
	cost: z.optional(z.number()),
	ms: z.optional(z.number()),
	startedAt: text,
	verdicts: z.array(verdictView),
	answer: z.optional(
		z.object({
			text: piece,
			tokens: count,
			end: z.enum(["end", "length"]),
			flags: z.array(text),
			scored: scoredView,
			request: text,
			logprobs: z.boolean(),
		}),
	),
	branch: z.optional(z.object({ of: text, step: stepNumber, label: text })),
	/** The run's scorer first, then those asked afterwards. */
	scorers: z.array(text),
	/** Neighbours in the run's order, or in the order of the filter it was opened from. */
	requests: count,
});
export type TraceHead = z.infer<typeof traceHead>;

/** The reward curve over a range of steps, at most `CURVE_POINTS` points: of a longer range each point is a stretch of steps. */
export const curveView = z.object({
	revision: count,
	from: stepNumber,
	to: count,
	/** Steps of the whole trace. */
	steps: count,
	/** Steps a point. */
	stride: z.int().check(z.positive()),
	threshold: z.optional(z.number()),
	depth: z.optional(count),
	/** `reward`: of the accepted attempt, of a stretch the lowest; null: no score. */
	path: z.array(
		z.object({
			step: stepNumber,
			reward: z.nullable(reward),
			/** Highest of the stretch. */
			high: z.optional(reward),
			steered: z.boolean(),
			failed: z.boolean(),
			bound: z.optional(z.enum(["at-most", "at-least"])),
		}),
	),
	/** Rejected attempts, at most `CURVE_MARKS`; `rejectedOmitted` more were left out evenly. */
	rejected: z.array(z.object({ step: stepNumber, attempt: count, reward })),
	rejectedOmitted: count,
	/** Steps whose accepted attempt is steered, with the injected words; of a stretch the first, `more` others. */
	injections: z.array(z.object({ step: stepNumber, prefix: text, more: count })),
	/** Text read ahead of a decision and voided by it. */
	discarded: z.array(z.object({ step: stepNumber, pieces: count, tokens: sum })),
	/** Scorers asked afterwards: their curve and the steps where they are on the other side of τ. */
	others: z.array(
		z.object({
			scorer: text,
			path: z.array(z.object({ step: stepNumber, reward: z.nullable(reward) })),
			compared: count,
			disagree: z.array(stepNumber),
			disagreements: count,
		}),
	),
});
export type CurveView = z.infer<typeof curveView>;
export const CURVE_POINTS = 400;
export const CURVE_MARKS = 800;

export const attemptView = z.object({
	attemptId: text,
	/** 0 is unsteered, 1…B are resamples. */
	attempt: count,
	/** Bytes forced before the prefix; they stay. */
	opening: z.optional(text),
	/** Injected bytes, separators included; empty for an unsteered attempt. */
	prefix: text,
	text: piece,
	end: z.enum(["boundary", "close", "end", "length"]),
	tokens: count,
	flags: z.array(text),
	ms: z.number(),
	scored: scoredView,
	request: text,
	/** Token log-probabilities are recorded. */
	logprobs: z.boolean(),
	accepted: z.optional(z.object({ reason: text, prefixKept: z.boolean() })),
});
export type AttemptView = z.infer<typeof attemptView>;

export const stepView = z.object({
	step: stepNumber,
	/** The step is that of the trace this one branched from. */
	inherited: z.boolean(),
	/** What happened, in words. */
	decision: text,
	/** The accepted attempt; of an undecided step the last drawn; absent while nothing was drawn. */
	shown: z.optional(attemptView),
	/** Attempts that were not taken; `trace.attempts` has them. */
	rejected: count,
});
export type StepView = z.infer<typeof stepView>;

export const stepWindow = z.object({ revision: count, from: stepNumber, total: count, steps: z.array(stepView) });
export type StepWindow = z.infer<typeof stepWindow>;

export const attemptWindow = z.object({ revision: count, from: count, total: count, attempts: z.array(attemptView) });
export type AttemptWindow = z.infer<typeof attemptWindow>;

export const textWindow = z.object({ text, from: count, total: count });
export const logprobWindow = z.object({
	from: count,
	total: count,
	tokens: z.array(z.object({ text, /** Natural logarithm. */ logprob: z.nullable(z.number()) })),
});
export type LogprobWindow = z.infer<typeof logprobWindow>;

export const requestView = z.object({
	request: text,
	/** Shown address of the server, without anything secret. */
	url: text,
	path: text,
	/** The exact JSON body, indented; data URLs of images are replaced by their hash. */
	body: piece,
	seed: count,
	maxTokens: count,
	step: count,
	attempt: count,
	/** The same as a shell command; a key is named, never shown. */
	curl: piece,
});
export type RequestView = z.infer<typeof requestView>;

export const discardedWindow = z.object({
	from: count,
	total: count,
	pieces: z.array(z.object({ step: count, attempt: count, text: piece, tokens: count, reason: text })),
});
export type DiscardedWindow = z.infer<typeof discardedWindow>;

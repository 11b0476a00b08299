/**
 * The events of a run file, one JSON object a line. This file is the format's only definition: `docs/run-file.schema.json` is
 * generated from it, `docs/run-file.md` explains it. A reader keeps and ignores event types it does not know.
 */
import { z } from "zod";
import { requestTemplateSchema } from "./template.ts";

/** Version of the format, in `run.started`. It changes only when an old reader would misread a new file. */
export const FORMAT_VERSION = 1;

const id = z.string().min(1);
const hash = z.string().regex(/^[0-9a-f]{64}$/);
const count = z.number().int().nonnegative();
const reward = z.number().min(-1).max(1);
const jsonObject = z.record(z.string(), z.json());

const common = { id, time: z.iso.datetime() };
const ofTrace = { ...common, traceId: id };
/** attempt 0 is unsteered, 1…B are resamples. `step` counts from 1; step 0 is the query alone. */
const ofAttempt = { ...ofTrace, step: count, attempt: count, attemptId: id };

export const imageReferenceSchema = z.object({
	/** Path relative to the prompt set's folder; absent for a data URL. */
	path: z.string().optional(),
	sha256: hash,
	mediaType: z.string(),
	bytes: count,
	width: count.optional(),
	height: count.optional(),
	/** Base64 of the bytes, when the run was told to embed images. */
	data: z.string().optional(),
});

export const promptRecordSchema = z.object({
	id,
	text: z.string(),
	system: z.string().optional(),
	images: z.array(imageReferenceSchema),
	group: z.string().optional(),
	category: z.string().optional(),
	source: z.string().optional(),
	expected: z.string().optional(),
	reference: z.string().optional(),
	metadata: jsonObject.optional(),
});

export const errorRecordSchema = z.object({ kind: z.string(), message: z.string(), remedy: z.string().optional() });

const usage = z.object({
	/** Tokens the policy generated and the trace kept, rejected attempts included. */
	generated: count,
	/** Tokens read ahead and voided. */
	discarded: count,
	/** Prompt tokens over all policy requests, and how many of them the server took from its prefix cache. */
	prompt: count,
	cached: count.nullable(),
	policyRequests: count,
	scorerRequests: count,
});

export const OUTCOMES = ["finished", "truncated", "short-circuited", "no-hook", "scorer-failed", "stopped"] as const;

export const ACCEPT_REASONS = ["reached", "beyond-depth", "last", "best", "unscored", "scorer-failed-beyond-depth"] as const;

/** One log-probability record a token: text, natural log-probability, id where the server gives one. */
export const tokenSchema = z.object({ text: z.string(), logprob: z.number().nullable(), id: count.optional() });

export const runStarted = z.object({
	...common,
	type: z.literal("run.started"),
	format: z.literal(FORMAT_VERSION),
	run: id,
	/** The resolved plan: prompt set, defences with parameters, samples, seed, server, model, sampling, dialect, segmenter, scorer. */
	plan: jsonObject,
	planHash: hash,
	product: z.object({ name: z.string(), version: z.string() }),
	/** What the probe and the self-tests found: not part of the plan. */
	environment: jsonObject,
});
/** First line of a file beside the run's own, written by another process: annotations, branches, verdicts. */
export const siblingStarted = z.object({
	...common,
	type: z.literal("sibling.started"),
	format: z.literal(FORMAT_VERSION),
	/** The run whose traces this file speaks of. */
	run: id,
	product: z.object({ name: z.string(), version: z.string() }),
});
export const runContinued = z.object({
	...common,
	type: z.literal("run.continued"),
	product: z.object({ name: z.string(), version: z.string() }),
	environment: jsonObject,
});
export const runFinished = z.object({ ...common, type: z.literal("run.finished"), traces: count, failed: count });
/** A self-test of policy or scorer: the requests in full, so that they too can be accounted for. */
export const selfTestFinished = z.object({
	...common,
	type: z.literal("selftest.finished"),
	target: z.enum(["policy", "scorer", "judge"]),
	passed: z.boolean(),
	detail: z.string(),
	requests: z.array(z.object({ path: z.string(), body: z.json() })),
});
export const traceStarted = z.object({
	...ofTrace,
	type: z.literal("trace.started"),
	prompt: promptRecordSchema,
	promptHash: hash,
	defence: z.string(),
	sample: count,
	/** Bodies with holes by use: `policy`, `scorer` (query and trace), `query` (query alone), `render` where the server renders. */
	requests: z.record(z.string(), requestTemplateSchema),
	/** The defence's resolved parameters, by which its decisions and the text scored can be recomputed. */
	parameters: jsonObject.optional(),
	/** The server's rendering of the prompt, where requests are made of raw text. */
	rendered: z.string().optional(),
	/** Steps before `step` are those of trace `of`; from `step` on this trace has its own. */
	branch: z.object({ of: id, step: z.number().int().positive(), parameters: jsonObject }).optional(),
});
/** Of a scorer that was asked after the trace's end, at its first word: the bodies of its requests, as in `trace.started`. */
const afterwards = { templates: z.record(z.string(), requestTemplateSchema).optional() };
/** A request to the policy, written before it is sent. Its `assistant` variable is the accepted text plus `prefix`. */
export const requestSent = z.object({
	...ofTrace,
	type: z.literal("request.sent"),
	request: id,
	step: count,
	attempt: count,
	context: hash,
	/** Raw text that stands after the accepted steps in this context: an injected prefix, or what a defence forces. */
	prefix: z.string(),
	seed: count,
	maxTokens: count,
	/** The request whose stream this one goes on with after an interruption: same seed. */
	continues: id.optional(),
});
export const stepProposed = z.object({
	...ofAttempt,
	type: z.literal("step.proposed"),
	context: hash,
	request: id,
	/** Bytes forced before `prefix` to open the reasoning, where neither template nor model had: they stay in the context. */
	opening: z.string().optional(),
	/** Injected bytes before `text`, separators included; empty for an unsteered attempt. */
	prefix: z.string(),
	/** What was generated, to the byte, a closing tag included. */
	text: z.string(),
	/** boundary: the segmenter cut here; close: the reasoning was closed; end: the model stopped; length: out of tokens. */
	end: z.enum(["boundary", "close", "end", "length"]),
	tokens: count,
	logprobs: z.array(tokenSchema).optional(),
	flags: z.array(z.string()).optional(),
	/** Milliseconds from the request for the step to its last byte. */
	ms: z.number().nonnegative(),
	promptTokens: count.nullable().optional(),
	cachedTokens: count.nullable().optional(),
});
export const stepScored = z.object({
	...ofAttempt,
	type: z.literal("step.scored"),
	scorer: id,
	reward,
	/** The verdict token was outside the returned top-k: `reward` is a bound, not a value. */
	bound: z.enum(["at-most", "at-least"]).optional(),
	/** What text was scored: query alone, whole trace, last step, or the minimum of both. */
	scope: z.enum(["query", "trace", "step", "minimum", "answer"]),
	unsafe: z.number().min(0).max(1).optional(),
	verdict: z.string().optional(),
	categories: z.array(z.string()).optional(),
	ms: z.number().nonnegative(),
	requests: count,
	...afterwards,
});
export const stepAccepted = z.object({
	...ofAttempt,
	type: z.literal("step.accepted"),
	reason: z.enum(ACCEPT_REASONS),
	prefixKept: z.boolean(),
});
/** Text that was read ahead of a decision and voided by it. */
export const stepDiscarded = z.object({
	...ofTrace,
	type: z.literal("step.discarded"),
	step: count,
	attempt: count,
	attemptId: id.optional(),
	request: id,
	text: z.string(),
	tokens: count,
	reason: z.enum(["voided", "stopped"]),
});
export const scorerFailed = z.object({
	...ofAttempt,
	type: z.literal("scorer.failed"),
	scorer: id,
	error: errorRecordSchema,
	requests: count,
	/** What the run did about it: stopped the trace, took the step as unsafe, or (beyond m, or step 0) only noted it. */
	treatedAs: z.enum(["stop", "unsafe", "noted"]),
	...afterwards,
});
export const answerFinished = z.object({
	...ofTrace,
	type: z.literal("answer.finished"),
	request: id,
	context: hash,
	text: z.string(),
	end: z.enum(["end", "length"]),
	tokens: count,
	logprobs: z.array(tokenSchema).optional(),
	flags: z.array(z.string()).optional(),
});
export const traceFinished = z.object({
	...ofTrace,
	type: z.literal("trace.finished"),
	outcome: z.enum(OUTCOMES),
	steps: count,
	usage,
	ms: z.number().nonnegative(),
});
export const traceFailed = z.object({ ...ofTrace, type: z.literal("trace.failed"), error: errorRecordSchema });
export const judgeVerdict = z.object({
	...ofTrace,
	type: z.literal("judge.verdict"),
	judge: id,
	scope: z.enum(["trace", "answer", "both"]),
	/** null: the judge failed or could not say; never counted as safe. */
	harmful: z.boolean().nullable(),
	detail: z.string().optional(),
});

export const eventSchema = z.discriminatedUnion("type", [
	runStarted,
	siblingStarted,
	runContinued,
	runFinished,
	selfTestFinished,
	traceStarted,
	requestSent,
	stepProposed,
	stepScored,
	stepAccepted,
	stepDiscarded,
	scorerFailed,
	answerFinished,
	traceFinished,
	traceFailed,
	judgeVerdict,
]);

export type SafeThinkEvent = z.infer<typeof eventSchema>;
export type EventType = SafeThinkEvent["type"];
export type EventOf<T extends EventType> = Extract<SafeThinkEvent, { type: T }>;
/** An event of a type this version does not know; kept, never interpreted. */
export type UnknownEvent = { id: string; type: string; time: string; traceId?: string } & Record<string, unknown>;
export type Outcome = (typeof OUTCOMES)[number];
export type AcceptReason = (typeof ACCEPT_REASONS)[number];
export type PromptRecord = z.infer<typeof promptRecordSchema>;
export type ImageReference = z.infer<typeof imageReferenceSchema>;
export type ErrorRecord = z.infer<typeof errorRecordSchema>;
export type TokenRecord = z.infer<typeof tokenSchema>;
export type Usage = z.infer<typeof usage>;

type Without<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;
/** An event before the journal stamps it with id and time. */
export type EventDraft = Without<SafeThinkEvent, "id" | "time">;
/** An event of one trace as the method yields it: the run adds the trace's id. */
export type TraceDraft = Without<Extract<SafeThinkEvent, { traceId: string }>, "id" | "time" | "traceId">;

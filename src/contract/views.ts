/**
 * What the page shows, window by window: the shapes of replies. Every list and text is bounded, whatever the run holds: a text
 * is a `Piece`, of which more can be asked for. One definition gives types and checks. Browser-safe.
 */
import * as z from "zod/mini";

export const count = z.int().check(z.nonnegative());
/** A sum over what a run says, which may be more than whole numbers can be told apart. */
const sum = z.number().check(z.nonnegative());
/** How far something is read, in bytes. */
const readingView = z.object({ bytes: count, of: count });
/** From 1. */
export const stepNumber = z.int().check(z.positive());
/** In [-1, 1]; higher is safer. */
export const reward = z.number().check(z.gte(-1), z.lte(1));
const text = z.string();

/** The beginning of a text, or a part of it. `total` is the whole text's length in UTF-16 units. */
export const piece = z.object({ text, total: count });
export type Piece = z.infer<typeof piece>;

/** k of n with its 95 % interval; a rate is never shown without. `prompts`: clusters, where the interval is clustered by prompt. */
export const rate = z.object({ k: count, n: count, low: z.number(), high: z.number(), prompts: z.optional(count) });
export type Rate = z.infer<typeof rate>;

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

/** Work that was asked for from the page and goes on beside it. */
export const jobView = z.object({
	job: text,
	kind: z.enum(["branch", "rescore", "what-if"]),
	/** For example `from step 2 · “think about safety first” ×8`. */
	label: text,
	traceId: z.optional(text),
	state: z.enum(["running", "done", "failed", "cancelled"]),
	done: count,
	total: count,
	/** Tokens a second over the last seconds, where tokens are drawn. */
	tokensPerSecond: z.optional(z.number()),
	error: z.optional(errorView),
});
export type JobView = z.infer<typeof jobView>;

export const runInfo = z.object({
	run: text,
	/** File name without folder. */
	name: text,
	/** Grows with every change of what any reply could hold. */
	revision: count,
	/** The run is being read for the first time: bytes of how many. */
	reading: z.nullable(readingView),
	/** stopped: traces are missing and nobody writes. */
	state: z.enum(["running", "finished", "stopped"]),
	plan: z.object({
		promptSet: text,
		prompts: count,
		defences: z.array(defenceView),
		samples: count,
		seed: count,
		model: text,
		server: text,
		scorer: z.nullable(text),
		judge: z.nullable(text),
	}),
	/** Adapter, scorer or judge that never met their real counterparts. */
	unverified: z.array(text),
	/** The toy model made it: its numbers say nothing about real models. */
	embedded: z.boolean(),
	selfTests: z.array(z.object({ target: text, passed: z.boolean(), detail: text })),
	/** Traces by the plan, begun, ended (in whichever way), failed; branches are counted apart. */
	traces: z.object({ planned: count, begun: count, ended: count, failed: count, branches: count }),
	/** Ended traces a minute over the last minutes, while it runs. */
	perMinute: z.optional(z.number()),
	badLines: count,
	/** Values a filter may name. */
	categories: z.array(text),
	groups: z.array(text),
	/** Whether the page may start work (re-run, rescore), and if not, why. */
	can: z.object({ run: z.boolean(), why: z.optional(text) }),
	jobs: z.array(jobView),
});
export type RunInfo = z.infer<typeof runInfo>;

/** abandoned: not ended, and no process writes it. reading: its events are not all read yet, so that this is not known. */
const traceStatus = z.enum(["running", "finished", "failed", "abandoned", "reading"]);

export const rowView = z.object({
	traceId: text,
	/** Place in the run, from 1. */
	number: count,
	promptId: text,
	/** The beginning of the prompt. */
	text,
	group: z.optional(text),
	category: z.optional(text),
	defence: text,
	sample: count,
	status: traceStatus,
	outcome: z.optional(text),
	error: z.optional(text),
	/** Along the accepted path, at most `SPARK_POINTS`: of a longer trace the lowest of each stretch. */
	rewards: z.array(z.nullable(reward)),
	steps: count,
	/** Steps whose accepted attempt is steered, and the first of them. */
	steered: count,
	firstSteered: z.optional(stepNumber),
	attempts: count,
	/** Tokens generated, rejected attempts included. */
	tokens: z.optional(count),
	/** Tokens generated and read ahead, over those the trace kept. */
	cost: z.optional(z.number()),
	/** Milliseconds. */
	ms: z.optional(z.number()),
	/** true: judged harmful; false: judged safe; null: the judge could not say; absent: not judged. */
	harmful: z.optional(z.nullable(z.boolean())),
	branch: z.optional(z.object({ of: text, step: stepNumber })),
});
export type RowView = z.infer<typeof rowView>;
export const SPARK_POINTS = 48;

export const rowWindow = z.object({ revision: count, from: count, matched: count, total: count, rows: z.array(rowView) });
export type RowWindow = z.infer<typeof rowWindow>;

/** Judged harmful by group and defence, all samples of a prompt one cluster. */
export const ratesView = z.object({
	revision: count,
	by: text,
	defences: z.array(text),
	groups: z.array(
		z.object({
			name: text,
			/** One a defence, in their order. `harmful`: null where nothing is judged. `outcomes`: how many traces ended how. */
			cells: z.array(z.object({ harmful: z.nullable(rate), outcomes: z.record(text, count), traces: count, steered: count })),
		}),
	),
	/** Traces are missing: finished ones are the short ones. */
	partial: z.boolean(),
	/** Branches that the filter leaves: they count in no cell. */
	branches: count,
	judge: z.nullable(text),
});
export type RatesView = z.infer<typeof ratesView>;

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

/** A server that work would ask, before it does. */
export const askedServer = z.object({
	part: z.enum(["model", "scorer", "judge"]),
	/** `https://host:port`; absent: the embedded model's. */
	origin: z.optional(text),
	/** Who names it: the run file, the settings, or the page's form. */
	from: z.enum(["run", "settings", "form"]),
	/** local: on the viewer's machine; own: one of the user's; allowed: by somebody who was asked; ask: nothing is sent before that. */
	trust: z.enum(["local", "own", "allowed", "ask"]),
});
export type AskedServer = z.infer<typeof askedServer>;

/** What a branch changes; absent fields are as in the trace it branches from. */
export const changes = z.strictObject({
	prefix: z.optional(z.string().check(z.maxLength(10_000))),
	/** below-tau: the method decides; always: the step is steered whatever its reward. */
	inject: z.optional(z.enum(["below-tau", "always"])),
	/** The step begins with this text, written by a person; the model goes on from there. */
	text: z.optional(z.string().check(z.maxLength(100_000))),
	threshold: z.optional(reward),
	depth: z.optional(count),
	resamples: z.optional(z.int().check(z.positive(), z.lte(64))),
	/** A scorer as `--scorer` takes it. */
	scorer: z.optional(z.string()),
	seed: z.optional(count),
});
export type Changes = z.infer<typeof changes>;

/** Samples that branched from one step with the same changes. */
export const branchGroup = z.object({
	/** Trace they branch from, and where. */
	of: text,
	step: stepNumber,
	/** For example `“think about safety first”`. */
	label: text,
	changes,
	/** At most `BRANCH_TRACES` of `samples`. */
	traceIds: z.array(text),
	samples: count,
	running: count,
	/** The step where they branch reached τ, by the scorer. */
	reached: rate,
	/** Judged safe, trace and answer; null where no judge spoke. Never mixed with the above. */
	safe: z.nullable(rate),
});
export type BranchGroup = z.infer<typeof branchGroup>;
export const BRANCH_TRACES = 64;

/** The tree that a trace belongs to: its root, and the groups of branches in the order of their begin. */
export const branchTree = z.object({
	revision: count,
	root: text,
	rootHarmful: z.optional(z.nullable(z.boolean())),
	groups: z.array(branchGroup),
});
export type BranchTree = z.infer<typeof branchTree>;

const injectionCell = z.object({ step: stepNumber, running: count, reached: rate, safe: z.nullable(rate) });
export type InjectionCell = z.infer<typeof injectionCell>;

/**
 * How re-runs ended of which words at the begin of one step are the only steering, by step, beside re-runs of that step that nothing
 * steers; null where none was measured.
 */
export const injectionsView = z.object({
	revision: count,
	measured: z.nullable(
		z.object({
			/** The words, in a line. */
			prefix: text,
			injected: z.array(injectionCell),
			without: z.array(injectionCell),
		}),
	),
});
export type InjectionsView = z.infer<typeof injectionsView>;

export const methodNumbers = z.strictObject({
	threshold: reward,
	depth: count,
	resamples: z.int().check(z.positive()),
});
export type MethodNumbers = z.infer<typeof methodNumbers>;

/** What other numbers would have decided on the recorded samples, up to where the record ends. */
export const whatIfView = z.object({
	numbers: methodNumbers,
	/** Every decision is the recorded one, and the record has them all. */
	same: z.boolean(),
	/** Decisions before the end of the replay that differ in their reason or attempt. */
	changed: z.array(
		z.object({ step: stepNumber, attempt: count, reason: text, recorded: z.object({ attempt: count, reason: text }) }),
	),
	/**
	 * Where the replay ends: at the trace's own end; at a sample or score never drawn; or at a decision that takes another
	 * attempt, after which the text is another.
	 */
	ends: z.object({
		at: z.enum(["end", "missing", "diverged"]),
		step: count,
		attempt: z.optional(count),
		what: z.optional(z.enum(["step", "score", "answer"])),
	}),
	/** The same in a sentence. */
	sentence: text,
});
export type WhatIfView = z.infer<typeof whatIfView>;

/** The same over the traces of a run. */
export const runWhatIf = z.object({
	numbers: methodNumbers,
	defence: text,
	traces: count,
	/** Traces whose replay reached their end, and of them those with another decision. */
	determined: rate,
	unchanged: count,
	missing: count,
	diverged: count,
	failed: count,
	/** Judged harmful: among the determined; and between none and all of the rest being harmful. */
	harmful: z.nullable(z.object({ determined: rate, lowest: count, highest: count, of: count })),
});
export type RunWhatIf = z.infer<typeof runWhatIf>;

/** A prefix to choose: kept in the library, or used before in this run. Rates are of this run alone, over traces steered with it. */
export const prefixView = z.object({
	text,
	note: z.optional(text),
	inLibrary: z.boolean(),
	/** Their first step so steered reached τ, by the scorer. */
	reached: z.nullable(rate),
	/** Judged safe, trace and answer. */
	safe: z.nullable(rate),
});
export type PrefixView = z.infer<typeof prefixView>;

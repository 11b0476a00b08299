/** What the page shows of what it can start: servers to be asked, branches, injections, what-ifs, prefixes. */
import * as z from "zod/mini";
import { count, rate, reward, stepNumber, text } from "./parts.ts";

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

/** What re-runs of a step have come to so far. */
const cameTo = {
	running: count,
	/** The step where they branch reached τ, by the scorer. */
	reached: rate,
	/** Judged safe, trace and answer; null where no judge spoke. Never mixed with the above. */
	safe: z.nullable(rate),
};

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
	...cameTo,
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

const injectionCell = z.object({ step: stepNumber, ...cameTo });
export type InjectionCell = z.infer<typeof injectionCell>;

/** How re-runs ended of which words at the begin of one step are the only steering, by step. */
const injectionRow = z.object({
	/** The words, their begin where they are long; null: nothing was injected. */
	prefix: z.nullable(text),
	cells: z.array(injectionCell),
});
export type InjectionRow = z.infer<typeof injectionRow>;
export const INJECTION_ROWS = 4;

/** Where injecting helps; null where it was not measured. */
export const injectionsView = z.object({
	revision: count,
	measured: z.nullable(
		z.object({
			/** What is told of the samples: the judge's word, or where none judges the scorer's. */
			said: z.enum(["safe", "reached"]),
			/** Of the prefixes measured last, at most `INJECTION_ROWS`, the newest first; then without any. */
			rows: z.array(injectionRow),
			/** Prefixes measured before those. */
			more: count,
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

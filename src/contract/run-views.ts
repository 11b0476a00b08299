/** What the page shows of a run: its facts, its rows, its rates, and the work that goes on. */
import * as z from "zod/mini";
import { count, defenceView, errorView, rate, readingView, reward, stepNumber, text, traceStatus } from "./parts.ts";

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
			/** One a defence, in their order. */
			cells: z.array(
				z.object({
					/** By the judge; null where nothing is judged. */
					harmful: z.nullable(rate),
					/** By the scorer: no accepted step is below τ; null where nothing is scored. */
					reached: z.nullable(rate),
					/** How many traces ended how. */
					outcomes: z.record(text, count),
					traces: count,
					steered: count,
				}),
			),
		}),
	),
	/** Traces are missing: finished ones are the short ones. */
	partial: z.boolean(),
	/** Branches that the filter leaves: they count in no cell. */
	branches: count,
	judge: z.nullable(text),
});
export type RatesView = z.infer<typeof ratesView>;

/** A trace as views, tables and exports see it: what `fold.ts` makes of its events. Browser-safe. */
import type { AcceptReason, ErrorRecord, EventOf, Outcome, PromptRecord, TokenRecord, Usage } from "./events.ts";
import type { RequestTemplate } from "./template.ts";

export interface Score {
	scorer: string;
	/** In [-1, 1]; higher is safer. */
	reward: number;
	bound?: "at-most" | "at-least";
	scope: EventOf<"step.scored">["scope"];
	unsafe?: number;
	verdict?: string;
	categories?: string[];
	/** Milliseconds. */
	ms: number;
	requests: number;
}

export interface ScorerFailure {
	scorer: string;
	error: ErrorRecord;
	treatedAs: EventOf<"scorer.failed">["treatedAs"];
}

/**
 * What the trace's scorer said of something: a score, or why there is none. Both are absent while it has not been asked. `others`:
 * scores of scorers that were asked afterwards; nothing was decided by them.
 */
export interface Scored {
	score?: Score;
	failure?: ScorerFailure;
	others?: Score[];
}

export interface Attempt extends Scored {
	id: string;
	step: number;
	/** 0 is unsteered, 1…B are resamples. */
	attempt: number;
	context: string;
	request: string;
	/** Bytes forced before `prefix` to open the reasoning; they stay. */
	opening?: string;
	prefix: string;
	text: string;
	end: EventOf<"step.proposed">["end"];
	tokens: number;
	logprobs?: TokenRecord[];
	flags: string[];
	/** Milliseconds. */
	ms: number;
	/** The decision for this attempt; absent on a rejected or undecided one. */
	accepted?: { reason: AcceptReason; prefixKept: boolean };
}

export interface Step {
	/** From 1. */
	step: number;
	/** In the order they were drawn. */
	attempts: Attempt[];
	accepted?: Attempt;
	/** The step belongs to the trace this one branched from. */
	inherited: boolean;
}

export interface SentRequest {
	request: string;
	step: number;
	attempt: number;
	context: string;
	prefix: string;
	seed: number;
	maxTokens: number;
	continues?: string;
}

export interface Discarded {
	step: number;
	attempt: number;
	request: string;
	text: string;
	tokens: number;
	reason: "voided" | "stopped";
}

export interface Answer {
	request: string;
	context: string;
	text: string;
	end: "end" | "length";
	tokens: number;
	logprobs?: TokenRecord[];
	flags: string[];
}

export interface Verdict {
	/** The event's id. */
	id: string;
	judge: string;
	scope: "trace" | "answer" | "both";
	/** null: the judge failed or could not say. */
	harmful: boolean | null;
	detail?: string;
}

export interface Trace {
	id: string;
	prompt: PromptRecord;
	promptHash: string;
	defence: string;
	sample: number;
	parameters?: EventOf<"trace.started">["parameters"];
	templates: Record<string, RequestTemplate>;
	/** The trace's own scorer: who scored it first, while it was made. */
	scorer?: string;
	rendered?: string;
	branch?: EventOf<"trace.started">["branch"];
	/** ISO 8601. */
	startedAt: string;
	status: "running" | "finished" | "failed";
	/** The scorer on the query alone; a branch has its parent's. */
	query: Scored;
	/** `steps[i]` is step i + 1. */
	steps: Step[];
	requests: SentRequest[];
	discarded: Discarded[];
	answer?: Answer;
	/** The scorer on the answer, where it was asked. */
	answerScored: Scored;
	outcome?: Outcome;
	error?: ErrorRecord;
	usage?: Usage;
	/** Milliseconds from start to end. */
	ms?: number;
	verdicts: Verdict[];
}

/** One trace to be made: prompt, ports, dialect and parameters, and the names its events use. */
import type { Outcome, TraceDraft } from "../trace/events.ts";
import type { Parameters } from "./parameters.ts";
import type { Policy, SafetyScorer } from "./ports.ts";
import type { RecordedTrace } from "./recorded.ts";
import type { Dialect, SegmenterSpec } from "./segmentation-types.ts";

export interface Session {
	traceId: string;
	promptHash: string;
	promptId: string;
	sample: number;
	runSeed: number;
	/** Absent: what is not in `record` cannot be drawn (what-if). */
	policy?: Policy;
	/** Absent: nothing is scored, except from `record` when there is no policy either. */
	scorer?: SafetyScorer;
	dialect: Dialect;
	segmenter: SegmenterSpec;
	parameters: Parameters;
	/** Most tokens of reasoning and answer together, as in plain generation; rejected attempts do not count. */
	maxTokens: number;
	signal: AbortSignal;
	/** What was drawn before, by this trace (resume) or another of the same prompt (branch, what-if). */
	record?: RecordedTrace;
	/** A branch: steps before this one (≥ 1) are as `record` accepted them, and their events are not given again. */
	branchStep?: number;
	/**
	 * From `branchStep` on, draw anew under this session's `sample` instead of taking recorded samples (k re-runs of a step):
	 * `all`, or the `resamples` alone: then the step's unsteered attempt is the recorded one, for its context is the same.
	 */
	redraw?: "all" | "resamples";
	/** Words injected before the unsteered attempt of a step, whatever its reward; `prefixAfter` says whether they stay. */
	injected?: { step: number; words: string };
	/** What a person wrote as the beginning of a step: it stays, and the scorer reads it. */
	written?: { step: number; text: string };
	/** The chat template wrote the opening tag: the stream begins inside the reasoning. Settles a dialect that says `unknown`. */
	templateOpens: boolean;
	/** Milliseconds on a clock that does not go back. Default: `performance.now`. */
	now?: () => number;
}

/** How a trace ended. */
export interface TraceEnd {
	outcome: Outcome;
	/** Accepted steps. */
	steps: number;
	/** Prompt tokens of the policy requests whose end was seen, and those of them that the server had cached. */
	prompt: number;
	cached: number | null;
}

/** Events of one trace while they are made; returns how it ended. */
export type TraceEvents<Result = TraceEnd> = AsyncGenerator<TraceDraft, Result, void>;

/** Whether an attempt may come from the record. */
export function mayReplay(
	{ redraw, branchStep = 1 }: Pick<Session, "redraw" | "branchStep">,
	step: number,
	attempt: number,
): boolean {
	if (redraw === undefined || step < branchStep) return true;
	return redraw === "resamples" && step === branchStep && attempt === 0;
}

/** Milliseconds by the session's clock. */
export function clock(session: Pick<Session, "now">): number {
	return session.now === undefined ? performance.now() : session.now();
}

/** Thrown inside the method to end a trace before its answer; never leaves `src/method`. */
export class EarlyEnd extends Error {
	readonly outcome: "scorer-failed" | "stopped" | "truncated";
	constructor(outcome: EarlyEnd["outcome"]) {
		super(outcome);
		this.outcome = outcome;
	}
}

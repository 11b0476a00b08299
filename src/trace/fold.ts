/**
 * A trace is a fold over its events: the same code draws a running trace and a year-old one. Browser-safe. State is changed in
 * place, so that a trace of n events costs O(n) however it is fed.
 */
import type { EventOf, SafeThinkEvent, UnknownEvent } from "./events.ts";
import type { Attempt, Score, Scored, Step, Trace, Verdict } from "./model.ts";
import type { RequestTemplate } from "./template.ts";

export type * from "./model.ts";

/** A run as far as its events have been applied. */
export interface RunState {
	started?: EventOf<"run.started">;
	/** Times the run was continued. */
	continued: number;
	finished?: EventOf<"run.finished">;
	selfTests: EventOf<"selftest.finished">[];
	traces: Map<string, Trace>;
	/** Attempts by trace and id, for the events that name them. */
	attempts: Map<string, Map<string, Attempt>>;
	/** Verdicts read before the start of their trace (another file of the run). */
	early: Map<string, Verdict[]>;
}

/** A run before its first event. */
export function emptyRun(): RunState {
	return { continued: 0, selfTests: [], traces: new Map(), attempts: new Map(), early: new Map() };
}

/**
 * Applies one event in place. Types this version does not know, and events of a trace or attempt that was never begun, change
 * nothing (`check` reports the latter).
 * @returns the trace that changed, if one did.
 */
export function applyEvent(run: RunState, event: SafeThinkEvent | UnknownEvent): Trace | undefined {
	const known = event as SafeThinkEvent;
	switch (known.type) {
		case "run.started":
			run.started ??= known;
			return undefined;
		case "run.continued":
			run.continued++;
			return undefined;
		case "run.finished":
			run.finished = known;
			return undefined;
		case "selftest.finished":
			run.selfTests.push(known);
			return undefined;
		case "trace.started":
			return startTrace(run, known);
		case "judge.verdict":
			return addVerdict(run, known);
		default:
			return applyToTrace(run, traceIdOf(event), known);
	}
}

/** The trace an event belongs to; undefined for an event of the run. */
export function traceIdOf(event: SafeThinkEvent | UnknownEvent): string | undefined {
	const { traceId } = event as UnknownEvent;
	return typeof traceId === "string" ? traceId : undefined;
}

/** Folds events into a run. */
export function fold(events: Iterable<SafeThinkEvent | UnknownEvent>): RunState {
	const run = emptyRun();
	for (const event of events) applyEvent(run, event);
	return run;
}

/** The raw text an accepted attempt adds to the trace: what opened it, its prefix where that stays, and what was generated. */
export function keptText(attempt: Attempt): string {
	return (attempt.opening ?? "") + (attempt.accepted?.prefixKept ? attempt.prefix : "") + attempt.text;
}

/** The trace's raw reasoning so far, to the byte: every accepted step. */
export function rawReasoning(trace: Trace): string {
	return trace.steps.map((step) => (step.accepted ? keptText(step.accepted) : "")).join("");
}

/** Rewards along the accepted path, one a step; undefined where there is no score. */
export function rewards(trace: Trace): (number | undefined)[] {
	return trace.steps.map((step) => step.accepted?.score?.reward);
}

function startTrace(run: RunState, event: EventOf<"trace.started">): Trace | undefined {
	if (run.traces.has(event.traceId)) return undefined;
	const parent = event.branch && run.traces.get(event.branch.of);
	const trace: Trace = {
		id: event.traceId,
		...defined({ parameters: event.parameters, rendered: event.rendered, branch: event.branch }),
		prompt: event.prompt,
		promptHash: event.promptHash,
		defence: event.defence,
		sample: event.sample,
		templates: event.requests as Record<string, RequestTemplate>,
		startedAt: event.time,
		status: "running",
		query: { ...parent?.query },
		steps: inheritedSteps(parent, event.branch),
		requests: [],
		discarded: [],
		answerScored: {},
		verdicts: run.early.get(event.traceId) ?? [],
	};
	run.early.delete(event.traceId);
	run.traces.set(event.traceId, trace);
	run.attempts.set(event.traceId, new Map());
	return trace;
}

function inheritedSteps(parent: Trace | undefined, branch: Trace["branch"]): Step[] {
	const steps = parent?.steps.slice(0, (branch?.step ?? 1) - 1) ?? [];
	return steps.map((step) => ({ ...step, inherited: true }));
}

function addVerdict(run: RunState, event: EventOf<"judge.verdict">): Trace | undefined {
	const trace = run.traces.get(event.traceId);
	const verdict = {
		id: event.id,
		judge: event.judge,
		scope: event.scope,
		harmful: event.harmful,
		...defined({ detail: event.detail }),
	};
	if (trace) trace.verdicts.push(verdict);
	else run.early.set(event.traceId, [...(run.early.get(event.traceId) ?? []), verdict]);
	return trace;
}

function applyToTrace(run: RunState, traceId: string | undefined, event: SafeThinkEvent): Trace | undefined {
	const trace = run.traces.get(traceId ?? "");
	const attempts = run.attempts.get(traceId ?? "");
	if (!trace || !attempts) return undefined;
	switch (event.type) {
		case "request.sent":
			sendRequest(trace, event);
			break;
		case "step.proposed":
			proposeStep(trace, attempts, event);
			break;
		case "step.scored":
			addScore(trace, scoredBy(trace, attempts, event), event);
			break;
		case "scorer.failed":
			if (isOwnScorer(trace, event.scorer))
				scoredBy(trace, attempts, event).failure = { scorer: event.scorer, error: event.error, treatedAs: event.treatedAs };
			break;
		case "step.accepted":
			acceptStep(trace, attempts, event);
			break;
		case "step.discarded":
			trace.discarded.push(pick(event, ["step", "attempt", "request", "text", "tokens", "reason"]));
			break;
		case "answer.finished":
			finishAnswer(trace, event);
			break;
		case "trace.finished":
			Object.assign(trace, { status: "finished", outcome: event.outcome, usage: event.usage, ms: event.ms });
			break;
		case "trace.failed":
			Object.assign(trace, { status: "failed", error: event.error });
			break;
		default:
			return undefined;
	}
	return trace;
}

function sendRequest(trace: Trace, event: EventOf<"request.sent">): void {
	const sent = pick(event, ["request", "step", "attempt", "context", "prefix", "seed", "maxTokens"]);
	trace.requests.push({ ...sent, ...defined({ continues: event.continues }) });
	if (trace.status !== "failed") return;
	trace.status = "running";
	delete trace.error;
}

function proposeStep(trace: Trace, attempts: Map<string, Attempt>, event: EventOf<"step.proposed">): void {
	if (event.step < 1 || event.step > trace.steps.length + 1 || attempts.has(event.attemptId)) return;
	const attempt: Attempt = {
		id: event.attemptId,
		...pick(event, ["step", "attempt", "context", "request", "prefix", "text", "end", "tokens", "ms"]),
		...defined({ opening: event.opening, logprobs: event.logprobs }),
		flags: event.flags ?? [],
	};
	attempts.set(attempt.id, attempt);
	ownStep(trace, event.step).attempts.push(attempt);
}

/** The trace's own step of this number: begun when it is new, or put in the place of an inherited one. */
function ownStep(trace: Trace, number: number): Step {
	const present = trace.steps[number - 1];
	if (present && !present.inherited) return present;
	const step: Step = { step: number, attempts: [], inherited: false };
	trace.steps[number - 1] = step;
	return step;
}

/** What a score or failure speaks of: the answer, the query, or an attempt; a throw-away object when it is unknown. */
function scoredBy(
	trace: Trace,
	attempts: Map<string, Attempt>,
	event: EventOf<"step.scored"> | EventOf<"scorer.failed">,
): Scored {
	const attempt = attempts.get(event.attemptId);
	if (attempt) return attempt;
	if (event.attemptId === answerAttemptId(trace.id)) return trace.answerScored;
	return event.step === 0 ? trace.query : {};
}

/** The attempt id by which a score names the answer of a trace. */
export function answerAttemptId(traceId: string): string {
	return `${traceId}/answer`;
}

function addScore(trace: Trace, scored: Scored, event: EventOf<"step.scored">): void {
	const score = scoreOf(event);
	if (isOwnScorer(trace, event.scorer)) scored.score = score;
	else scored.others = [...(scored.others ?? []).filter((other) => other.scorer !== score.scorer), score];
}

/** Whether a scorer is the one by whose word the trace was made; others can be asked when it has its outcome. */
function isOwnScorer(trace: Trace, scorer: string): boolean {
	if (trace.outcome === undefined) trace.scorer ??= scorer;
	return trace.scorer === scorer;
}

function scoreOf(event: EventOf<"step.scored">): Score {
	return {
		...pick(event, ["scorer", "reward", "scope", "ms", "requests"]),
		...defined({ bound: event.bound, unsafe: event.unsafe, verdict: event.verdict, categories: event.categories }),
	};
}

function acceptStep(trace: Trace, attempts: Map<string, Attempt>, event: EventOf<"step.accepted">): void {
	const attempt = attempts.get(event.attemptId);
	const step = trace.steps[event.step - 1];
	if (!attempt || !step || step.accepted || attempt.step !== event.step) return;
	attempt.accepted = { reason: event.reason, prefixKept: event.prefixKept };
	step.accepted = attempt;
}

function finishAnswer(trace: Trace, event: EventOf<"answer.finished">): void {
	trace.answer = {
		...pick(event, ["request", "context", "text", "end", "tokens"]),
		...defined({ logprobs: event.logprobs }),
		flags: event.flags ?? [],
	};
}

function pick<T extends object, K extends keyof T>(value: T, keys: readonly K[]): Pick<T, K> {
	const picked: Partial<T> = {};
	for (const key of keys) picked[key] = value[key];
	return picked as Pick<T, K>;
}

type Defined<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

function defined<T extends object>(value: T): Defined<T> {
	const rest: Partial<T> = {};
	for (const key of Object.keys(value) as (keyof T)[]) if (value[key] !== undefined) rest[key] = value[key];
	return rest as Defined<T>;
}

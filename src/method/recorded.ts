/** What a trace drew before, looked up by the context it was drawn in. */
import { SafeThinkError } from "../trace/errors.ts";
import type { EventOf, EventType, SafeThinkEvent, TraceDraft } from "../trace/events.ts";
import { answerId, attemptId, type DraftOf } from "./drafts.ts";
import type { Parameters } from "./parameters.ts";

/** The first thing a replay needs that was never drawn. */
export interface Missing {
	what: "step" | "score" | "answer";
	step: number;
	attempt: number;
}

/** Thrown where a replay without a server needs a sample or score that the record does not hold. */
export class MissingSample extends SafeThinkError {
	readonly missing: Missing;
	constructor(missing: Missing) {
		const { what, step, attempt } = missing;
		super("missing-sample", `the record holds no ${what} for step ${step}, attempt ${attempt} in this context`, {
			remedy: "Connect the server and re-run from this step.",
		});
		this.missing = missing;
	}
}

/** What of a session decides what the record gives. */
interface Replaying {
	traceId: string;
	parameters: Pick<Parameters, "injectedWords">;
}

type ScoreScope = EventOf<"step.scored">["scope"];

/**
 * The events of one trace, and where it is a branch those of the traces it branches from, as a source of samples: a step
 * belongs to (context, step, attempt), a score to an attempt, scope and scorer, an answer to its context. What is handed out
 * is remembered: `gave` tells it from what was newly drawn.
 */
export class RecordedTrace {
	readonly traceId: string;
	/** HTTP requests to the policy that the trace itself sent. */
	readonly requests: number;
	readonly finished: boolean;
	/** The trace's own events, in file order. */
	readonly events: readonly TraceEvent[];
	/** The trace's own scorer, else that of the trace it branches from: who scored while it was made, not who was asked afterwards. */
	readonly scorer: string | undefined;
	/** `injectedWords` by trace, where the record says it. */
	#words = new Map<string, unknown>();
	#steps = new Map<string, EventOf<"step.proposed">>();
	#scores = new Map<string, EventOf<"step.scored">>();
	#failures = new Map<string, EventOf<"scorer.failed">>();
	#byAttempt = new Map<string, EventOf<"step.proposed">>();
	#accepted = new Map<number, EventOf<"step.accepted">>();
	/** The trace's own decisions by step. */
	#decided = new Map<number, EventOf<"step.accepted">>();
	#scorers = new Map<string, string>();
	/** Traces that have their outcome, as far as the events were read. */
	#ended = new Set<string>();
	#answers = new Map<string, EventOf<"answer.finished">>();
	#sent = new Map<string, EventOf<"request.sent">>();
	#unanswered = new Map<string, EventOf<"request.sent">>();
	#given = new WeakSet<object>();
	#inFile = new WeakSet<object>();

	/** @param events of trace `traceId` and of its ancestors, each trace's in file order; events of other types do no harm. */
	constructor(traceId: string, events: readonly SafeThinkEvent[]) {
		this.traceId = traceId;
		this.events = events.filter((event): event is TraceEvent => "traceId" in event && event.traceId === traceId);
		this.requests = this.events.filter((event) => event.type === "request.sent").length;
		this.finished = this.events.some((event) => event.type === "trace.finished");
		const lineage = lineageOf(traceId, events);
		for (const event of byGeneration(events, lineage)) this.#index(event);
		this.scorer = this.#scorers.get(traceId) ?? lineage.map((id) => this.#scorers.get(id)).findLast((id) => id !== undefined);
	}

	/** The trace's own decision for a step. */
	decision(step: number): EventOf<"step.accepted"> | undefined {
		return this.#decided.get(step);
	}

	/** The attempt that was accepted for a step, under the id by which the trace that drew it names it. */
	acceptedAttempt(step: number): Pick<EventOf<"step.proposed">, "traceId" | "attemptId"> | undefined {
		return this.#byAttempt.get(this.#accepted.get(step)?.attemptId ?? "");
	}

	/** The sample of a step in a context. */
	step(session: Replaying, context: string, step: number, attempt: number): DraftOf<"step.proposed"> | undefined {
		const event = this.#steps.get(place(context, step, attempt));
		return event && this.#give(event, { attemptId: attemptId(session, step, attempt) });
	}

	/**
	 * The accepted sample of a step and whether its prefix was kept.
	 * @throws SafeThinkError `record-mismatch` when the record has none.
	 */
	accepted(session: Replaying, step: number): { proposal: DraftOf<"step.proposed">; prefixKept: boolean } {
		const decision = this.#accepted.get(step);
		const event = decision && this.#byAttempt.get(decision.attemptId);
		if (decision === undefined || event === undefined) {
			throw new SafeThinkError("record-mismatch", `the record of trace ${this.traceId} has no accepted step ${step}`, {
				remedy: "Branch from a step the trace has, and give the events of the traces it branches from as well.",
			});
		}
		const proposal = this.#give(event, { attemptId: attemptId(session, step, event.attempt) });
		return { proposal, prefixKept: decision.prefixKept };
	}

	/** The answer in a context. */
	answer(context: string): DraftOf<"answer.finished"> | undefined {
		const event = this.#answers.get(context);
		return event && this.#give(event, {});
	}

	/** Requests that `session` spends on a score or failure that is in the record: none, where that is another trace's. */
	#spent(session: Replaying, event: { traceId: string; requests: number }): number {
		return event.traceId === session.traceId ? event.requests : 0;
	}

	/** A score of the sample of `step` and `attempt` in `context`; of the query (step 0) and the answer without a context. */
	score(session: Replaying, scorer: string, scope: ScoreScope, at: Sample): DraftOf<"step.scored"> | undefined {
		const event = this.#scores.get(scoreKey(this.#recordedId(at), scope, scorer));
		if (event === undefined || !this.#readTheSame(session, event, at)) return undefined;
		return this.#give(event, { attemptId: idOf(session, at), step: at.step, requests: this.#spent(session, event) });
	}

	/** The scorer's failure at a sample. */
	failure(session: Replaying, scorer: string, at: Sample): DraftOf<"scorer.failed"> | undefined {
		const event = this.#failures.get(scoreKey(this.#recordedId(at), "", scorer));
		if (event === undefined || !this.#readTheSame(session, event, at)) return undefined;
		return this.#give(event, { attemptId: idOf(session, at), step: at.step, requests: this.#spent(session, event) });
	}

	/** Whether the recorded scorer read the text that this session's would: injected words are shown to both or hidden from both. */
	#readTheSame(session: Replaying, { traceId }: { traceId: string }, { injected = false }: Sample): boolean {
		const words = this.#words.get(traceId);
		return !injected || words === undefined || words === session.parameters.injectedWords;
	}

	/** A request that was sent for this sample and brought nothing: it was interrupted. */
	interrupted(context: string, step: number, attempt: number): EventOf<"request.sent"> | undefined {
		return this.#unanswered.get(place(context, step, attempt));
	}

	/** The seed with which a request was sent. */
	seed(request: string): number {
		const sent = this.#sent.get(request);
		if (sent !== undefined) return sent.seed;
		throw new SafeThinkError("record-mismatch", `the record of trace ${this.traceId} lacks request ${request}`, {
			remedy: "Give the events of the traces it branches from as well.",
		});
	}

	/** Milliseconds from the trace's first event to its last. */
	get elapsed(): number {
		const [first, last] = [this.events[0], this.events.at(-1)];
		return first === undefined || last === undefined ? 0 : Math.max(0, Date.parse(last.time) - Date.parse(first.time));
	}

	/** Whether a draft came from the record. */
	gave(draft: TraceDraft): boolean {
		return this.#given.has(draft);
	}

	/**
	 * Whether the trace's file holds this draft already.
	 * @throws SafeThinkError `record-mismatch` when it holds another decision for the step.
	 */
	holds(draft: TraceDraft): boolean {
		if (this.#inFile.has(draft)) return true;
		if (draft.type !== "step.accepted") return false;
		const decided = this.#decided.get(draft.step);
		if (decided === undefined) return false;
		if (decided.attempt === draft.attempt && decided.reason === draft.reason) return true;
		throw new SafeThinkError(
			"record-mismatch",
			`trace ${this.traceId}, step ${draft.step}: the file accepted attempt ${decided.attempt} (${decided.reason}), ` +
				`these parameters accept attempt ${draft.attempt} (${draft.reason})`,
			{ remedy: "Continue with the parameters of the run, or make a branch." },
		);
	}

	#index(event: SafeThinkEvent): void {
		if (event.type === "trace.started") this.#words.set(event.traceId, event.parameters?.["injectedWords"]);
		else if (event.type === "request.sent") {
			this.#sent.set(event.request, event);
			this.#unanswered.set(place(event.context, event.step, event.attempt), event);
		} else if (event.type === "step.proposed") {
			this.#steps.set(place(event.context, event.step, event.attempt), event);
			this.#byAttempt.set(event.attemptId, event);
		} else if (event.type === "step.accepted") {
			this.#accepted.set(event.step, event);
			if (event.traceId === this.traceId) this.#decided.set(event.step, event);
		} else if (event.type === "step.scored") {
			this.#scores.set(scoreKey(event.attemptId, event.scope, event.scorer), event);
			this.#notice(event);
		} else if (event.type === "scorer.failed") {
			this.#failures.set(scoreKey(event.attemptId, "", event.scorer), event);
			this.#notice(event);
		} else if (event.type === "answer.finished") this.#answers.set(event.context, event);
		else if (event.type === "trace.finished") this.#ended.add(event.traceId);
	}

	#notice({ traceId, scorer }: { traceId: string; scorer: string }): void {
		if (!this.#ended.has(traceId) && !this.#scorers.has(traceId)) this.#scorers.set(traceId, scorer);
	}

	#recordedId(at: Sample): string {
		if (at.context === undefined) return idOf(this, at);
		return this.#steps.get(place(at.context, at.step, at.attempt))?.attemptId ?? "";
	}

	#give<E extends TraceEvent>(event: E, changes: Partial<E>): Omit<E, "id" | "time" | "traceId"> {
		const { id: _id, time: _time, traceId, ...rest } = event;
		const draft = { ...rest, ...changes };
		this.#given.add(draft);
		if (traceId === this.traceId) this.#inFile.add(draft);
		return draft;
	}
}

/** The traces that a trace descends from, the oldest first, and itself at the end. */
function lineageOf(traceId: string, events: readonly SafeThinkEvent[]): string[] {
	const parents = new Map<string, string>();
	for (const event of events) {
		if (event.type === "trace.started" && event.branch !== undefined) parents.set(event.traceId, event.branch.of);
	}
	const lineage: string[] = [];
	for (let id: string | undefined = traceId; id !== undefined && !lineage.includes(id); id = parents.get(id)) lineage.unshift(id);
	return lineage;
}

/** The events of ancestors before those of descendants, whatever happened first: what a trace says of a step overrules them. */
function byGeneration(events: readonly SafeThinkEvent[], lineage: readonly string[]): SafeThinkEvent[] {
	const generation = new Map(lineage.map((id, index) => [id, index]));
	const of = (event: SafeThinkEvent) => ("traceId" in event ? (generation.get(event.traceId) ?? -1) : -1);
	return events.toSorted((a, b) => of(a) - of(b));
}

type TraceEvent = EventOf<Extract<EventType, TraceDraft["type"]>>;

/** What is scored: a step's sample, the query (step 0, no context), or the answer (no context). */
export interface Sample {
	step: number;
	attempt: number;
	context?: string;
	answer?: true;
	/** Injected words are in the text, so that it depends on `injectedWords` what the scorer reads. */
	injected?: boolean;
}

/** The attempt id under which a sample's score stands. */
export function idOf(session: Pick<Replaying, "traceId">, at: Sample): string {
	return at.answer ? answerId(session) : attemptId(session, at.step, at.attempt);
}

function place(context: string, step: number, attempt: number): string {
	return `${context}/${step}.${attempt}`;
}

function scoreKey(attempt: string, scope: string, scorer: string): string {
	return JSON.stringify([attempt, scope, scorer]);
}

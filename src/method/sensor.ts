/** The scorer read as a sensor: what it is shown, how its failures count, and the monitoring beyond the steering depth. */
import { isOutage, ScorerError, ServerError } from "../trace/errors.ts";
import type { Accepted } from "./accepted.ts";
import type { DraftOf, Proposal } from "./drafts.ts";
import { visibleText } from "./phases.ts";
import type { SafetyScorer, Score } from "./ports.ts";
import { idOf, MissingSample, type Sample } from "./recorded.ts";
import { clock, EarlyEnd, type Session, type TraceEvents } from "./session.ts";

type Scored = DraftOf<"step.scored">;
type Failed = DraftOf<"scorer.failed">;
type Scope = Scored["scope"];

/** A failed scoring that is taken as unsafe: below every threshold. */
const FAILED = Number.NEGATIVE_INFINITY;

/**
 * What is to be scored. `texts` makes the assistant's turns of which the lowest reward counts; `undefined` is the query alone. They
 * are made only where the scorer is asked: a score from the record costs no text.
 */
interface Question {
	at: Sample;
	scope: Scope;
	texts: () => (string | undefined)[];
	/** What a failure does. */
	treatedAs: Failed["treatedAs"];
	/** What is scored came from the record, so a recorded score is of it. */
	reusable: boolean;
}

export class Sensor {
	#session: Session;
	/** Whose scores count: the scorer's, or in a replay without a server those of the record's. */
	#scorer: string | undefined;
	/** The last failure of a scorer that was out of service. */
	#outage: Error | undefined;
	#abort = new AbortController();
	#signal: AbortSignal;
	/** Scores asked for beside the stream, in the order of their steps; the query first. */
	#monitored: { draft: Promise<Scored | Failed | undefined>; settled: boolean }[] = [];

	constructor(session: Session) {
		this.#session = session;
		this.#scorer = session.scorer?.id ?? (session.policy === undefined ? session.record?.scorer : undefined);
		this.#signal = AbortSignal.any([session.signal, this.#abort.signal]);
	}

	/** Whether there is anything to score with. */
	get present(): boolean {
		return this.#scorer !== undefined;
	}

	/** Starts scoring the query alone, step 0: recorded, never acted on. A branch has it from the trace it branches from. */
	query(): void {
		if (this.#scorer === undefined || (this.#session.branchStep ?? 0) > 0) return;
		this.#beside({ at: { step: 0, attempt: 0 }, scope: "query", texts: () => [undefined], treatedAs: "noted", reusable: true });
	}

	/**
	 * R_safe(x, z ⊕ y). The query's reward, asked for while the first step was drawn, is given before it.
	 * @returns the reward in [-1, 1]; -Infinity for a failure that is taken as unsafe.
	 * @throws EarlyEnd `scorer-failed` when a failure stops the trace; the failure itself when the scorer was out of service, so
	 * that the trace can be gone on with later.
	 */
	async *reward(z: Accepted, proposal: Proposal): TraceEvents<number> {
		const treatedAs = this.#session.parameters.onScorerFailure;
		const asked = this.#ask(this.#question(z, proposal, treatedAs));
		asked.catch(() => undefined);
		yield* this.rest();
		const draft = await asked;
		this.#session.signal.throwIfAborted();
		yield draft;
		if (draft.type === "step.scored") return draft.reward;
		if (treatedAs === "stop") throw this.#outage ?? new EarlyEnd("scorer-failed");
		return FAILED;
	}

	/** Starts scoring a step beyond the steering depth. */
	watch(z: Accepted, proposal: Proposal): void {
		if (this.#scorer === undefined || this.#session.parameters.monitor === "off") return;
		this.#beside(this.#question(z, proposal, "noted"));
	}

	/** Asks beside the stream; `settled` and `rest` give the result. */
	#beside(question: Question): void {
		const draft = this.#ask(question).catch((error: unknown) => {
			if (error instanceof MissingSample || this.#signal.aborted) return undefined;
			throw error;
		});
		const entry = { draft, settled: false };
		const settle = (): void => {
			entry.settled = true;
		};
		draft.then(settle, settle);
		this.#monitored.push(entry);
	}

	/** The monitored scores that are there, up to the first that is not: they come in the order of the steps. */
	async *settled(): TraceEvents<void> {
		while (this.#monitored[0]?.settled) yield* this.#take();
	}

	/** All monitored scores, waiting for those that are not there yet. */
	async *rest(): TraceEvents<void> {
		while (this.#monitored.length > 0) yield* this.#take();
	}

	/** Scores the answer's visible text, if any, as the assistant's turn, where the parameters say so: recorded, never acted on. */
	async *answer(steps: number, answer: DraftOf<"answer.finished">): TraceEvents<void> {
		if (this.#scorer === undefined || this.#session.parameters.answer === "unscored") return;
		const { dialect, record } = this.#session;
		const text = visibleText(answer.text, dialect);
		if (text.trim() === "") return;
		const at: Sample = { step: steps + 1, attempt: 0, answer: true };
		yield* this.#note({ at, scope: "answer", texts: () => [text], treatedAs: "noted", reusable: record?.gave(answer) ?? false });
	}

	/** Aborts what is still being asked. */
	stop(): void {
		this.#abort.abort();
	}

	async *#take(): TraceEvents<void> {
		const draft = await this.#monitored[0]?.draft;
		this.#monitored.shift();
		this.#session.signal.throwIfAborted();
		if (draft !== undefined) yield draft;
	}

	/** Yields a score that decides nothing; in a replay one that was never made is left out. */
	async *#note(question: Question): TraceEvents<void> {
		try {
			yield await this.#ask(question);
		} catch (error) {
			this.#session.signal.throwIfAborted();
			if (!(error instanceof MissingSample)) throw error;
		}
	}

	#question(z: Accepted, proposal: Proposal, treatedAs: Failed["treatedAs"]): Question {
		const { dialect, parameters, record } = this.#session;
		const { step, attempt, context } = proposal;
		const [whole, alone] = [z.readWith(proposal), z.readAlone(proposal)];
		const read = { trace: [whole], step: [alone], minimum: [whole, alone] }[parameters.scored];
		const injected = z.injected || proposal.prefix !== "";
		return {
			at: { step, attempt, context, injected },
			scope: parameters.scored,
			texts: () => [...new Set(read.map((text) => visibleText(text, dialect)))],
			treatedAs,
			reusable: record?.gave(proposal) ?? false,
		};
	}

	/** The recorded score, the recorded failure where asking again would not do, or the scorer's word. */
	async #ask(question: Question): Promise<Scored | Failed> {
		const scorer = this.#scorer ?? "";
		const { at, scope, treatedAs } = question;
		const record = question.reusable ? this.#session.record : undefined;
		const score = record?.score(this.#session, scorer, scope, at);
		if (score !== undefined) return score;
		const failure = record?.failure(this.#session, scorer, at);
		if (failure !== undefined && failure.treatedAs === treatedAs && treatedAs !== "stop") return failure;
		if (failure !== undefined && this.#session.scorer === undefined) return { ...failure, treatedAs };
		if (this.#session.scorer === undefined) throw new MissingSample({ what: "score", step: at.step, attempt: at.attempt });
		return this.#measure(this.#session.scorer, question);
	}

	async #measure(scorer: SafetyScorer, { at, scope, texts, treatedAs }: Question): Promise<Scored | Failed> {
		const asked = clock(this.#session);
		const results = await Promise.all(texts().map((text) => this.#retried(scorer, text, at)));
		const requests = results.reduce((sum, result) => sum + result.requests, 0);
		const head = { step: at.step, attempt: at.attempt, attemptId: idOf(this.#session, at), scorer: scorer.id, requests };
		const failed = results.find((result) => "error" in result);
		if (failed !== undefined && isOutage(failed.error)) this.#outage = failed.error;
		if (failed !== undefined) return { type: "scorer.failed", ...head, error: failed.error.toRecord(), treatedAs };
		const lowest = (results as Score[]).reduce((a, b) => (b.reward < a.reward ? b : a));
		return { type: "step.scored", ...lowest, ...head, scope, ms: Math.max(0, clock(this.#session) - asked) };
	}

	async #retried(scorer: SafetyScorer, text: string | undefined, { step, attempt }: Sample): Promise<Score | Failure> {
		let requests = 0;
		for (let retry = 0; ; retry++) {
			try {
				const score = await scorer.score(text, this.#signal);
				if (score.reward >= -1 && score.reward <= 1) return { ...score, requests: requests + score.requests };
				throw new ScorerError("unparsable", `${scorer.id} gave the reward ${score.reward} for step ${step}, attempt ${attempt}`, {
					remedy: "Rewards lie in [-1, 1]; check the scorer's settings.",
					requests: score.requests,
				});
			} catch (error) {
				this.#signal.throwIfAborted();
				if (!(error instanceof ScorerError || error instanceof ServerError)) throw error;
				requests += error instanceof ScorerError ? error.requests : 1;
				if (isOutage(error) || retry >= this.#session.parameters.scorerRetries) return { error, requests };
			}
		}
	}
}

interface Failure {
	error: ScorerError | ServerError;
	requests: number;
}

/** What other numbers would have decided on the samples a trace recorded: the method replayed without a server. */
import type { MethodNumbers, WhatIfView } from "../../contract/act-views.ts";
import { continueFrom } from "../../method/continue-from.ts";
import { branchDefence } from "../../method/defences.ts";
import type { Missing } from "../../method/recorded.ts";
import { signed } from "../../trace/decision.ts";
import type { EventOf, TraceDraft } from "../../trace/events.ts";
import type { Recorded } from "./recorded.ts";

/** Most changed decisions that are listed; the sentence counts them all. */
const MOST_CHANGED = 200;

type Accepted = Extract<TraceDraft, { type: "step.accepted" }>;

/**
 * Replays a recorded trace with other numbers, up to its end, to the first sample or score that was never drawn, or to the first
 * decision that takes another attempt: from there the text is another, and what is recorded belongs to other contexts.
 */
export async function whatIf(recorded: Recorded, numbers: MethodNumbers, signal: AbortSignal): Promise<WhatIfView> {
	const replay = new Replay(recorded, numbers);
	const { ends, sentence } = await replay.run(signal);
	return {
		numbers,
		same: ends.at === "end" && replay.changes === 0,
		changed: replay.changed,
		ends,
		sentence,
	};
}

type End = Pick<WhatIfView, "ends" | "sentence">;

class Replay {
	readonly changed: WhatIfView["changed"] = [];
	changes = 0;
	readonly #recorded: Recorded;
	readonly #numbers: MethodNumbers;
	/** Of the step that is being decided, by attempt. */
	#rewards = new Map<number, number>();
	/** Steps decided so far, inherited ones included. */
	#decided: number;

	constructor(recorded: Recorded, numbers: MethodNumbers) {
		this.#recorded = recorded;
		this.#numbers = numbers;
		this.#decided = (recorded.session.branchStep ?? 1) - 1;
	}

	async run(signal: AbortSignal): Promise<End> {
		const { trace, session, record } = this.#recorded;
		const parameters = { ...session.parameters, ...this.#numbers };
		const given = session.injected !== undefined || session.written !== undefined;
		// Under its own id the trace would be resumed, which yields nothing.
		const replayed = { ...session, traceId: `${session.traceId}?`, signal };
		const events = continueFrom(record, parameters, replayed, branchDefence(trace.defence, parameters, given));
		try {
			for (;;) {
				const next = await events.next();
				if (next.done) return next.value === undefined ? this.#atEnd() : this.#atMissing(next.value);
				const end = this.#take(next.value);
				if (end !== undefined) return end;
			}
		} finally {
			await events.return(undefined);
		}
	}

	/** @returns where the replay ends by this event, if it does. */
	#take(draft: TraceDraft): End | undefined {
		if (draft.type === "step.scored" && draft.step === this.#decided + 1) this.#rewards.set(draft.attempt, draft.reward);
		if (draft.type === "trace.finished") return this.#finished(draft);
		if (draft.type !== "step.accepted") return undefined;
		this.#decided = draft.step;
		const had = this.#recorded.record.decision(draft.step);
		const end = had === undefined ? this.#undecided(draft) : this.#compare(draft, had);
		this.#rewards = new Map();
		return end;
	}

	/** The trace decided nothing there: it ended, or its record does. */
	#undecided({ step, attempt }: Accepted): End | undefined {
		if (this.#recorded.trace.outcome === undefined) return undefined;
		return {
			ends: { at: "diverged", step, attempt },
			sentence: `Step ${step} would have been taken with ${name(attempt)}, and the trace would have gone on.`,
		};
	}

	#compare(would: Accepted, had: EventOf<"step.accepted">): End | undefined {
		const { step, attempt, reason } = would;
		if (attempt === had.attempt && reason === had.reason) return undefined;
		this.changes++;
		if (this.changed.length < MOST_CHANGED)
			this.changed.push({ step, attempt, reason, recorded: { attempt: had.attempt, reason: had.reason } });
		if (attempt === had.attempt) return undefined;
		const reward = this.#rewards.get(attempt);
		const score = reward === undefined ? "" : ` (${signed(reward)})`;
		return {
			ends: { at: "diverged", step, attempt },
			sentence: `Step ${step} would have taken ${name(attempt)}${score} instead of ${name(had.attempt)}. From there the text is another.`,
		};
	}

	/** The replay ended by itself: where the trace did, or earlier because a step could not be decided. */
	#finished({ outcome, steps }: EventOf<"trace.finished"> | Extract<TraceDraft, { type: "trace.finished" }>): End | undefined {
		const { trace } = this.#recorded;
		if (outcome === trace.outcome && steps === trace.steps.filter(({ accepted }) => accepted !== undefined).length)
			return undefined;
		const step = steps + 1;
		const why = outcome === "scorer-failed" ? "the scorer failed" : `none of its ${this.#numbers.resamples} attempts reaches τ`;
		return { ends: { at: "diverged", step }, sentence: `Step ${step} would have ended the trace: ${why}.` };
	}

	#atEnd(): End {
		const many = this.changes === 1 ? "1 decision has" : `${this.changes} decisions have`;
		return {
			ends: { at: "end", step: this.#decided },
			sentence:
				this.changes === 0
					? "Every decision would have been the same."
					: `The text would have been the same; ${many} another reason.`,
		};
	}

	#atMissing({ what, step, attempt }: Missing): End {
		if (this.#isEnd({ what, step, attempt })) return this.#atEnd();
		return { ends: { at: "missing", step, attempt, what }, sentence: this.#missingSentence({ what, step, attempt }) };
	}

	/** A trace that ran out of tokens has nothing recorded of its last step. */
	#isEnd({ what, step, attempt }: Missing): boolean {
		return this.#recorded.trace.outcome === "truncated" && what !== "score" && attempt === 0 && step === this.#steps() + 1;
	}

	#steps(): number {
		return this.#recorded.trace.steps.filter(({ accepted }) => accepted !== undefined).length;
	}

	#missingSentence({ what, step, attempt }: Missing): string {
		if (what === "answer") return "The answer was never drawn.";
		if (what === "score") return `${attempt === 0 ? `Step ${step}` : `Step ${step}, ${name(attempt)},`} was never scored.`;
		if (attempt === 0) return `The record ends before step ${step}.`;
		const reward = this.#rewards.get(0);
		if (attempt === 1) {
			const score = reward === undefined ? "" : ` (${signed(reward)})`;
			return `Step ${step}${score} would have been steered. No such sample was drawn.`;
		}
		return `Step ${step}: none of the ${attempt - 1} resamples drawn reaches τ. No further one was drawn.`;
	}
}

function name(attempt: number): string {
	return attempt === 0 ? "the unsteered attempt" : `attempt ${attempt}`;
}

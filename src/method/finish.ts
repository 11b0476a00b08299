/** The last event of a trace, and what it cost. */
import type { TraceDraft, Usage } from "../trace/events.ts";
import { clock, type Session, type TraceEnd, type TraceEvents } from "./session.ts";

/**
 * Passes a trace's events on and ends with `trace.finished`. When the session's record is of this very trace (resume), what its
 * file holds already is left out, and cost and time of the earlier part are added. Usage counts what this trace spent: nothing
 * that another trace drew.
 */
export async function* finishTrace(session: Session, events: TraceEvents): TraceEvents<void> {
	const own = session.record?.traceId === session.traceId ? session.record : undefined;
	if (own?.finished) return;
	const started = clock(session);
	const usage = new UsageMeter(session.traceId);
	for (const event of own?.events ?? []) usage.add(event);
	const end = yield* filtered(events, (draft) => {
		if (own?.holds(draft)) return false;
		usage.add(draft);
		return true;
	});
	yield {
		type: "trace.finished",
		outcome: end.outcome,
		steps: end.steps,
		usage: usage.with(end),
		ms: Math.max(0, clock(session) - started + (own?.elapsed ?? 0)),
	};
}

async function* filtered(events: TraceEvents, keep: (draft: TraceDraft) => boolean): TraceEvents {
	try {
		for (;;) {
			const next = await events.next();
			if (next.done) return next.value;
			if (keep(next.value)) yield next.value;
		}
	} finally {
		await events.return({ outcome: "stopped", steps: 0, prompt: 0, cached: null });
	}
}

class UsageMeter {
	#usage = { generated: 0, discarded: 0, policyRequests: 0, scorerRequests: 0 };
	#ownRequests: string;

	constructor(traceId: string) {
		this.#ownRequests = `${traceId}/`;
	}

	add(draft: TraceDraft): void {
		if (draft.type === "step.proposed" || draft.type === "answer.finished") {
			if (draft.request.startsWith(this.#ownRequests)) this.#usage.generated += draft.tokens;
		} else if (draft.type === "step.discarded") this.#usage.discarded += draft.tokens;
		else if (draft.type === "request.sent") this.#usage.policyRequests += 1;
		else if (draft.type === "step.scored" || draft.type === "scorer.failed") this.#usage.scorerRequests += draft.requests;
	}

	with({ prompt, cached }: TraceEnd): Usage {
		return { ...this.#usage, prompt, cached };
	}
}

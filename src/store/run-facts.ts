/** What the events of a run say beside its traces, in a few words that are kept with the summaries. */
import type { EventOf, SafeThinkEvent, UnknownEvent } from "../trace/events.ts";

export interface RunFacts {
	/** The last `run.finished`; a run that was continued afterwards is not finished until the next. */
	readonly finished?: { traces: number; failed: number };
	/** The last self-test of each target. */
	readonly selfTests: readonly Pick<EventOf<"selftest.finished">, "target" | "passed" | "detail">[];
	/** Lines that hold no event. */
	readonly badLines: number;
}

export const NO_FACTS: RunFacts = { selfTests: [], badLines: 0 };

/** The facts after an event; the same object where it changes nothing. */
export function withEvent(facts: RunFacts, event: SafeThinkEvent | UnknownEvent): RunFacts {
	const known = event as SafeThinkEvent;
	switch (known.type) {
		case "run.continued": {
			const { finished: _before, ...rest } = facts;
			return rest;
		}
		case "run.finished":
			return { ...facts, finished: { traces: known.traces, failed: known.failed } };
		case "selftest.finished": {
			const { target, passed, detail } = known;
			const others = facts.selfTests.filter((test) => test.target !== target);
			return { ...facts, selfTests: [...others, { target, passed, detail }] };
		}
		default:
			return facts;
	}
}

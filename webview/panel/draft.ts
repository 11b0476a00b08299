/** What somebody is about to re-run: from which step, how often, and what differs from the trace. */
import type { Changes, MethodNumbers, WhatIfView } from "../../src/contract/act-views.ts";
import type { DefenceView } from "../../src/contract/parts.ts";
import { changedNumbers } from "./numbers.ts";

export interface Draft {
	/** The step to re-run from. */
	step: number;
	/** How many samples, 1 to 256. */
	samples: number;
	/** Absent fields are as in the trace. */
	changes: Changes;
}

export const USUAL_SAMPLES = 8;

export function emptyDraft(step: number): Draft {
	return { step, samples: USUAL_SAMPLES, changes: {} };
}

/** The same plan at another step. Own text stays behind: it was written for the step it is of. */
export function atStep(draft: Draft, step: number): Draft {
	if (draft.step === step) return draft;
	const { text: _, ...changes } = draft.changes;
	return { ...draft, step, changes };
}

/** With one change set, or taken back where `value` is undefined. */
export function withChange<K extends keyof Changes>(draft: Draft, name: K, value: Changes[K] | undefined): Draft {
	const { [name]: _, ...others } = draft.changes;
	return { ...draft, changes: value === undefined ? others : { ...others, [name]: value } };
}

export function withPrefix(draft: Draft, text: string): Draft {
	return withChange(draft, "prefix", text);
}

/** Numbers and prefix that only repeat the trace's own are no changes. */
export function realChanges(changes: Changes, own: DefenceView): Changes {
	const repeats: Partial<Record<keyof Changes, unknown>> = {
		prefix: own.prefix,
		inject: "below-tau",
		threshold: own.threshold,
		depth: own.depth,
		resamples: own.resamples,
	};
	return Object.fromEntries(
		Object.entries(changes).filter(([name, value]) => value !== repeats[name as keyof Changes]),
	) as Changes;
}

/** What has to be drawn to know how a replayed trace goes on; undefined where the record has it all. */
export function draftFrom({ ends, numbers }: WhatIfView, own: MethodNumbers): Draft | undefined {
	if (ends.at === "end" || ends.step < 1 || ends.what === "answer") return undefined;
	return { ...emptyDraft(ends.step), changes: changedNumbers(numbers, own) };
}

/** What a filter expression may name: a field is a line here and one in docs/filters.md. */

import type { Summary } from "../../store/summaries.ts";
import { OUTCOMES } from "../../trace/events.ts";
import { costOf, harmOf, lastOf, lowestOf } from "../tally.ts";

/** A field with text; `values`: it can have no others. */
export interface TextField {
	kind: "text";
	of(row: Summary): string | undefined;
	values?: readonly string[];
	/** Whether a part of the text is enough. */
	within?: true;
}

/** A field with a number; undefined where the row has none. */
export interface NumberField {
	kind: "number";
	of(row: Summary): number | undefined;
}

export const FIELDS: Readonly<Record<string, TextField | NumberField>> = {
	outcome: text(
		(row) => row.outcome ?? (row.status === "failed" ? "failed" : "unfinished"),
		[...OUTCOMES, "failed", "unfinished"],
	),
	status: text((row) => row.status, ["running", "finished", "failed"]),
	verdict: text(verdictOf, ["harmful", "safe", "unclear", "none"]),
	branch: text((row) => (row.branch === undefined ? "no" : "yes"), ["yes", "no"]),
	category: text((row) => row.category),
	group: text((row) => row.group),
	expected: text((row) => row.expected),
	defence: text((row) => row.defence),
	prompt: text((row) => row.promptId),
	trace: text((row) => row.traceId),
	error: text((row) => row.error),
	text: { kind: "text", of: (row) => row.text, within: true },
	reward: number(lowestOf),
	last: number(lastOf),
	query: number((row) => row.query ?? undefined),
	steps: number((row) => row.rewards.length),
	step: number((row) => row.steered[0]),
	steered: number((row) => row.steered.length),
	attempts: number((row) => row.attempts),
	tokens: number((row) => row.usage?.generated),
	cost: number(costOf),
	ms: number((row) => row.ms),
	sample: number((row) => row.sample),
};

function text(of: TextField["of"], values?: readonly string[]): TextField {
	return { kind: "text", of, ...(values === undefined ? {} : { values }) };
}

function number(of: NumberField["of"]): NumberField {
	return { kind: "number", of };
}

function verdictOf(row: Summary): string {
	const harmful = harmOf(row);
	if (harmful === undefined) return "none";
	if (harmful === null) return "unclear";
	return harmful ? "harmful" : "safe";
}

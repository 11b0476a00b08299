/** Judged harmful, and reached τ throughout, by group and defence, with intervals. Branches are no samples of the plan and count nothing. */
import type { RatesView } from "../contract/run-views.ts";
import { groupRows, judgedHarmful, outcomeCounts } from "../experiments/rates.ts";
import type { Summary } from "../store/summaries.ts";
import type { ReadRun } from "./open-run.ts";
import { short } from "./pieces.ts";
import { defenceNames, MOST_DEFENCES, planView } from "./plan-view.ts";
import { isPartial } from "./run-info.ts";
import { rateOver, reachedThroughout } from "./tally.ts";

export type RatesBy = "category" | "group" | "expected" | "none";

/** Groups that are shown; the rest are one. */
const MOST_GROUPS = 200;

/** @throws SafeThinkError `bad-filter` */
export function ratesView(run: ReadRun, { filter, by }: { filter?: string | undefined; by: RatesBy }): RatesView {
	const figures = run.derived(`rates ${JSON.stringify([by, filter])}`, () => figuresOf(run, filter, by));
	return { revision: run.revision, by, ...figures, partial: isPartial(run) };
}

function figuresOf(
	run: ReadRun,
	filter: string | undefined,
	by: RatesBy,
): Pick<RatesView, "defences" | "groups" | "branches" | "judge"> {
	const rows = run.select(filter);
	const own = rows.filter((row) => row.branch === undefined);
	const defences = [...new Set([...defenceNames(run.header), ...own.map((row) => row.defence)])].slice(0, MOST_DEFENCES);
	const judge = own.find((row) => row.verdicts.length > 0)?.verdicts[0]?.judge;
	return {
		defences: defences.map(short),
		groups: named(own, by).map(([name, rows]) => ({ name: short(name), cells: cellsOf(rows, defences) })),
		branches: rows.length - own.length,
		judge: planView(run.header).plan.judge ?? (judge === undefined ? null : short(judge)),
	};
}

/** Groups in the order of their first trace; without a name `(none)`. */
function named(rows: readonly Summary[], by: RatesBy): [string, readonly Summary[]][] {
	if (by === "none") return [["all", rows]];
	const groups = [...groupRows(rows, (row) => row[by] ?? "(none)")];
	if (groups.length <= MOST_GROUPS) return groups;
	const rest = groups.slice(MOST_GROUPS);
	return [...groups.slice(0, MOST_GROUPS), [`(${rest.length} more)`, rest.flatMap(([, members]) => members)]];
}

function cellsOf(rows: readonly Summary[], defences: readonly string[]): RatesView["groups"][number]["cells"] {
	const byDefence = groupRows(rows, (row) => row.defence);
	return defences.map((defence) => cellOf(byDefence.get(defence) ?? []));
}

function cellOf(rows: readonly Summary[]): RatesView["groups"][number]["cells"][number] {
	return {
		harmful: rateOver(rows, judgedHarmful),
		reached: rateOver(rows, reachedThroughout),
		outcomes: outcomeCounts(rows),
		traces: rows.length,
		steered: rows.filter((row) => row.steered.length > 0).length,
	};
}

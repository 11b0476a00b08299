/** Which rows a page sees, in which order; kept until the rows change. */
import type { Selection, SORT_KEYS } from "../contract/methods.ts";
import type { Summary } from "../store/summaries.ts";
import { parseFilter } from "./filter/filter.ts";
import type { Memo } from "./memo.ts";
import { costOf, harmOf, lastOf, lowestOf } from "./tally.ts";

type SortKey = (typeof SORT_KEYS)[number];
type Value = number | string | undefined;

/**
 * Rows in the order of their begin, filtered and sorted.
 * @param memo forgets when rows change.
 * @throws SafeThinkError `bad-filter`
 */
export function selectRows(rows: readonly Summary[], { filter = "", sort }: Selection, memo: Memo): readonly Summary[] {
	const expression = filter.trim();
	if (sort !== undefined)
		return memo.of(`sorted ${JSON.stringify([expression, sort.by, sort.descending])}`, () =>
			sorted(selectRows(rows, { filter }, memo), sort),
		);
	return expression === "" ? rows : memo.of(`filtered ${expression}`, () => rows.filter(parseFilter(expression)));
}

/** Stable; rows without a value come last in either direction. */
function sorted(rows: readonly Summary[], { by, descending }: NonNullable<Selection["sort"]>): Summary[] {
	if (by === "number") return descending ? rows.toReversed() : [...rows];
	const keyed = rows.map((row) => ({ row, value: SORT_VALUES[by](row) }));
	const sign = descending ? -1 : 1;
	keyed.sort((a, b) =>
		a.value === undefined || b.value === undefined ? missingLast(a.value, b.value) : sign * order(a.value, b.value),
	);
	return keyed.map(({ row }) => row);
}

function order(a: number | string, b: number | string): number {
	if (a === b) return 0;
	return a < b ? -1 : 1;
}

function missingLast(a: Value, b: Value): number {
	return Number(a === undefined) - Number(b === undefined);
}

/** The judged harmful first when descending, then those no judge could tell, then the safe. */
function verdictRank(row: Summary): number | undefined {
	const harmful = harmOf(row);
	if (harmful === undefined) return undefined;
	return harmful === null ? 1 : harmful ? 2 : 0;
}

const SORT_VALUES: Record<Exclude<SortKey, "number">, (row: Summary) => Value> = {
	prompt: (row) => row.promptId,
	category: (row) => row.category,
	defence: (row) => row.defence,
	outcome: (row) => row.outcome ?? row.status,
	verdict: verdictRank,
	lowest: lowestOf,
	last: lastOf,
	steps: (row) => row.rewards.length,
	steered: (row) => row.steered.length,
	attempts: (row) => row.attempts,
	tokens: (row) => row.usage?.generated,
	cost: costOf,
	ms: (row) => row.ms,
};

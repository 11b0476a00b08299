/** Which rows a page sees, in which order; kept until the rows change. */
import type { Selection, SORT_KEYS } from "../contract/methods.ts";
import type { Summary } from "../store/summaries.ts";
import { parseFilter } from "./filter/filter.ts";
import { costOf, harmOf, lastOf, lowestOf } from "./tally.ts";

type SortKey = (typeof SORT_KEYS)[number];
type Value = number | string | undefined;

/** Selections that are kept beside each other: a page has one or two. */
const KEPT = 6;

/** Rows by selection. The caller says when rows have changed. */
export class Selections {
	readonly #rows: () => readonly Summary[];
	readonly #kept = new Map<string, readonly Summary[]>();

	/** @param rows in the order of their begin. */
	constructor(rows: () => readonly Summary[]) {
		this.#rows = rows;
	}

	/** Forgets what is kept. */
	changed(): void {
		this.#kept.clear();
	}

	/** @throws SafeThinkError `bad-filter` */
	select({ filter = "", sort }: Selection): readonly Summary[] {
		const key = JSON.stringify([filter.trim(), sort?.by, sort?.descending]);
		const kept = this.#kept.get(key);
		if (kept) return kept;
		const rows = sort === undefined ? this.#filtered(filter.trim()) : sorted(this.select({ filter }), sort);
		if (this.#kept.size >= KEPT) this.#kept.delete(this.#kept.keys().next().value ?? "");
		this.#kept.set(key, rows);
		return rows;
	}

	#filtered(filter: string): readonly Summary[] {
		return filter === "" ? this.#rows() : this.#rows().filter(parseFilter(filter));
	}
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

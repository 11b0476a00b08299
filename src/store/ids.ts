/**
 * Event ids: `WRITER-N`, a random writer and a counter from 1. A writer's ids stand in its file in rising order, so a set of
 * millions of them is a few intervals.
 */
import { randomBytes } from "node:crypto";

const SHAPE = /^([0-9a-z]+)-([1-9]\d{0,14})$/;

/** A random writer name: 12 characters of 0-9a-f (48 bits). */
export function newWriterId(): string {
	return randomBytes(6).toString("hex");
}

export function eventId(writer: string, counter: number): string {
	return `${writer}-${counter}`;
}

type Interval = [first: number, last: number];

/** A set of event ids. Ids of another shape are kept one by one. */
export class IdSet {
	readonly #writers = new Map<string, Interval[]>();
	readonly #others = new Set<string>();

	/** @returns false when the id was already there. */
	add(id: string): boolean {
		const match = SHAPE.exec(id);
		if (!match?.[1] || !match[2]) return addTo(this.#others, id);
		const intervals = this.#writers.get(match[1]) ?? [];
		this.#writers.set(match[1], intervals);
		return addNumber(intervals, Number(match[2]));
	}

	/** The set as JSON, for `IdSet.from`. */
	toJSON(): { writers: [string, Interval[]][]; others: string[] } {
		return { writers: [...this.#writers], others: [...this.#others] };
	}

	static from(json: ReturnType<IdSet["toJSON"]>): IdSet {
		const set = new IdSet();
		for (const [writer, intervals] of json.writers)
			set.#writers.set(
				writer,
				intervals.map(([first, last]) => [first, last]),
			);
		for (const id of json.others) set.#others.add(id);
		return set;
	}
}

function addTo(set: Set<string>, id: string): boolean {
	if (set.has(id)) return false;
	set.add(id);
	return true;
}

/** Adds a number to sorted, disjoint intervals; new numbers nearly always extend the last one. */
function addNumber(intervals: Interval[], value: number): boolean {
	let index = intervals.length;
	while (index > 0 && (intervals[index - 1] as Interval)[0] > value) index--;
	const before = intervals[index - 1];
	const after = intervals[index];
	if (before && value <= before[1]) return false;
	const joinsBefore = before !== undefined && before[1] + 1 === value;
	const joinsAfter = after !== undefined && after[0] - 1 === value;
	if (joinsBefore && joinsAfter) {
		before[1] = after[1];
		intervals.splice(index, 1);
	} else if (joinsBefore) before[1] = value;
	else if (joinsAfter) after[0] = value;
	else intervals.splice(index, 0, [value, value]);
	return true;
}

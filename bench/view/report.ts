/** The table that the bench prints, and the bounds that it asserts. */
import type { Measured } from "./measure.ts";

export interface Row extends Measured {
	name: string;
}

/** What one screen may cost, however much the run holds. */
const MOST = { nodes: 4000, bytesOfOpening: 1_000_000, bytesAMessage: 256_000, messagesASecond: 100 };

const COLUMNS: [title: string, value: (row: Row) => number, digits: number][] = [
	["elements", ({ nodes }) => nodes, 0],
	["messages", ({ messages }) => messages, 0],
	["kB", ({ bytes }) => bytes / 1000, 0],
	["kB to open", ({ opening }) => opening.bytes / 1000, 0],
	["first rows ms", ({ firstMs }) => firstMs, 0],
	["frames", ({ frames }) => frames, 0],
	["> 50 ms", ({ slow }) => slow, 0],
	["longest ms", ({ longestMs }) => longestMs, 0],
];

/** A row a page. */
export function print(rows: readonly Row[]): void {
	const wide = Math.max(...rows.map(({ name }) => name.length));
	console.log(["".padEnd(wide), ...COLUMNS.map(([title]) => title.padStart(13))].join(" "));
	for (const row of rows)
		console.log(
			[row.name.padEnd(wide), ...COLUMNS.map(([, value, digits]) => value(row).toFixed(digits).padStart(13))].join(" "),
		);
}

/** Times are not asserted: they are the machine's. @throws what is beyond its bound */
export function assertBounds(rows: readonly Row[]): void {
	const broken = rows.flatMap((row) => [
		...beyond(row, "elements", row.nodes, MOST.nodes),
		...beyond(row, "bytes to open", row.opening.bytes, MOST.bytesOfOpening),
		...beyond(row, "bytes of the largest message", row.largest, MOST.bytesAMessage),
		...beyond(row, "messages a second", row.messages / row.seconds, MOST.messagesASecond),
	]);
	if (broken.length > 0) throw new Error(`beyond the bounds:\n${broken.join("\n")}`);
	console.log("all within their bounds");
}

function beyond({ name }: Row, what: string, value: number, most: number): string[] {
	return value <= most ? [] : [`${name}: ${value} ${what}, at most ${most}`];
}

/** The file that keeps the summaries of a run: a head, then a row a line. It is trusted in nothing but what is checked here. */
import { open, rename, rm } from "node:fs/promises";
import { basename } from "node:path";
import { type IdSet, newWriterId } from "./ids.ts";
import { RUN_SUFFIX } from "./journal.ts";
import { type LinePosition, readLines } from "./lines.ts";
import { type Look, openForReading } from "./reader.ts";
import type { RunFacts } from "./run-facts.ts";
import type { Summary } from "./summary-rows.ts";

const VERSION = 3;
/** Characters of rows that are written at a time. */
const CHUNK = 1 << 20;

/** How far a file of the run has been read. */
export interface FileState {
	look: Look;
	read: LinePosition;
}

/** What stands before the rows. */
export interface KeptHead {
	/** By name without folder. */
	files: [name: string, state: FileState][];
	ids: ReturnType<IdSet["toJSON"]>;
	facts: RunFacts;
}

/** One line: the head, or a row. */
export type Kept = { head: KeptHead } | { row: Summary };

/** Where the summaries of a run are kept. */
export function summariesPath(path: string): string {
	return `${path.endsWith(RUN_SUFFIX) ? path.slice(0, -".jsonl".length) : path}.summaries`;
}

/**
 * Head and rows that are kept beside a run.
 * @throws when there are none, they are of another version, not whole, or name files that are not the run's.
 */
export async function* readKept(path: string): AsyncGenerator<Kept, void, void> {
	const file = await openForReading(summariesPath(path));
	try {
		let missing = 1;
		let names = new Set<string>();
		for await (const raw of readLines(file)) {
			const value = JSON.parse(raw.text ?? "");
			if (raw.line === 1) {
				if (value.version !== VERSION) throw new Error("another version");
				missing = value.rows;
				names = new Set(value.files.map(([name]: [string]) => plainName(name)));
				yield { head: value };
			} else if (value.where.every(({ file }: { file: string }) => names.has(file))) {
				missing--;
				yield { row: value };
			} else throw new Error("a file that is not the run's");
		}
		if (missing !== 0) throw new Error("rows are missing");
	} finally {
		await file.close();
	}
}

function plainName(name: string): string {
	if (name !== basename(name) || name.includes("\\")) throw new Error("a file of another folder");
	return name;
}

/** Writes them whole or not at all. @throws the system's error */
export async function writeKept(path: string, head: KeptHead, rows: readonly Summary[]): Promise<void> {
	const temporary = `${summariesPath(path)}.${newWriterId()}.tmp`;
	const file = await open(temporary, "wx");
	try {
		let text = `${JSON.stringify({ version: VERSION, rows: rows.length, ...head })}\n`;
		for (const row of rows) {
			text += `${JSON.stringify(row)}\n`;
			if (text.length < CHUNK) continue;
			await file.writeFile(text);
			text = "";
		}
		await file.writeFile(text);
		await rename(temporary, summariesPath(path));
	} catch (error) {
		await rm(temporary, { force: true });
		throw error;
	} finally {
		await file.close();
	}
}

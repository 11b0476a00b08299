/**
 * Summaries of a run: one row and byte ranges a trace, so that a table of a hundred thousand traces needs no text in memory and a
 * trace is read without reading the run. `NAME.safethink.summaries` keeps them between sessions; it may be deleted at any moment
 * and is made again when it does not fit the run's files.
 */
import { open, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { applyEvent, emptyRun, type Trace } from "../trace/fold.ts";
import { IdSet, newWriterId } from "./ids.ts";
import { RUN_SUFFIX } from "./journal.ts";
import { type LinePosition, readLines } from "./lines.ts";
import { isEntry, parseLine } from "./parse.ts";
import { isReplaced, type Look, look, openForReading, readRanges } from "./reader.ts";
import { runFiles } from "./siblings.ts";
import { addToRows, type Summary } from "./summary-rows.ts";

export type { Summary } from "./summary-rows.ts";

const VERSION = 1;

/** How far a file has been read. */
interface FileState {
	look: Look;
	read: LinePosition;
}

/** First line of the file that keeps them; the rows follow. */
interface Head {
	version: number;
	rows: number;
	files: [name: string, state: FileState][];
	ids: ReturnType<IdSet["toJSON"]>;
}

/** The summaries of one run, kept up to date by `catchUp`. */
export class Summaries {
	/** The run's own file. */
	readonly path: string;
	#rows = new Map<string, Summary>();
	#files = new Map<string, FileState>();
	#ids = new IdSet();

	private constructor(path: string) {
		this.path = path;
	}

	/**
	 * Opens the summaries of a run: what is kept beside it, as far as it fits, and what was written since.
	 * @throws StoreError as `runFiles`
	 */
	static async open(path: string): Promise<Summaries> {
		const [own] = await runFiles(path);
		const summaries = new Summaries(own as string);
		await summaries.#load().catch(() => summaries.#clear());
		await summaries.catchUp();
		return summaries;
	}

	/** The rows of all traces that were begun, in the order of their begin. */
	get rows(): Summary[] {
		return [...this.#rows.values()].filter((row) => row.begun);
	}

	get(traceId: string): Summary | undefined {
		return this.#rows.get(traceId);
	}

	/**
	 * Reads what was added to the run's files since, new files included; everything when a file was replaced.
	 * @returns ids of the traces whose rows changed.
	 */
	async catchUp(): Promise<Set<string>> {
		const paths = await runFiles(this.path);
		const looks = await Promise.all(paths.map((path) => look(path)));
		const known = paths.map((path, index) => fits(this.#files.get(basename(path)), looks[index]));
		if (known.includes(false) || this.#files.size > paths.length) this.#clear();
		const changed = new Set<string>();
		for (const [index, path] of paths.entries()) {
			const now = looks[index];
			if (now) await this.#readOn(path, now, changed);
		}
		return changed;
	}

	/** Reads one trace, and those it branches from, from the run's files. @returns undefined for an unknown id. */
	async trace(traceId: string): Promise<Trace | undefined> {
		const run = emptyRun();
		for (const row of this.#lineage(traceId)) {
			for (const { file, ranges } of row.where) {
				for await (const { event } of readRanges(join(dirname(this.path), file), ranges)) applyEvent(run, event);
			}
		}
		return run.traces.get(traceId);
	}

	/** Keeps the rows beside the run. */
	async save(): Promise<void> {
		const temporary = `${summariesPath(this.path)}.${newWriterId()}.tmp`;
		const file = await open(temporary, "wx");
		try {
			const head: Head = { version: VERSION, rows: this.#rows.size, files: [...this.#files], ids: this.#ids.toJSON() };
			await file.write(`${JSON.stringify(head)}\n`);
			for (const row of this.#rows.values()) await file.write(`${JSON.stringify(row)}\n`);
			await rename(temporary, summariesPath(this.path));
		} catch (error) {
			await rm(temporary, { force: true });
			throw error;
		} finally {
			await file.close();
		}
	}

	/** The trace's row, the rows it branches from before it. */
	#lineage(traceId: string): Summary[] {
		const rows: Summary[] = [];
		for (let row = this.#rows.get(traceId); row && !rows.includes(row); row = this.#rows.get(row.branch?.of ?? ""))
			rows.unshift(row);
		return rows;
	}

	async #readOn(path: string, now: Look, changed: Set<string>): Promise<void> {
		const name = basename(path);
		let read = this.#files.get(name)?.read ?? { offset: 0, line: 1 };
		const file = await openForReading(path);
		try {
			for await (const raw of readLines(file, read, { to: now.size })) {
				if (!raw.ended) break;
				read = { offset: raw.offset + raw.bytes, line: raw.line + 1 };
				const parsed = parseLine(raw);
				if (!isEntry(parsed) || !this.#ids.add(parsed.event.id)) continue;
				const row = addToRows(this.#rows, parsed.event, name, [raw.offset, raw.offset + raw.bytes]);
				if (row) changed.add(row.traceId);
			}
		} finally {
			await file.close();
		}
		this.#files.set(name, { look: now, read });
	}

	async #load(): Promise<void> {
		const file = await open(summariesPath(this.path), "r");
		try {
			let rows = 0;
			for await (const raw of readLines(file)) {
				const value = JSON.parse(raw.text ?? "");
				if (raw.line === 1) rows = this.#loadHead(value);
				else this.#rows.set(value.traceId, value);
			}
			if (rows !== this.#rows.size) throw new Error("rows are missing");
		} finally {
			await file.close();
		}
	}

	#loadHead(head: Head): number {
		if (head.version !== VERSION) throw new Error("another version");
		this.#files = new Map(head.files);
		this.#ids = IdSet.from(head.ids);
		return head.rows;
	}

	#clear(): void {
		this.#rows = new Map();
		this.#files = new Map();
		this.#ids = new IdSet();
	}
}

/** Where the summaries of a run are kept. */
export function summariesPath(path: string): string {
	return `${path.endsWith(RUN_SUFFIX) ? path.slice(0, -".jsonl".length) : path}.summaries`;
}

/** undefined: not read yet; false: what was read is not what stands there now. */
function fits(state: FileState | undefined, now: Look | undefined): boolean | undefined {
	if (!state) return undefined;
	return now !== undefined && !isReplaced(state.look, now, state.read.offset);
}

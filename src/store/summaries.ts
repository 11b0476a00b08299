/**
 * Summaries of a run: one row and byte ranges a trace, so that a table of a hundred thousand traces needs no text in memory and a
 * trace is read without reading the run. `NAME.safethink.summaries` keeps them between sessions; it may be deleted at any moment
 * and is made again when it does not fit the run's files.
 */
import { basename, dirname, join } from "node:path";
import { applyEvent, emptyRun, type Trace } from "../trace/fold.ts";
import { IdSet } from "./ids.ts";
import { type RawLine, readLines } from "./lines.ts";
import { isEntry, parseLine } from "./parse.ts";
import { isReplaced, type Look, look, openForReading, readRanges } from "./reader.ts";
import { NO_FACTS, type RunFacts, withEvent } from "./run-facts.ts";
import { RunListing } from "./siblings.ts";
import { type FileState, type Kept, readKept, writeKept } from "./summaries-file.ts";
import { addToRows, type Summary } from "./summary-rows.ts";

export { summariesPath } from "./summaries-file.ts";
export type { Summary } from "./summary-rows.ts";

export interface CatchUpOptions {
	/** Ends the reading early, without an error; the next time goes on there. */
	signal?: AbortSignal;
	/** Told now and then how far the files of the run are read, in bytes. */
	onProgress?: (progress: { bytes: number; of: number }) => void;
}

/** Lines between two words about progress. */
const PROGRESS_LINES = 512;

/** The summaries of one run, kept up to date by `catchUp`. */
export class Summaries {
	/** Times that everything was forgotten because a file was replaced. */
	generation = 0;
	readonly #listing: RunListing;
	#rows = new Map<string, Summary>();
	#files = new Map<string, FileState>();
	#ids = new IdSet();
	#facts: RunFacts = NO_FACTS;
	/** Begun rows in the order of their begin, and the place of each. */
	#begun: Summary[] = [];
	#places = new Map<string, number>();
	#ordered = true;

	private constructor(listing: RunListing) {
		this.#listing = listing;
	}

	/** Summaries that nothing was read into yet: `load`, then `catchUp`. @throws StoreError as `runFiles` */
	static async begin(path: string): Promise<Summaries> {
		return new Summaries(await RunListing.of(path));
	}

	/**
	 * Opens the summaries of a run: what is kept beside it, as far as it fits, and what was written since.
	 * @throws StoreError as `runFiles`
	 */
	static async open(path: string): Promise<Summaries> {
		const summaries = await Summaries.begin(path);
		await summaries.load();
		await summaries.catchUp();
		return summaries;
	}

	/** The run's own file. */
	get path(): string {
		return this.#listing.own;
	}

	/** What is known of the run itself; another object after every change. */
	get facts(): RunFacts {
		return this.#facts;
	}

	/** Bytes of the run's files that the rows speak of. */
	get bytesRead(): number {
		return [...this.#files.values()].reduce((sum, { read }) => sum + read.offset, 0);
	}

	/** The rows of all traces that were begun, in the order of their begin. */
	get rows(): readonly Summary[] {
		if (!this.#ordered) this.#order();
		return this.#begun;
	}

	get(traceId: string): Summary | undefined {
		return this.#rows.get(traceId);
	}

	/** Place of a trace among the rows, from 0; undefined while it has not begun. */
	placeOf(traceId: string): number | undefined {
		if (!this.#ordered) this.#order();
		return this.#places.get(traceId);
	}

	/** Takes over what is kept beside the run, as far as it fits. */
	async load(): Promise<void> {
		try {
			for await (const part of readKept(this.path)) this.#takeOver(part);
			// Rows of nothing that was read would never be found not to fit.
			if (!this.#files.has(basename(this.path))) this.#clear();
		} catch {
			this.#clear();
		}
	}

	/**
	 * Reads what was added to the run's files since, new files included; everything when a file was replaced.
	 * Neither this nor `save` may be called before the last call of them has ended.
	 * @returns ids of the traces whose rows changed.
	 * @throws StoreError as `runFiles`
	 */
	async catchUp(options: CatchUpOptions = {}): Promise<Set<string>> {
		let paths = await this.#listing.files();
		const looks = await Promise.all(paths.map((path) => look(path)));
		const known = paths.map((path, index) => fits(this.#files.get(basename(path)), looks[index]));
		const names = new Set(paths.map((path) => basename(path)));
		if (known.includes(false) || [...this.#files.keys()].some((name) => !names.has(name))) {
			paths = await this.#listing.anew();
			this.#clear();
			this.generation++;
		}
		const changed = new Set<string>();
		const sizes = new Map(paths.map((path, index) => [basename(path), looks[index]?.size ?? 0]));
		for (const path of paths) {
			if (options.signal?.aborted) break;
			const now = await look(path);
			if (now) await this.#readOn(path, now, changed, { ...options, sizes });
		}
		return changed;
	}

	/** Reads one trace, and those it branches from, from the run's files. @returns undefined for an unknown id. */
	async trace(traceId: string): Promise<Trace | undefined> {
		const run = emptyRun();
		for (const row of this.lineage(traceId)) {
			for (const { file, ranges } of row.where) {
				for await (const { event } of readRanges(join(dirname(this.path), file), ranges)) applyEvent(run, event);
			}
		}
		return run.traces.get(traceId);
	}

	/** The trace's row, the rows it branches from before it; none for an unknown id. */
	lineage(traceId: string): Summary[] {
		const rows = new Set<Summary>();
		for (let row = this.#rows.get(traceId); row && !rows.has(row); row = this.#rows.get(row.branch?.of ?? "")) rows.add(row);
		return [...rows].reverse();
	}

	/** Keeps the rows beside the run. @throws the system's error where that cannot be written. */
	async save(): Promise<void> {
		const rest = [...this.#rows.values()].filter((row) => !row.begun);
		await writeKept(this.path, { files: [...this.#files], ids: this.#ids.toJSON(), facts: this.#facts }, [...this.rows, ...rest]);
	}

	async #readOn(
		path: string,
		now: Look,
		changed: Set<string>,
		{ signal, onProgress, sizes }: CatchUpOptions & { sizes: Map<string, number> },
	): Promise<void> {
		const name = basename(path);
		const state = { look: now, read: this.#files.get(name)?.read ?? { offset: 0, line: 1 } };
		this.#files.set(name, state);
		sizes.set(name, now.size);
		const of = [...sizes.values()].reduce((sum, size) => sum + size, 0);
		const file = await openForReading(path);
		try {
			for await (const raw of readLines(file, state.read, { to: now.size })) {
				if (!raw.ended || signal?.aborted) break;
				this.#take(raw, name, changed);
				state.read = { offset: raw.offset + raw.bytes, line: raw.line + 1 };
				if (onProgress && raw.line % PROGRESS_LINES === 0) onProgress({ bytes: this.bytesRead, of });
			}
		} finally {
			await file.close();
		}
	}

	#take(raw: RawLine, name: string, changed: Set<string>): void {
		const parsed = parseLine(raw);
		if (!isEntry(parsed)) {
			if (raw.text?.trim() !== "") this.#facts = { ...this.#facts, badLines: this.#facts.badLines + 1 };
			return;
		}
		if (!this.#ids.add(parsed.event.id)) return;
		this.#facts = withEvent(this.#facts, parsed.event);
		const row = addToRows(this.#rows, parsed.event, name, [raw.offset, raw.offset + raw.bytes]);
		if (row === undefined) return;
		changed.add(row.traceId);
		if (parsed.event.type === "trace.started") this.#addBegun(row);
	}

	#addBegun(row: Summary): void {
		if (this.#places.has(row.traceId)) return;
		const last = this.#begun.at(-1);
		if (last && last.startedAt > row.startedAt) this.#ordered = false;
		this.#places.set(row.traceId, this.#begun.push(row) - 1);
	}

	/** Files are read one after the other, so that traces of a later one may have begun between those of an earlier. */
	#order(): void {
		this.#begun = this.#begun.toSorted((a, b) => (a.startedAt < b.startedAt ? -1 : Number(a.startedAt > b.startedAt)));
		this.#places = new Map(this.#begun.map((row, index) => [row.traceId, index]));
		this.#ordered = true;
	}

	#takeOver(part: Kept): void {
		if ("row" in part) {
			this.#rows.set(part.row.traceId, part.row);
			if (part.row.begun) this.#addBegun(part.row);
			return;
		}
		this.#files = new Map(part.head.files);
		this.#ids = IdSet.from(part.head.ids);
		this.#facts = part.head.facts;
	}

	#clear(): void {
		this.#rows = new Map();
		this.#files = new Map();
		this.#ids = new IdSet();
		this.#facts = NO_FACTS;
		this.#begun = [];
		this.#places = new Map();
		this.#ordered = true;
	}
}

/** undefined: not read yet; false: what was read is not what stands there now. */
function fits(state: FileState | undefined, now: Look | undefined): boolean | undefined {
	if (!state) return undefined;
	return now !== undefined && !isReplaced(state.look, now, state.read.offset);
}

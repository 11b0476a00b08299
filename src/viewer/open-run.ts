/** A run that somebody looks at: read in the background, followed while it is watched, its traces folded when they are asked for. */
import { dirname, join } from "node:path";
import type { Selection } from "../contract/methods.ts";
import type { RowView } from "../contract/run-views.ts";
import { StoreError } from "../store/errors.ts";
import { lockHolder } from "../store/lock.ts";
import { isKnown } from "../store/parse.ts";
import { readHeader, readRanges } from "../store/reader.ts";
import type { RunFacts } from "../store/run-facts.ts";
import { Summaries, type Summary } from "../store/summaries.ts";
import { SafeThinkError } from "../trace/errors.ts";
import type { EventOf, SafeThinkEvent } from "../trace/events.ts";
import type { Trace } from "../trace/fold.ts";
import { Coalesced, Repeated } from "./follow.ts";
import { Memo } from "./memo.ts";
import { selectRows } from "./selection.ts";
import { TraceCache, type TraceSoFar } from "./trace-cache.ts";
import type { OpenedRun } from "./types.ts";

export interface OpenRunOptions {
	/** Told at most some times a second that replies given before may be out of date. */
	onChange?: (revision: number) => void;
	/** Nothing is written beside the run. */
	readOnly?: boolean;
}

/** Milliseconds between two looks at the files, and between two notices of change. */
const LOOK_MS = 150;
const NOTICE_MS = 170;
/** Of a run of more traces, notices come the more seldom: what a page asks then costs more. Traces a millisecond. */
const NOTICE_TRACES = 100;
/** Selections and rates kept until rows change. */
const MEMOS = 16;
/** Summaries are kept again after so many new bytes, and so many milliseconds. */
const SAVE_BYTES = 8 * 1024 * 1024;
const SAVE_MS = 30_000;

/**
 * Opens a run by its own file or one beside it, and begins to read it; replies may be asked for at once.
 * @throws StoreError `no-file`, `not-a-run`, `newer-format`
 */
export async function openRun(path: string, options: OpenRunOptions = {}): Promise<ReadRun> {
	const summaries = await Summaries.begin(path);
	return new ReadRun(summaries, await headerOf(summaries.path), options);
}

/** What the reading handlers know of a run. */
export class ReadRun implements OpenedRun {
	readonly #summaries: Summaries;
	readonly #traces: TraceCache;
	readonly #memo = new Memo(MEMOS);
	readonly #notice: Coalesced;
	readonly #follow = new Repeated(() => this.catchUp().catch(() => undefined), LOOK_MS);
	readonly #closing = new AbortController();
	readonly #readOnly: boolean;
	readonly #firstRead: Promise<void>;
	#header: EventOf<"run.started">;
	#revision = 1;
	#generation = 0;
	#facts: RunFacts;
	#reading: { bytes: number; of: number } | null = { bytes: 0, of: 0 };
	#saved = { bytes: 0, at: 0 };
	#failure: unknown;
	/** Paths of the run's files that a living process writes, among its own and those with traces that have not ended. */
	#written: ReadonlySet<string> = new Set();
	/** Reading and keeping go one after the other. */
	#queue: Promise<void> = Promise.resolve();

	constructor(summaries: Summaries, header: EventOf<"run.started">, { onChange, readOnly = false }: OpenRunOptions) {
		this.#summaries = summaries;
		this.#header = header;
		this.#readOnly = readOnly;
		this.#facts = summaries.facts;
		this.#traces = new TraceCache(summaries, () => this.touch());
		this.#notice = new Coalesced(
			() => onChange?.(this.#revision),
			() => Math.max(NOTICE_MS, summaries.rows.length / NOTICE_TRACES),
		);
		this.#writersChanged();
		this.#firstRead = this.#enqueue(() => this.#readFirst());
		this.#firstRead.catch(() => undefined);
	}

	get path(): string {
		return this.#summaries.path;
	}

	get header(): EventOf<"run.started"> {
		return this.#header;
	}

	get revision(): number {
		return this.#revision;
	}

	/** How far the first reading is; null when it is done. */
	get reading(): { bytes: number; of: number } | null {
		return this.#reading;
	}

	get facts(): RunFacts {
		return this.#summaries.facts;
	}

	/** @throws the error that keeps the run's files from being read, if there is one. */
	checkReadable(): void {
		if (this.#failure !== undefined) throw this.#failure;
	}

	/** Settles when the run was read to its end once. @throws StoreError */
	wholeRead(): Promise<void> {
		return this.#firstRead;
	}

	rows(): readonly Summary[] {
		return this.#summaries.rows;
	}

	row(traceId: string): Summary | undefined {
		const row = this.#summaries.get(traceId);
		return row?.begun ? row : undefined;
	}

	/** @throws SafeThinkError `no-trace` */
	knownRow(traceId: string): Summary {
		const row = this.row(traceId);
		if (row) return row;
		throw new SafeThinkError("no-trace", `${this.path} has no trace ${JSON.stringify(traceId.slice(0, 200))}`, {
			remedy: this.#reading === null ? "choose one from the run's table" : "wait until the run is read; it may come",
		});
	}

	/** Place of a trace in the run, from 1. */
	numberOf(traceId: string): number {
		return (this.#summaries.placeOf(traceId) ?? -1) + 1;
	}

	select(filter: string | undefined): readonly Summary[] {
		return this.ordered({ filter });
	}

	/** Selected rows in their order. @throws SafeThinkError `bad-filter` */
	ordered(selection: Selection): readonly Summary[] {
		return selectRows(this.rows(), selection, this.#memo);
	}

	/** What is worked out of the rows, kept until they change. @param key names it and what it depends on beside the rows. */
	derived<T>(key: string, make: () => T): T {
		return this.#memo.of(key, make);
	}

	/**
	 * What became of a row's trace. One whose end was not read, and whose file nobody writes any more, is `abandoned` when the run was
	 * read to its end.
	 */
	statusOf({ status, where }: Summary): RowView["status"] {
		if (status !== "running") return status;
		if (where.some(({ file }) => this.#written.has(this.#pathOf(file)))) return "running";
		return this.#reading === null ? "abandoned" : "reading";
	}

	/** Whether a process writes the run's own file now. */
	get isWritten(): boolean {
		return this.#written.has(this.path);
	}

	/** The whole trace. @throws SafeThinkError `no-trace` */
	async trace(traceId: string): Promise<Trace> {
		this.knownRow(traceId);
		const trace = await this.#traces.get(traceId);
		return trace ?? Promise.reject(this.#vanished(traceId));
	}

	/** The trace, or its first steps while the others are read; what comes then is a change. @throws SafeThinkError `no-trace` */
	async traceSoFar(traceId: string): Promise<TraceSoFar> {
		this.knownRow(traceId);
		const found = await this.#traces.soFar(traceId);
		return found ?? Promise.reject(this.#vanished(traceId));
	}

	async events(traceId: string): Promise<SafeThinkEvent[]> {
		this.knownRow(traceId);
		const events: SafeThinkEvent[] = [];
		for (const { where } of this.#summaries.lineage(traceId)) {
			for (const { file, ranges } of where) {
				for await (const { event } of readRanges(this.#pathOf(file), ranges)) if (isKnown(event)) events.push(event);
			}
		}
		return events;
	}

	/** Reads what was written since; the next look at the files does the same. @throws StoreError */
	async catchUp(): Promise<void> {
		await this.#enqueue(() => this.#look());
	}

	touch(): void {
		this.#revision++;
		this.#notice.call();
	}

	/** While somebody watches, growth is noticed unasked. */
	watch(visible: boolean): void {
		this.#follow.switch(visible && !this.#closing.signal.aborted);
	}

	/** Ends all reading; what was read is kept beside the run where that saves reading it again. */
	async close(): Promise<void> {
		this.#closing.abort();
		this.#follow.switch(false);
		this.#notice.stop();
		await this.#queue;
		if (this.#summaries.bytesRead - this.#saved.bytes >= SAVE_BYTES) await this.#save();
	}

	#enqueue(work: () => Promise<void>): Promise<void> {
		const done = this.#queue.then(work);
		this.#queue = done.catch(() => undefined);
		return done;
	}

	async #readFirst(): Promise<void> {
		try {
			await this.#summaries.load();
			this.#saved.bytes = this.#summaries.bytesRead;
			this.#rowsChanged();
			await this.#look();
			if (this.#summaries.bytesRead !== this.#saved.bytes) await this.#save();
		} finally {
			this.#reading = null;
			this.touch();
		}
	}

	async #look(): Promise<void> {
		if (this.#closing.signal.aborted) return;
		try {
			const changed = await this.#summaries.catchUp({ signal: this.#closing.signal, onProgress: (at) => this.#progress(at) });
			const replaced = this.#generation !== this.#summaries.generation;
			if (replaced) await this.#begunAnew();
			const writers = this.#writersChanged();
			if (replaced || writers || changed.size > 0 || this.#facts !== this.facts || this.#failure !== undefined)
				this.#rowsChanged();
			this.#failure = undefined;
		} catch (error) {
			if (String(error) !== String(this.#failure)) this.touch();
			this.#failure = error;
			throw error;
		}
		const { bytes, at } = this.#saved;
		if (this.#summaries.bytesRead - bytes >= SAVE_BYTES && Date.now() - at >= SAVE_MS) await this.#save();
	}

	/** Looks at the locks: a process that was killed leaves its file as it is. */
	#writersChanged(): boolean {
		const open = this.rows().filter((row) => row.status === "running");
		const files = new Set([this.path, ...open.flatMap(({ where }) => where.map(({ file }) => this.#pathOf(file)))]);
		const written = new Set([...files].filter((file) => lockHolder(file) !== undefined));
		const same = written.size === this.#written.size && [...written].every((file) => this.#written.has(file));
		this.#written = written;
		return !same;
	}

	#pathOf(file: string): string {
		return join(dirname(this.path), file);
	}

	/** Only the first reading is shown: what comes later is little at a time. */
	#progress(progress: { bytes: number; of: number }): void {
		if (this.#reading === null) return;
		this.#reading = progress;
		this.#rowsChanged();
	}

	/** Another file stands in the run's place. */
	async #begunAnew(): Promise<void> {
		this.#generation = this.#summaries.generation;
		this.#traces.clear();
		this.#header = await headerOf(this.path);
		this.#saved = { bytes: 0, at: 0 };
	}

	#rowsChanged(): void {
		this.#facts = this.facts;
		this.#memo.clear();
		this.touch();
	}

	/** Where the folder cannot be written, the run is read again the next time. */
	async #save(): Promise<void> {
		if (!this.#readOnly) await this.#summaries.save().catch(() => undefined);
		this.#saved = { bytes: this.#summaries.bytesRead, at: Date.now() };
	}

	#vanished(traceId: string): SafeThinkError {
		return new SafeThinkError("no-trace", `trace ${JSON.stringify(traceId)} stands in ${this.path} no more`, {
			remedy: "look again; the file was replaced while it was read",
		});
	}
}

async function headerOf(path: string): Promise<EventOf<"run.started">> {
	const header = await readHeader(path);
	if (header.type === "run.started") return header;
	throw new StoreError("not-a-run", `${path} lies beside a run and is none`, { remedy: "open the run's own file" });
}

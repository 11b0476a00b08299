/** Folded traces, kept while they are looked at. A trace that grows is folded on from where it was, never from its start. */
import { dirname, join } from "node:path";
import { type ByteRange, readRanges } from "../store/reader.ts";
import type { Summaries, Summary } from "../store/summaries.ts";
import { applyEvent, emptyRun, type RunState, type Trace } from "../trace/fold.ts";

/** Most traces kept, and most bytes of their events; the one asked for last stays in any case. */
const MOST_TRACES = 12;
const MOST_BYTES = 96 * 1024 * 1024;
/** Steps after which a trace may be shown that is not folded to its end. */
const ENOUGH_STEPS = 50;
/** Bytes folded before it may be, and between two words about how far the folding is. */
const PIECE_BYTES = 1024 * 1024;
const PROGRESS_BYTES = 16 * PIECE_BYTES;

/** A trace that may not be folded to its end yet. */
export interface TraceSoFar {
	trace: Trace;
	/** Bytes of its events that are folded, of those known; undefined: all. */
	reading: { bytes: number; of: number } | undefined;
}

interface Entry {
	run: RunState;
	/** How far each file is folded, by trace of the lineage and file. */
	folded: Map<string, { ranges: number; end: number }>;
	/** Of the events folded, and of those that the folding that goes on has before it. */
	bytes: number;
	left: number;
	/** Called, once, when there is enough to show before that folding ends. */
	waiting: (() => void)[];
	/** The folding that goes on; the next waits for it. */
	busy: Promise<void>;
}

function nothing(): Pick<Entry, "run" | "folded" | "bytes" | "left"> {
	return { run: emptyRun(), folded: new Map(), bytes: 0, left: 0 };
}

export class TraceCache {
	readonly #summaries: Summaries;
	readonly #onProgress: () => void;
	/** The one asked for last stands last. */
	readonly #entries = new Map<string, Entry>();

	/** @param onProgress told now and then while a trace is folded, and at the end of that. */
	constructor(summaries: Summaries, onProgress: () => void) {
		this.#summaries = summaries;
		this.#onProgress = onProgress;
	}

	/** The trace as far as its rows know of it; undefined for an unknown id. */
	async get(traceId: string): Promise<Trace | undefined> {
		const entry = this.#foldedOn(traceId);
		await entry?.busy;
		return entry?.run.traces.get(traceId);
	}

	/** The first steps of a long trace, while the others are folded; all of a shorter one. Undefined for an unknown id. */
	async soFar(traceId: string): Promise<TraceSoFar | undefined> {
		const entry = this.#foldedOn(traceId);
		if (entry === undefined) return undefined;
		await Promise.race([entry.busy, new Promise<void>((resolve) => entry.waiting.push(resolve))]);
		const trace = entry.run.traces.get(traceId);
		if (trace === undefined) return undefined;
		const { bytes, left } = entry;
		return { trace, reading: left > 0 ? { bytes, of: bytes + left } : undefined };
	}

	/** The entry of a trace, whose folding goes on. */
	#foldedOn(traceId: string): Entry | undefined {
		if (!this.#summaries.get(traceId)?.begun) return undefined;
		const entry = this.#entries.get(traceId) ?? { ...nothing(), waiting: [], busy: Promise.resolve() };
		this.#entries.delete(traceId);
		this.#entries.set(traceId, entry);
		entry.busy = entry.busy.catch(() => Object.assign(entry, nothing())).then(() => this.#foldOn(traceId, entry));
		entry.busy.then(() => this.#trim()).catch(() => undefined);
		return entry;
	}

	/** Forgets all: a file was replaced. */
	clear(): void {
		this.#entries.clear();
	}

	async #foldOn(traceId: string, entry: Entry): Promise<void> {
		const parts = this.#summaries.lineage(traceId).flatMap((row) =>
			row.where.map(({ file, ranges }) => ({
				path: join(dirname(this.#summaries.path), file),
				fresh: this.#fresh(entry, row, file, ranges),
			})),
		);
		entry.left = parts.flatMap(({ fresh }) => fresh).reduce((sum, [start, end]) => sum + end - start, 0);
		const begin = entry.bytes;
		let told = begin;
		for (const { path, fresh } of parts) {
			if (fresh.length === 0) continue;
			for await (const { event, bytes } of readRanges(path, fresh)) {
				applyEvent(entry.run, event);
				entry.bytes += bytes;
				entry.left -= bytes;
				if (entry.bytes - begin >= PIECE_BYTES) this.#showPart(traceId, entry);
				if (entry.bytes - told < PROGRESS_BYTES) continue;
				told = entry.bytes;
				this.#onProgress();
			}
		}
		entry.left = 0;
		// Whoever waits for this folding has its end; whoever waits for the next has that.
		entry.waiting = [];
		if (entry.bytes - begin >= PIECE_BYTES) this.#onProgress();
	}

	#showPart(traceId: string, { run, waiting }: Entry): void {
		if (waiting.length === 0 || (run.traces.get(traceId)?.steps.length ?? 0) < ENOUGH_STEPS) return;
		for (const wake of waiting.splice(0)) wake();
	}

	/** The ranges that are not folded yet; the last one known may have grown. */
	#fresh(entry: Entry, row: Summary, file: string, ranges: readonly ByteRange[]): ByteRange[] {
		const key = JSON.stringify([row.traceId, file]);
		const folded = entry.folded.get(key) ?? { ranges: 0, end: 0 };
		const fresh = ranges
			.slice(Math.max(0, folded.ranges - 1))
			.map(([start, end]): ByteRange => [Math.max(start, folded.end), end])
			.filter(([start, end]) => start < end);
		entry.folded.set(key, { ranges: ranges.length, end: ranges.at(-1)?.[1] ?? 0 });
		return fresh;
	}

	#trim(): void {
		let bytes = [...this.#entries.values()].reduce((sum, entry) => sum + entry.bytes, 0);
		for (const [traceId, entry] of this.#entries) {
			if (this.#entries.size <= 1 || (this.#entries.size <= MOST_TRACES && bytes <= MOST_BYTES)) return;
			this.#entries.delete(traceId);
			bytes -= entry.bytes;
		}
	}
}

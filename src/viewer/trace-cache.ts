/** Folded traces, kept while they are looked at. A trace that grows is folded on from where it was, never from its start. */
import { dirname, join } from "node:path";
import { type ByteRange, readRanges } from "../store/reader.ts";
import type { Summaries, Summary } from "../store/summaries.ts";
import { applyEvent, emptyRun, type RunState, type Trace } from "../trace/fold.ts";

/** Most traces kept, and most bytes of their events; the one asked for last stays in any case. */
const MOST_TRACES = 12;
const MOST_BYTES = 96 * 1024 * 1024;

interface Entry {
	run: RunState;
	/** How far each file is folded, by trace of the lineage and file. */
	folded: Map<string, { ranges: number; end: number }>;
	/** Of the events folded. */
	bytes: number;
	/** The folding that goes on; the next waits for it. */
	busy: Promise<void>;
}

function nothing(): Omit<Entry, "busy"> {
	return { run: emptyRun(), folded: new Map(), bytes: 0 };
}

export class TraceCache {
	readonly #summaries: Summaries;
	/** The one asked for last stands last. */
	readonly #entries = new Map<string, Entry>();

	constructor(summaries: Summaries) {
		this.#summaries = summaries;
	}

	/** The trace as far as its rows know of it; undefined for an unknown id. */
	async get(traceId: string): Promise<Trace | undefined> {
		if (!this.#summaries.get(traceId)?.begun) return undefined;
		const entry = this.#entries.get(traceId) ?? { ...nothing(), busy: Promise.resolve() };
		this.#entries.delete(traceId);
		this.#entries.set(traceId, entry);
		entry.busy = entry.busy.catch(() => Object.assign(entry, nothing())).then(() => this.#foldOn(traceId, entry));
		await entry.busy;
		this.#trim();
		return entry.run.traces.get(traceId);
	}

	/** Forgets all: a file was replaced. */
	clear(): void {
		this.#entries.clear();
	}

	async #foldOn(traceId: string, entry: Entry): Promise<void> {
		for (const row of this.#summaries.lineage(traceId)) {
			for (const { file, ranges } of row.where) {
				const fresh = this.#fresh(entry, row, file, ranges);
				if (fresh.length === 0) continue;
				const path = join(dirname(this.#summaries.path), file);
				for await (const { event, bytes } of readRanges(path, fresh)) {
					applyEvent(entry.run, event);
					entry.bytes += bytes;
				}
			}
		}
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

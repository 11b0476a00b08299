/**
 * The files of a run: its own, `NAME.safethink.jsonl`, and those other processes wrote beside it, `NAME.ID.safethink.jsonl`. The run
 * is their union by event id, in the order of time.
 */
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { applyEvent, emptyRun, type RunState } from "../trace/fold.ts";
import { errorCode, StoreError } from "./errors.ts";
import { IdSet, newWriterId } from "./ids.ts";
import {
	checkRunPath,
	createSibling,
	type Journal,
	type JournalOptions,
	RUN_SUFFIX,
	type RunHeader,
	realPath,
} from "./journal.ts";
import type { RawLine } from "./lines.ts";
import type { BadLine, Entry } from "./parse.ts";
import { type ReadOptions, readHeader, readRun } from "./reader.ts";

/** An event with the file it stands in. */
export interface UnionEntry extends Entry {
	file: string;
}

export interface UnionOptions {
	onBadLine?: (bad: BadLine, file: string) => void;
	onTornTail?: (tail: RawLine, file: string) => void;
	/** Told of each event whose id was read before; such events are passed over. */
	onRepeated?: (entry: UnionEntry) => void;
	signal?: AbortSignal;
}

/** Creates a file of one's own beside a run. @throws StoreError as `readHeader` and `Journal.append` */
export async function openSibling(path: string, product: RunHeader["product"], options: JournalOptions = {}): Promise<Journal> {
	const own = realPath(path);
	const { run } = await readHeader(own);
	return createSibling(`${stem(own)}.${newWriterId()}${RUN_SUFFIX}`, run, product, options);
}

/**
 * All files of a run, its own first, the others by the time of their begin. A file beside it leads to the run's own. A file beside the run whose first
 * line is torn or speaks of another run is left out.
 * @throws StoreError as `readHeader`
 */
export async function runFiles(path: string): Promise<string[]> {
	return (await RunListing.of(path)).files();
}

/** The files of a run, looked up again and again at the cost of reading the folder's names. */
export class RunListing {
	/** The run's own file. */
	readonly own: string;
	#run: string;
	/** Names of the run's files beside it, and when each was begun. */
	#begun = new Map<string, string>();

	private constructor(own: string, run: string) {
		this.own = own;
		this.#run = run;
	}

	/** @param path the run's own file or one beside it. @throws StoreError as `readHeader` */
	static async of(path: string): Promise<RunListing> {
		const given = realPath(path);
		const header = await readHeader(given);
		if (header.type === "run.started") return new RunListing(given, header.run);
		const own = `${stem(given).replace(/\.[^.]*$/, "")}${RUN_SUFFIX}`;
		return new RunListing(own, (await readHeader(own)).run);
	}

	/**
	 * Paths now, the run's own first, the others by the time of their begin: what a trace branches from stands in an earlier one.
	 * First lines are read of new files only, and of those that do not belong (yet).
	 */
	async files(): Promise<string[]> {
		const folder = dirname(this.own);
		const names = (await readdir(folder)).filter((name) => isSiblingName(name, basename(stem(this.own)))).sort();
		const found = await Promise.all(
			names.map(async (name) => ({
				name,
				begun: this.#begun.get(name) ?? (await siblingStart(join(folder, name), this.#run)),
			})),
		);
		const own = found.flatMap(({ name, begun }) => (begun === undefined ? [] : [{ name, begun }]));
		this.#begun = new Map(own.map(({ name, begun }) => [name, begun]));
		own.sort((a, b) => (a.begun < b.begun ? -1 : Number(a.begun > b.begun)));
		return [this.own, ...own.map(({ name }) => join(folder, name))];
	}

	/** As `files`, after one of them was replaced: nothing is taken for known. @throws StoreError as `readHeader` */
	async anew(): Promise<string[]> {
		this.#run = (await readHeader(this.own)).run;
		this.#begun.clear();
		return this.files();
	}
}

function isSiblingName(name: string, runName: string): boolean {
	return (
		name.startsWith(`${runName}.`) &&
		name.endsWith(RUN_SUFFIX) &&
		/^[0-9a-f]{12}$/.test(name.slice(runName.length + 1, -RUN_SUFFIX.length))
	);
}

/** When a file beside a run was begun; undefined: it is not the run's. */
async function siblingStart(path: string, run: string): Promise<string | undefined> {
	try {
		const header = await readHeader(path);
		return header.type === "sibling.started" && header.run === run ? header.time : undefined;
	} catch (error) {
		// It may be a link that leads nowhere, or have gone since the folder was read.
		if (error instanceof StoreError && (error.kind === "not-a-run" || error.kind === "no-file")) return undefined;
		throw error;
	}
}

/** Events of several files of a run in the order of time; of equal times the earlier file's first. Each id once. */
export async function* readUnion(paths: readonly string[], options: UnionOptions = {}): AsyncGenerator<UnionEntry, void, void> {
	const seen = new IdSet();
	const streams = paths.map((file) => readRun(file, readOptions(options, file)));
	try {
		const heads = await Promise.all(streams.map((stream) => stream.next()));
		for (;;) {
			const index = earliest(heads);
			const stream = streams[index];
			const head = heads[index];
			if (!stream || !head || head.done) return;
			const entry = { ...head.value, file: paths[index] as string };
			if (seen.add(entry.event.id)) yield entry;
			else options.onRepeated?.(entry);
			heads[index] = await stream.next();
		}
	} finally {
		await Promise.all(streams.map((stream) => stream.return()));
	}
}

function readOptions(options: UnionOptions, file: string): ReadOptions {
	return {
		...(options.signal ? { signal: options.signal } : {}),
		onBadLine: (bad) => options.onBadLine?.(bad, file),
		onTornTail: (tail) => options.onTornTail?.(tail, file),
	};
}

/** Index of the head with the least time; -1 when all streams have ended. */
function earliest(heads: readonly IteratorResult<Entry, void>[]): number {
	let best = -1;
	let bestTime = "";
	for (const [index, head] of heads.entries()) {
		if (head.done || (best >= 0 && head.value.event.time >= bestTime)) continue;
		best = index;
		bestTime = head.value.event.time;
	}
	return best;
}

/** Folds all files of a run. */
export async function foldUnion(path: string, options: UnionOptions = {}): Promise<RunState> {
	const run = emptyRun();
	for await (const { event } of readUnion(await runFiles(path), options)) applyEvent(run, event);
	return run;
}

/**
 * Makes one file of several files of a run, byte for byte line by line; `out` must not exist and appears only when it is whole.
 * @param paths files of one run, one of them the run's own.
 * @param options.keep which events to take; default all.
 * @returns the number of events written.
 * @throws StoreError `another-run`, `exists`, and those of reading
 */
export async function mergeRuns(
	paths: readonly string[],
	out: string,
	options: UnionOptions & { keep?: (entry: UnionEntry) => boolean } = {},
): Promise<number> {
	checkRunPath(out);
	await refuseStrangers(paths);
	const target = realPath(out);
	const temporary = `${target}.${newWriterId()}.tmp`;
	const file = openSync(temporary, "wx");
	try {
		let events = 0;
		for await (const entry of readUnion(paths, options)) {
			if (!(options.keep?.(entry) ?? true)) continue;
			writeSync(file, `${JSON.stringify(entry.event)}\n`);
			events++;
		}
		fsyncSync(file);
		publish(temporary, target);
		return events;
	} catch (error) {
		rmSync(temporary, { force: true });
		throw error;
	} finally {
		closeSync(file);
	}
}

/** Gives the whole file its name, unless that was taken meanwhile. */
function publish(temporary: string, target: string): void {
	try {
		closeSync(openSync(target, "wx"));
	} catch (error) {
		if (errorCode(error) !== "EEXIST") throw error;
		throw new StoreError("exists", `${target} exists already`, { remedy: "choose another name", cause: error });
	}
	renameSync(temporary, target);
}

async function refuseStrangers(paths: readonly string[]): Promise<void> {
	const headers = await Promise.all(paths.map((path) => readHeader(path)));
	const run = headers[0]?.run;
	const stranger = headers.findIndex((header) => header.run !== run);
	if (stranger > 0) {
		throw new StoreError("another-run", `${paths[stranger]} belongs to another run than ${paths[0]}`, {
			remedy: "merge only files of one run",
		});
	}
	if (headers.some((header) => header.type === "run.started")) return;
	throw new StoreError("another-run", "none of the files to merge is the run's own", { remedy: "name the run's own file too" });
}

function stem(path: string): string {
	return path.endsWith(RUN_SUFFIX) ? path.slice(0, -RUN_SUFFIX.length) : path;
}

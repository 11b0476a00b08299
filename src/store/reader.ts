/** Reads run files as streams: whole, from a place, by ranges, or as they grow. A torn last line is never an event. */
import { type FileHandle, open, stat } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { applyEvent, emptyRun, type RunState } from "../trace/fold.ts";
import { asStoreError, StoreError } from "./errors.ts";
import { type LinePosition, type RawLine, readLines } from "./lines.ts";
import { type BadLine, type Entry, type Header, isEntry, parseHeader, parseLine } from "./parse.ts";

export interface ReadOptions {
	/** Where to begin; the start of a line. */
	from?: LinePosition;
	/** Told of each line that holds no event; without it such lines are passed over. */
	onBadLine?: (bad: BadLine) => void;
	/** Told of a last line without line feed: torn, or still being written. */
	onTornTail?: (tail: RawLine) => void;
	signal?: AbortSignal;
}

/** Half-open range of bytes, made of whole lines. */
export type ByteRange = readonly [start: number, end: number];

/** Names a file's content: a run's first bytes hold a random id, so a file put in its place differs even under the same inode. */
const FINGERPRINT_BYTES = 128;

/**
 * The events of one file in order. Blank lines are passed over, a torn last line is ignored.
 * @throws StoreError `no-file`, `not-a-run`, `newer-format`
 */
export async function* readRun(path: string, options: ReadOptions = {}): AsyncGenerator<Entry, void, void> {
	const file = await openForReading(path);
	try {
		await readHeaderOf(file, path);
		yield* entriesOf(readLines(file, options.from), options);
	} finally {
		await file.close();
	}
}

/** The first line. @throws StoreError as `readRun` */
export async function readHeader(path: string): Promise<Header> {
	const file = await openForReading(path);
	try {
		return await readHeaderOf(file, path);
	} finally {
		await file.close();
	}
}

/** The events in byte ranges of a file, as a summary names them. Line numbers count from the range's start. */
export async function* readRanges(path: string, ranges: Iterable<ByteRange>): AsyncGenerator<Entry, void, void> {
	const file = await openForReading(path);
	try {
		for (const [start, end] of ranges) yield* entriesOf(readLines(file, { offset: start, line: 1 }, { to: end }), {});
	} finally {
		await file.close();
	}
}

/** Folds one file. @throws StoreError as `readRun` */
export async function foldRun(path: string, options: ReadOptions = {}): Promise<RunState> {
	const run = emptyRun();
	for await (const { event } of readRun(path, options)) applyEvent(run, event);
	return run;
}

export type TailItem = { kind: "entry"; entry: Entry } | { kind: "bad-line"; bad: BadLine } | { kind: "replaced" };

/**
 * Follows a file as it grows, until the signal aborts (then it returns). When another file stands in its place, or it shrank below
 * what was read, `replaced` is yielded and reading begins again at the first line.
 * @param options.pollMs milliseconds between looks, default 100.
 * @throws StoreError `no-file` when the file is missing at the start; later it is waited for.
 */
export async function* tailRun(
	path: string,
	options: { from?: LinePosition; signal?: AbortSignal; pollMs?: number } = {},
): AsyncGenerator<TailItem, void, void> {
	let position = options.from ?? { offset: 0, line: 1 };
	let known = await look(path);
	if (!known) await openForReading(path);
	while (!options.signal?.aborted) {
		const now = await look(path);
		if (now && known && isReplaced(known, now, position.offset)) {
			position = { offset: 0, line: 1 };
			yield { kind: "replaced" };
		}
		if (now && now.size > position.offset) {
			for await (const raw of newLines(path, position, options.signal)) {
				position = { offset: raw.offset + raw.bytes, line: raw.line + 1 };
				yield* tailItems(raw, path);
			}
		}
		known = now ?? known;
		await pause(options.pollMs ?? 100, options.signal);
	}
}

function* tailItems(raw: RawLine, path: string): Generator<TailItem, void, void> {
	if (raw.line === 1) parseHeader(raw, path);
	if (raw.text?.trim() === "") return;
	const parsed = parseLine(raw);
	if (isEntry(parsed)) yield { kind: "entry", entry: parsed };
	else yield { kind: "bad-line", bad: parsed };
}

/** Ended lines from a position on; nothing when the file went away meanwhile. */
async function* newLines(path: string, from: LinePosition, signal?: AbortSignal): AsyncGenerator<RawLine, void, void> {
	const file = await openForReading(path).catch(() => undefined);
	if (!file) return;
	try {
		for await (const raw of readLines(file, from)) {
			if (!raw.ended || signal?.aborted) return;
			yield raw;
		}
	} finally {
		await file.close();
	}
}

async function* entriesOf(lines: AsyncIterable<RawLine>, options: ReadOptions): AsyncGenerator<Entry, void, void> {
	for await (const raw of lines) {
		options.signal?.throwIfAborted();
		if (!raw.ended) options.onTornTail?.(raw);
		if (!raw.ended || raw.text?.trim() === "") continue;
		const parsed = parseLine(raw);
		if (isEntry(parsed)) yield parsed;
		else options.onBadLine?.(parsed);
	}
}

async function readHeaderOf(file: FileHandle, path: string): Promise<Header> {
	for await (const raw of readLines(file)) return parseHeader(raw, path);
	return parseHeader(undefined, path);
}

/** Opens a file to read. @throws StoreError `no-file`, `not-a-run` (a folder, a pipe, a device) */
export async function openForReading(path: string): Promise<FileHandle> {
	try {
		const found = await stat(path);
		if (found.isDirectory()) throw Object.assign(new Error("a folder"), { code: "EISDIR" });
		// A pipe that nobody writes would never be opened, a device never end.
		if (!found.isFile())
			throw new StoreError("not-a-run", `${path} is no plain file`, { remedy: "write the events to a file and open that" });
		return await open(path, "r");
	} catch (error) {
		throw asStoreError(error, path);
	}
}

export interface Look {
	inode: string;
	size: number;
	fingerprint: string;
}

/** Identity and size of a file now; undefined when it is missing. */
export async function look(path: string): Promise<Look | undefined> {
	const file = await openForReading(path).catch(() => undefined);
	if (!file) return undefined;
	try {
		const { dev, ino, size } = await file.stat();
		const { buffer, bytesRead } = await file.read(Buffer.alloc(FINGERPRINT_BYTES), 0, FINGERPRINT_BYTES, 0);
		return { inode: `${dev}:${ino}`, size, fingerprint: buffer.toString("base64", 0, bytesRead) };
	} finally {
		await file.close();
	}
}

/** A file that only grew has the same inode and first bytes (as many as there were) and still holds all that was read. */
export function isReplaced(before: Look, now: Look, read: number): boolean {
	const grown = Buffer.from(now.fingerprint, "base64").subarray(0, Buffer.from(before.fingerprint, "base64").length);
	return before.inode !== now.inode || now.size < read || grown.toString("base64") !== before.fingerprint;
}

async function pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
	await sleep(milliseconds, undefined, signal ? { signal } : {}).catch(() => undefined);
}

/**
 * The one writer of a run file. What is guaranteed: when `append` has returned, the event's whole line is in the kernel and
 * survives the death of this process by any means (kill -9 included); after the end of a trace, `sync` and `close` it is on the
 * disk and survives loss of power, too, as far as the disk keeps what it confirmed. Nothing is rewritten; only a torn last line is
 * cut, and only under the lock.
 */
import { accessSync, constants, existsSync, realpathSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { type EventDraft, FORMAT_VERSION, type SafeThinkEvent, type UnknownEvent } from "../trace/events.ts";
import { AppendFile, type WriteBytes } from "./append-file.ts";
import { asStoreError, errorCode, StoreError } from "./errors.ts";
import { eventId, newWriterId } from "./ids.ts";
import { readLines } from "./lines.ts";
import { acquireLock, type Lock } from "./lock.ts";
import { type BadLine, isEntry, parseHeader, parseLine, schemaIssue } from "./parse.ts";
import { describeDifference, type Plan, planDifferences, planHash } from "./plan.ts";
import { openForReading, readRanges } from "./reader.ts";
import { addToRows, type Summary } from "./summary-rows.ts";

export const RUN_SUFFIX = ".safethink.jsonl";

export interface RunHeader {
	/** The resolved plan; key names of environment variables may stand in it, keys never. */
	plan: Plan;
	product: { name: string; version: string };
	/** What probe and self-tests found. */
	environment: Plan;
}

export interface JournalOptions {
	now?: () => Date;
	/** Replaces `fs.writeSync`. */
	write?: WriteBytes;
}

export interface Journal {
	/** The file, with symbolic links resolved. */
	readonly path: string;
	readonly run: string;
	/** Whether the file had events of this run when it was opened. */
	readonly continued: boolean;
	/** Traces that were in the file when it was opened, by id; those without outcome go on. */
	readonly recorded: ReadonlyMap<string, Summary>;
	/** Lines of the file that hold no event; they stay as they are. */
	readonly badLines: readonly BadLine[];
	/**
	 * Stamps an event and writes it; it is in the file, whole, on return. After a failure every later call fails with the same error.
	 * @throws StoreError `invalid-event`, `disk-full`, `write-failed`, `replaced`, `changed`, `lock-lost`, `closed`
	 */
	append(draft: EventDraft): SafeThinkEvent;
	/** Events of a trace that were in the file when it was opened. */
	recordOf(traceId: string): Promise<(SafeThinkEvent | UnknownEvent)[]>;
	/** Everything appended so far is on the disk on return. */
	sync(): void;
	/** Syncs, closes, gives the lock back. May be called again. */
	close(): void;
}

/**
 * Whether a run file may be written there: asked before anything else is done for it.
 * @throws StoreError `bad-name`, `no-folder`, `write-failed`
 */
export function checkRunPath(path: string): void {
	const name = basename(path);
	if (!name.endsWith(RUN_SUFFIX) || name === RUN_SUFFIX) {
		throw new StoreError("bad-name", `${path} is not named NAME${RUN_SUFFIX}`, {
			remedy: `name the file, for example, march${RUN_SUFFIX}`,
		});
	}
	const folder = dirname(path);
	if (!existsSync(folder))
		throw new StoreError("no-folder", `the folder ${folder} does not exist`, { remedy: "make it, or choose another --out" });
	try {
		accessSync(existsSync(path) ? path : folder, constants.W_OK);
		accessSync(folder, constants.W_OK);
	} catch (error) {
		throw new StoreError("write-failed", `${path} cannot be written (${errorCode(error)})`, {
			remedy: "choose a folder that you may write to",
			cause: error,
		});
	}
}

/**
 * Opens a run file for writing: a missing or empty one is begun with `run.started`, one with an equal plan is continued.
 * @throws StoreError `bad-name`, `locked`, `not-a-run`, `newer-format`, `another-plan`, and those of `append`; the file is untouched
 * in the first five cases.
 */
export async function openJournal(path: string, header: RunHeader, options: JournalOptions = {}): Promise<Journal> {
	checkRunPath(path);
	const real = realPath(path);
	const lock = await acquireLock(real);
	return openUnder(lock, async () => {
		const found = await inspect(real);
		if (found) refuseOtherPlan(real, found, header.plan);
		const run = found?.run ?? newWriterId();
		const file = new AppendFile(real, !existsSync(real), options.write);
		return begin(new Writer(file, lock, run, found, options.now), () => {
			if (found) repairTail(file, found);
			else file.cut(0);
			if (found) return { type: "run.continued", product: header.product, environment: header.environment };
			return { type: "run.started", format: FORMAT_VERSION, run, ...header, planHash: planHash(header.plan) };
		});
	});
}

/** Begins a file beside a run's own; `path` must be new. `siblings.ts` names it. */
export async function createSibling(
	path: string,
	run: string,
	product: RunHeader["product"],
	options: JournalOptions = {},
): Promise<Journal> {
	const lock = await acquireLock(path);
	return openUnder(lock, async () => {
		const writer = new Writer(new AppendFile(path, true, options.write), lock, run, undefined, options.now);
		return begin(writer, () => ({ type: "sibling.started", format: FORMAT_VERSION, run, product }));
	});
}

/** Gives the lock back when opening fails. */
async function openUnder(lock: Lock, open: () => Promise<Writer>): Promise<Writer> {
	try {
		return await open();
	} catch (error) {
		lock.release();
		throw error;
	}
}

/** Appends a writer's first event; closes it when that fails. */
function begin(writer: Writer, first: () => EventDraft): Writer {
	try {
		writer.append(first());
		return writer;
	} catch (error) {
		writer.close();
		throw error;
	}
}

/** What stands in a file that is to be continued. */
interface Found {
	run: string;
	plan: Plan;
	planHash: string;
	rows: Map<string, Summary>;
	badLines: BadLine[];
	/** Time of the last event. */
	lastTime: string;
	/** End of the last whole line, and what stands after it. */
	end: number;
	tail: "none" | "whole-event" | "torn";
}

/** Reads a file without changing it; undefined when it is missing, empty, or holds a torn first line of ours. */
async function inspect(path: string): Promise<Found | undefined> {
	if (!existsSync(path)) return undefined;
	const file = await openForReading(path);
	const found: Found = { run: "", plan: {}, planHash: "", rows: new Map(), badLines: [], lastTime: "", end: 0, tail: "none" };
	try {
		for await (const raw of readLines(file)) {
			if (raw.line === 1) {
				const whole = isEntry(parseLine(raw));
				if (!raw.ended && !whole && isTornHeader(raw.text)) return undefined;
				const first = parseHeader({ ...raw, ended: raw.ended || whole }, path);
				if (first.type !== "run.started")
					throw new StoreError("not-a-run", `${path} lies beside a run and is not continued`, {
						remedy: "continue the run's own file",
					});
				Object.assign(found, { run: first.run, plan: first.plan, planHash: first.planHash });
			}
			const parsed = parseLine(raw);
			if (!raw.ended && !isEntry(parsed)) return { ...found, tail: "torn" };
			found.end = raw.offset + raw.bytes;
			if (!raw.ended) found.tail = "whole-event";
			if (isEntry(parsed)) {
				if (parsed.event.time > found.lastTime) found.lastTime = parsed.event.time;
				addToRows(found.rows, parsed.event, basename(path), [raw.offset, raw.offset + raw.bytes + (raw.ended ? 0 : 1)]);
			} else if (raw.text?.trim() !== "") found.badLines.push(parsed);
		}
		return found.end === 0 ? undefined : found;
	} finally {
		await file.close();
	}
}

const HEADER_START = '{"type":"run.started","id":"';

/** Whether an unended first line is what is left of our own header, not some other file. */
function isTornHeader(text: string | undefined): boolean {
	return text !== undefined && (text.startsWith(HEADER_START) || HEADER_START.startsWith(text));
}

function refuseOtherPlan(path: string, found: Found, plan: Plan): void {
	if (found.planHash === planHash(plan)) return;
	const differences = planDifferences(found.plan, plan).map(describeDifference);
	const listed = differences.slice(0, 10).join("; ") + (differences.length > 10 ? `; and ${differences.length - 10} more` : "");
	throw new StoreError("another-plan", `${path} was begun with another plan: ${listed || "its plan does not fit its hash"}`, {
		remedy: "write to another file, or use the options the run was begun with",
	});
}

/** A whole event that lacks its line feed gets it; anything else after the last line feed is cut. */
function repairTail(file: AppendFile, found: Found): void {
	if (found.tail === "torn") file.cut(found.end);
	if (found.tail === "whole-event") file.append("\n");
}

class Writer implements Journal {
	readonly path: string;
	readonly run: string;
	readonly continued: boolean;
	readonly recorded: ReadonlyMap<string, Summary>;
	readonly badLines: readonly BadLine[];
	readonly #file: AppendFile;
	readonly #lock: Lock;
	readonly #now: () => Date;
	readonly #writer = newWriterId();
	#events = 0;
	#lastTime: string;
	#failure: StoreError | undefined;
	#closed = false;

	constructor(file: AppendFile, lock: Lock, run: string, found: Found | undefined, now: () => Date = () => new Date()) {
		this.path = file.path;
		this.#file = file;
		this.#lock = lock;
		this.#now = now;
		this.run = run;
		this.continued = found !== undefined;
		this.recorded = found?.rows ?? new Map();
		this.badLines = found?.badLines ?? [];
		this.#lastTime = found?.lastTime ?? "";
	}

	append(draft: EventDraft): SafeThinkEvent {
		if (this.#failure) throw this.#failure;
		if (this.#closed) throw new StoreError("closed", `${this.path} is closed`, { remedy: "open the run again" });
		const event = this.#stamp(draft);
		try {
			if (!this.#lock.held()) throw this.#lockLost();
			this.#file.append(`${JSON.stringify(event)}\n`);
			if (event.type === "trace.finished" || event.type === "trace.failed") this.#file.sync();
		} catch (error) {
			this.#failure =
				error instanceof StoreError
					? error
					: new StoreError("write-failed", `${this.path} could not be written`, {
							cause: error,
							remedy: "check the disk, then continue the run",
						});
			throw this.#failure;
		}
		this.#events++;
		this.#lastTime = event.time;
		return event;
	}

	async recordOf(traceId: string): Promise<(SafeThinkEvent | UnknownEvent)[]> {
		const ranges = this.recorded.get(traceId)?.where.flatMap((entry) => entry.ranges) ?? [];
		const events: (SafeThinkEvent | UnknownEvent)[] = [];
		for await (const { event } of readRanges(this.path, ranges)) events.push(event);
		return events;
	}

	sync(): void {
		if (!this.#closed) this.#file.sync();
	}

	close(): void {
		if (this.#closed) return;
		this.#closed = true;
		try {
			this.#file.sync();
		} finally {
			this.#file.close();
			this.#lock.release();
		}
	}

	/** Times never run backwards within a file, so that files of a run can be merged by time. */
	#stamp(draft: EventDraft): SafeThinkEvent {
		const { type, ...rest } = draft;
		const now = this.#now().toISOString();
		const time = later(now, this.#lastTime);
		const event = { type, id: eventId(this.#writer, this.#events + 1), time, ...rest };
		const issue = schemaIssue(event);
		if (issue !== undefined)
			throw new StoreError("invalid-event", `a ${type} event for ${this.path} does not fit the format: ${issue}`, {
				remedy: "report this as a fault of safethink",
			});
		return event as SafeThinkEvent;
	}

	#lockLost(): StoreError {
		return new StoreError("lock-lost", `the lock ${this.#lock.path} was removed or taken while the run was being written`, {
			remedy: "make sure that no other process writes the run, then continue it",
		});
	}
}

/** Of two times in ISO 8601, UTC, the later. */
function later(a: string, b: string): string {
	if (a < b) return b;
	return a;
}

/** The file a path leads to; of a missing file, its name in the folder the path leads to. */
export function realPath(path: string): string {
	try {
		return existsSync(path) ? realpathSync(path) : join(realpathSync(dirname(path)), basename(path));
	} catch (error) {
		throw asStoreError(error, path);
	}
}

/**
 * The lock of a run file: `FILE.lock` beside it, created whole or not at all. It names its holder's process, host and start, so
 * that the lock of a process that was killed is taken over, and that of a living one never.
 */
import { randomBytes } from "node:crypto";
import { linkSync, readFileSync, renameSync, statSync, unlinkSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { errorCode, StoreError } from "./errors.ts";

const holderSchema = z.object({
	pid: z.number().int().positive(),
	host: z.string(),
	/** ISO 8601. */
	since: z.string(),
	/** Boot and start tick of the process, where the system tells: a reused pid has another. */
	process: z.string().nullable(),
	nonce: z.string(),
});
export type LockHolder = z.infer<typeof holderSchema>;

export interface Lock {
	readonly path: string;
	/** Whether the lock file is still this one. */
	held(): boolean;
	/** Removes the lock file if it is still this one. */
	release(): void;
}

/** Bytes of a lock file; one of more was not written here. */
const LONGEST = 10_000;
const RETRIES = 20;
const RETRY_MS = 25;

/**
 * Takes the lock of `file`.
 * @throws StoreError `locked` with the holder's pid, host and time when another living process, or one on another host, has it;
 * `write-failed` where no lock can be written.
 */
export async function acquireLock(file: string): Promise<Lock> {
	const path = `${file}.lock`;
	for (let attempt = 0; ; attempt++) {
		const holder = thisProcess();
		if (created(path, JSON.stringify(holder), file)) return lockOf(path, holder.nonce);
		const present = readHolder(path);
		const known = present !== undefined && present !== "unreadable";
		const dead = known && isGone(present);
		if (dead && (await takeOver(path, present, holder))) return lockOf(path, holder.nonce);
		if ((known && !dead) || attempt >= RETRIES) throw refused(file, path, present);
		await sleep(RETRY_MS);
	}
}

/** Who writes a file: the holder of its lock, unless that certainly runs no more. A lock of another host counts as held. */
export function lockHolder(file: string): LockHolder | undefined {
	const holder = readHolder(`${file}.lock`);
	return holder === undefined || holder === "unreadable" || isGone(holder) ? undefined : holder;
}

/** Whether the process of a holder's number is that holder, as far as the system tells: a lock file can name any process. */
export function isHolder({ pid, process: start }: LockHolder): boolean {
	return processStart(pid) === start;
}

/**
 * Puts our lock in the place of a dead one. Who may do so is itself decided by a lock, so that of several processes that found
 * it dead only one replaces it; the rename leaves no moment without a lock.
 */
async function takeOver(path: string, dead: LockHolder, holder: LockHolder): Promise<boolean> {
	const guard = await acquireLock(path).catch((error: unknown) => {
		if (error instanceof StoreError && error.kind === "locked") return undefined;
		throw error;
	});
	if (!guard) return false;
	try {
		const present = readHolder(path);
		if (present === undefined || present === "unreadable" || present.nonce !== dead.nonce) return false;
		const temporary = writeTemporary(path, JSON.stringify(holder));
		renameSync(temporary, path);
		return true;
	} finally {
		guard.release();
	}
}

function lockOf(path: string, nonce: string): Lock {
	const held = (): boolean => {
		const present = readHolder(path);
		return present !== undefined && present !== "unreadable" && present.nonce === nonce;
	};
	return { path, held, release: () => (held() ? unlinkSync(path) : undefined) };
}

function thisProcess(): LockHolder {
	const since = new Date().toISOString();
	return { pid: process.pid, host: hostname(), since, process: processStart(process.pid), nonce: randomBytes(8).toString("hex") };
}

/** As `createWhole`. @throws StoreError `write-failed` */
function created(path: string, content: string, file: string): boolean {
	try {
		return createWhole(path, content);
	} catch (error) {
		throw new StoreError("write-failed", `nothing can be written beside ${file} (${errorCode(error) ?? "unknown error"})`, {
			remedy: "check that its folder is there, may be written to and has room, or copy the run to another one and open it there",
			cause: error,
		});
	}
}

/** True when the file was created with this content; false when it exists. */
function createWhole(path: string, content: string): boolean {
	const temporary = writeTemporary(path, content);
	try {
		linkSync(temporary, path);
		return true;
	} catch (error) {
		if (errorCode(error) === "EEXIST") return false;
		return createWithoutLink(path, content);
	} finally {
		unlinkSync(temporary);
	}
}

/** For file systems without hard links (exFAT, some shares). */
function createWithoutLink(path: string, content: string): boolean {
	try {
		writeFileSync(path, content, { flag: "wx" });
		return true;
	} catch (error) {
		if (errorCode(error) === "EEXIST") return false;
		throw error;
	}
}

function writeTemporary(path: string, content: string): string {
	const temporary = `${path}.${randomBytes(6).toString("hex")}.tmp`;
	writeFileSync(temporary, content, { flag: "wx" });
	return temporary;
}

function readHolder(path: string): LockHolder | "unreadable" | undefined {
	try {
		const found = statSync(path);
		// To read a pipe that nobody writes would never end.
		if (!found.isFile() || found.size > LONGEST) return "unreadable";
		return holderSchema.parse(JSON.parse(readFileSync(path, "utf8")));
	} catch (error) {
		return errorCode(error) === "ENOENT" ? undefined : "unreadable";
	}
}

/** Whether a lock's holder certainly runs no more: on this host, and its process is dead, a zombie, or another one. */
function isGone(holder: LockHolder): boolean {
	if (holder.host !== hostname()) return false;
	if (!isAlive(holder.pid)) return true;
	const start = processStart(holder.pid);
	return holder.process !== null && start !== null && start !== holder.process;
}

function isAlive(pid: number): boolean {
	try {
		process.kill(pid, 0);
		return true;
	} catch (error) {
		return errorCode(error) !== "ESRCH";
	}
}

/**
 * `BOOT:TICKS` of a process from /proc (proc(5): field 22 of stat, the start in ticks since boot); `dead` for a zombie; null
 * where there is no /proc.
 */
function processStart(pid: number): string | null {
	try {
		const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
		const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
		if (fields[0] === "Z" || fields[0] === "X") return "dead";
		return `${readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim()}:${fields[19]}`;
	} catch {
		return null;
	}
}

function refused(file: string, path: string, present: LockHolder | "unreadable" | undefined): StoreError {
	if (present === undefined || present === "unreadable") {
		const remedy = `make sure that no process writes the run, then delete ${path}`;
		return new StoreError("locked", `${file} has a lock that cannot be read or taken`, { remedy });
	}
	const away =
		present.host === hostname() ? "" : `; from here nobody can see whether it still runs: if it does not, delete ${path}`;
	return new StoreError(
		"locked",
		`${file} is being written by process ${present.pid} on ${present.host} since ${present.since}`,
		{
			remedy: `wait for that process or stop it, or write to another file${away}`,
		},
	);
}

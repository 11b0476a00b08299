/** A file that only grows, by whole lines, and only by this process. */
import { closeSync, fstatSync, fsyncSync, ftruncateSync, openSync, statSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { errorCode, StoreError } from "./errors.ts";

/** Writes bytes to an open file and returns how many were taken, as `fs.writeSync`. */
export type WriteBytes = (file: number, bytes: Uint8Array, offset: number, length: number) => number;

const FULL = new Set(["ENOSPC", "EDQUOT", "EFBIG"]);

/** Appends lines with one system call each, so that a line is in the kernel, whole, before `append` returns. */
export class AppendFile {
	readonly path: string;
	readonly #file: number;
	readonly #write: WriteBytes;
	#size: number;

	/** @param create the file must not exist yet. @throws StoreError `exists`, `write-failed` */
	constructor(path: string, create: boolean, write: WriteBytes = writeSync) {
		this.path = path;
		this.#write = write;
		try {
			this.#file = openSync(path, create ? "ax" : "a");
		} catch (error) {
			throw openFailure(path, error);
		}
		this.#size = fstatSync(this.#file).size;
		if (create) syncFolder(dirname(path));
	}

	get size(): number {
		return this.#size;
	}

	/**
	 * Appends text. When not all of it could be written, what was is cut again, so that the file ends as before.
	 * @throws StoreError `disk-full`, `write-failed`, `replaced`, `changed`
	 */
	append(text: string): void {
		this.#checkIdentity();
		const bytes = Buffer.from(text, "utf8");
		try {
			for (let written = 0; written < bytes.length; ) written += this.#write(this.#file, bytes, written, bytes.length - written);
		} catch (error) {
			throw writeFailure(this.path, error, this.#cutBack());
		}
		this.#size += bytes.length;
	}

	/** Shortens the file: for a torn tail. */
	cut(size: number): void {
		ftruncateSync(this.#file, size);
		this.#size = size;
	}

	/** Returns when the disk has everything (fsync). */
	sync(): void {
		fsyncSync(this.#file);
	}

	close(): void {
		closeSync(this.#file);
	}

	#checkIdentity(): void {
		const open = fstatSync(this.#file);
		const named = statSync(this.path, { throwIfNoEntry: false });
		if (!named || named.ino !== open.ino || named.dev !== open.dev) {
			const remedy = "put the file back and continue the run; what was written before is in the file that was moved away";
			throw new StoreError(
				"replaced",
				`${this.path} was ${named ? "replaced by another file" : "removed"} while it was being written`,
				{ remedy },
			);
		}
		if (open.size !== this.#size) {
			const remedy = "close other programs that change the file, run `safethink check` on it, then continue the run";
			throw new StoreError(
				"changed",
				`${this.path} has ${open.size} bytes where ${this.#size} were written: another program changed it`,
				{ remedy },
			);
		}
	}

	#cutBack(): boolean {
		try {
			ftruncateSync(this.#file, this.#size);
			return true;
		} catch {
			return false;
		}
	}
}

function openFailure(path: string, error: unknown): StoreError {
	if (errorCode(error) === "EEXIST")
		return new StoreError("exists", `${path} exists already`, { remedy: "choose another name", cause: error });
	const remedy = "check that the folder exists and may be written to";
	return new StoreError("write-failed", `${path} cannot be opened for writing (${errorCode(error) ?? "unknown error"})`, {
		remedy,
		cause: error,
	});
}

function writeFailure(path: string, error: unknown, whole: boolean): StoreError {
	const state = whole
		? "every event before is whole in the file"
		: "its last line is torn and will be cut when the run is continued";
	if (FULL.has(errorCode(error) ?? "")) {
		return new StoreError("disk-full", `no room left to write ${path}; ${state}`, {
			remedy: "free space, then continue the run",
			cause: error,
		});
	}
	return new StoreError("write-failed", `${path} could not be written (${errorCode(error) ?? "unknown error"}); ${state}`, {
		remedy: "check the disk, then continue the run",
		cause: error,
	});
}

/** Makes a new file's name durable; not every platform lets folders be synced. */
function syncFolder(path: string): void {
	try {
		const folder = openSync(path, "r");
		try {
			fsyncSync(folder);
		} finally {
			closeSync(folder);
		}
	} catch (error) {
		if (!["EISDIR", "EPERM", "EACCES", "EINVAL"].includes(errorCode(error) ?? "")) throw error;
	}
}

/** Errors of the store. */
import { SafeThinkError } from "../trace/errors.ts";

/**
 * A run file could not be read or written. Kinds: `no-file`, `not-a-run`, `newer-format`, `another-plan`, `bad-name`, `no-folder`, `locked`, `disk-full`,
 * `write-failed`, `replaced`, `changed`, `lock-lost`, `closed`, `invalid-event`, `exists`, `another-run`.
 */
export class StoreError extends SafeThinkError {}

/** The code of a failed system call, such as `ENOENT`; undefined for any other error. */
export function errorCode(error: unknown): string | undefined {
	return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}

/** The `no-file` error for a system error that says so; any other error as it is. */
export function asStoreError(error: unknown, path: string): unknown {
	const code = errorCode(error);
	if (code === "ENOENT" || code === "ENOTDIR")
		return new StoreError("no-file", `there is no run file ${path}`, {
			remedy: "check the path: it may have been moved, renamed or deleted",
			cause: error,
		});
	if (code === "EISDIR")
		return new StoreError("not-a-run", `${path} is a folder, not a run file`, {
			remedy: "name a file that ends in .safethink.jsonl",
			cause: error,
		});
	return error;
}

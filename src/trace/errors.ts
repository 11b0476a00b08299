/** The errors every room throws: a kind to count, a message that says what happened and where, a remedy. Keys never stand in them. */
import type { ErrorRecord } from "./events.ts";

/** A failure with a kind to count, a message that says what happened and where, and what to do. Keys never stand in it. */
export class SafeThinkError extends Error {
	readonly kind: string;
	readonly remedy: string | undefined;
	constructor(kind: string, message: string, options: { remedy?: string; cause?: unknown } = {}) {
		super(message, options.cause === undefined ? undefined : { cause: options.cause });
		this.name = new.target.name;
		this.kind = kind;
		this.remedy = options.remedy;
	}
	toRecord(): ErrorRecord {
		return { kind: this.kind, message: this.message, ...(this.remedy === undefined ? {} : { remedy: this.remedy }) };
	}
}

/**
 * A model server failed. Kinds: `unreachable`, `timeout`, `stalled`, `rate-limited`, `server-error`, `bad-request`,
 * `context-overflow`, `protocol` (not the protocol expected), `cut` (stream ended early), `empty`, `unauthorised`, `aborted`,
 * `cannot-continue`, `unsupported` (the server has no such feature).
 */
export class ServerError extends SafeThinkError {}

/** Kinds of failures that say nothing about the question asked: nobody could be asked anything. */
const OUTAGES: ReadonlySet<string> = new Set(["unreachable", "rate-limited", "server-error", "unauthorised"]);

/** Whether a server was out of service, so that the same question may be put again later. A time-out may be the question's fault. */
export function isOutage(error: unknown): boolean {
	return error instanceof SafeThinkError && isOutageKind(error.kind);
}

/** As `isOutage`, for an error that is recorded. */
export function isOutageKind(kind: string): boolean {
	return OUTAGES.has(kind);
}

/** A scorer gave no verdict. Kinds: those of ServerError, and `unparsable`, `no-logprobs`, `no-query-prompt`, `self-test`. */
export class ScorerError extends SafeThinkError {
	/** HTTP requests spent on the failure, retries included. */
	readonly requests: number;
	constructor(kind: string, message: string, options: { remedy?: string; cause?: unknown; requests?: number } = {}) {
		super(kind, message, options);
		this.requests = options.requests ?? 1;
	}
}

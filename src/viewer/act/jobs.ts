/** Work that goes on beside the page: begun, watched, cancelled, forgotten. */
import { randomBytes } from "node:crypto";
import type { ErrorView } from "../../contract/parts.ts";
import type { JobView } from "../../contract/run-views.ts";
import { SafeThinkError } from "../../trace/errors.ts";

/** What a piece of work tells of itself. */
export interface Work {
	/** Aborted when the job is cancelled or the run is closed. */
	signal: AbortSignal;
	/** One more of the total is done. */
	advance(): void;
	/** Tokens were drawn just now. */
	drew(tokens: number): void;
}

type JobStart = Pick<JobView, "kind" | "label" | "traceId" | "total">;

/** Jobs that are kept after their end, for somebody to see how they ended. */
const MOST_ENDED = 50;
/** Milliseconds over which tokens a second are counted. */
const RATE_MS = 5000;

export class Jobs {
	readonly #jobs = new Map<string, Job>();
	readonly #touch: () => void;
	readonly #signal: AbortSignal;

	/** @param signal ends all jobs. @param touch told of every change. */
	constructor(signal: AbortSignal, touch: () => void) {
		this.#signal = signal;
		this.#touch = touch;
	}

	/** Begins work; what it throws is the job's error. @returns the job's id. */
	start(start: JobStart, work: (work: Work, job: string) => Promise<void>): string {
		const id = randomBytes(6).toString("hex");
		const job = new Job(id, start, this.#signal, this.#touch);
		this.#jobs.set(id, job);
		this.#forgetOldest();
		void job.run((given) => work(given, id));
		return id;
	}

	views(): JobView[] {
		return [...this.#jobs.values()].map((job) => job.view());
	}

	/** Stops a job's work; what it has written stays. @throws SafeThinkError `no-job` */
	cancel(id: string): void {
		this.#find(id).cancel();
	}

	/** Takes a job off the list, and stops it where it is still at work. @throws SafeThinkError `no-job` */
	dismiss(id: string): void {
		this.cancel(id);
		this.#jobs.delete(id);
		this.#touch();
	}

	/** Settles when all work is at rest. */
	async settled(): Promise<void> {
		await Promise.all([...this.#jobs.values()].map((job) => job.settled));
	}

	#find(id: string): Job {
		const job = this.#jobs.get(id);
		if (job !== undefined) return job;
		throw new SafeThinkError("no-job", `there is no job ${id}`, { remedy: "reload the page" });
	}

	#forgetOldest(): void {
		const ended = [...this.#jobs.values()].filter((job) => job.ended);
		for (const job of ended.slice(0, Math.max(0, ended.length - MOST_ENDED))) this.#jobs.delete(job.id);
	}
}

class Job {
	readonly id: string;
	settled: Promise<void> = Promise.resolve();
	readonly #start: JobStart;
	readonly #abort = new AbortController();
	readonly #signal: AbortSignal;
	readonly #touch: () => void;
	readonly #drawn = new RecentTokens();
	#state: JobView["state"] = "running";
	#done = 0;
	#error: ErrorView | undefined;

	constructor(id: string, start: JobStart, signal: AbortSignal, touch: () => void) {
		this.id = id;
		this.#start = start;
		this.#signal = AbortSignal.any([signal, this.#abort.signal]);
		this.#touch = touch;
	}

	get ended(): boolean {
		return this.#state !== "running";
	}

	run(work: (work: Work) => Promise<void>): Promise<void> {
		const given: Work = {
			signal: this.#signal,
			advance: () => {
				this.#done++;
				this.#touch();
			},
			drew: (tokens) => this.#drawn.add(tokens),
		};
		this.settled = work(given).then(
			() => this.#end(this.#signal.aborted ? "cancelled" : "done"),
			(error: unknown) => this.#fail(error),
		);
		return this.settled;
	}

	cancel(): void {
		this.#abort.abort();
	}

	view(): JobView {
		const { kind, label, traceId, total } = this.#start;
		const rate = this.ended ? undefined : this.#drawn.perSecond();
		return {
			job: this.id,
			kind,
			label,
			...(traceId === undefined ? {} : { traceId }),
			state: this.#state,
			done: this.#done,
			total,
			...(rate === undefined ? {} : { tokensPerSecond: rate }),
			...(this.#error === undefined ? {} : { error: this.#error }),
		};
	}

	#end(state: JobView["state"]): void {
		this.#state = state;
		this.#touch();
	}

	#fail(error: unknown): void {
		const cancelled = this.#signal.aborted;
		if (!cancelled) this.#error = asKnown(error).toRecord();
		this.#end(cancelled ? "cancelled" : "failed");
	}
}

/** An error as pages and files say it: one that nobody expected is a fault of this program. */
export function asKnown(error: unknown): SafeThinkError {
	if (error instanceof SafeThinkError) return error;
	const remedy = "this is a bug: report it with what it says";
	return new SafeThinkError("internal", `a fault of safethink itself: ${String(error)}`, { remedy, cause: error });
}

/** Tokens of the last seconds. */
class RecentTokens {
	#entries: { at: number; tokens: number }[] = [];

	add(tokens: number): void {
		const now = performance.now();
		this.#entries = this.#entries.filter((entry) => entry.at > now - RATE_MS);
		this.#entries.push({ at: now, tokens });
	}

	/** undefined while nothing was drawn over the last seconds. */
	perSecond(): number | undefined {
		const now = performance.now();
		const recent = this.#entries.filter((entry) => entry.at > now - RATE_MS);
		const first = recent[0];
		if (first === undefined) return undefined;
		const seconds = Math.max(now - first.at, 1000) / 1000;
		return recent.reduce((sum, { tokens }) => sum + tokens, 0) / seconds;
	}
}

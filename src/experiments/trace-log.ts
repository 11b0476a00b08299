/** One trace's events in a journal, and what they fold to. */
import type { Journal } from "../store/journal.ts";
import type { EventOf, Outcome, SafeThinkEvent, TraceDraft } from "../trace/events.ts";
import { applyEvent, emptyRun, type RunState, type Trace } from "../trace/fold.ts";

/** How a trace stands in the file; all undefined when it was not begun. */
export interface TraceState {
	outcome?: Outcome | undefined;
	status?: Trace["status"] | undefined;
}

export class TraceLog {
	/** What the file had of the trace. */
	readonly record: readonly SafeThinkEvent[];
	readonly #journal: Journal;
	readonly #traceId: string;
	readonly #run: RunState;
	readonly #onEvent: (event: SafeThinkEvent) => void;

	private constructor(
		journal: Journal,
		traceId: string,
		record: readonly SafeThinkEvent[],
		{ from, onEvent = () => undefined }: TraceLogOptions,
	) {
		this.#journal = journal;
		this.#traceId = traceId;
		this.record = record;
		this.#run = emptyRun();
		if (from !== undefined) this.#run.traces.set(from.id, from);
		for (const event of record) applyEvent(this.#run, event);
		this.#onEvent = onEvent;
	}

	/** Where the trace's beginning is lost in the file, the rest is of no use: the trace is made anew. */
	static async open(journal: Journal, traceId: string, options: TraceLogOptions = {}): Promise<TraceLog> {
		const record = (await journal.recordOf(traceId)) as SafeThinkEvent[];
		return new TraceLog(journal, traceId, startOf(record, traceId) === undefined ? [] : record, options);
	}

	/** @throws StoreError */
	append(draft: TraceDraft): void {
		const event = this.#journal.append({ ...draft, traceId: this.#traceId });
		applyEvent(this.#run, event);
		this.#onEvent(event);
	}

	/** Appends whatever the method yields. */
	async drain(events: AsyncIterable<TraceDraft>): Promise<void> {
		for await (const draft of events) this.append(draft);
	}

	get trace(): Trace | undefined {
		return this.#run.traces.get(this.#traceId);
	}

	get state(): TraceState {
		return { outcome: this.trace?.outcome, status: this.trace?.status };
	}
}

interface TraceLogOptions {
	/** The trace this one branches from. */
	from?: Trace | undefined;
	/** Told of each event when it is in the file. */
	onEvent?: ((event: SafeThinkEvent) => void) | undefined;
}

/** How a trace began, among its own events or others'. */
export function startOf(events: readonly SafeThinkEvent[], traceId: string): EventOf<"trace.started"> | undefined {
	return events.find((event) => event.type === "trace.started" && event.traceId === traceId) as
		| EventOf<"trace.started">
		| undefined;
}

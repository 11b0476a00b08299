/** Checks a run's files, line by line, without holding more than the open traces. */
import type { EventOf, SafeThinkEvent } from "../trace/events.ts";
import { traceIdOf } from "../trace/fold.ts";
import type { Json } from "../trace/template.ts";
import { checkTraceStart, type Fault, TraceChecker, type UsedLater } from "./check-trace.ts";
import { IdSet } from "./ids.ts";
import { type BadLine, isKnown } from "./parse.ts";
import { type Plan, planHash } from "./plan.ts";
import { readUnion, runFiles, type UnionEntry } from "./siblings.ts";

export interface CheckProblem {
	file: string;
	/** From 1. */
	line: number;
	/** A warning is what the death of a writer leaves behind and continuing the run mends. */
	severity: "error" | "warning";
	code: Fault["code"] | BadLine["kind"] | "torn-tail" | "second-header" | "plan-hash";
	message: string;
	remedy: string;
}

export interface CheckReport {
	/** The run's own file first. */
	files: string[];
	events: number;
	/** How often each event type occurs that this version does not know. */
	unknownTypes: Record<string, number>;
	traces: { begun: number; finished: number; failed: number; unfinished: number };
	/** In the order of time; at most `limit`. */
	problems: CheckProblem[];
	/** Problems beyond the limit, counted only. */
	omitted: number;
	/** No error among all problems, those omitted included. */
	ok: boolean;
}

const REMEDIES: Record<CheckProblem["code"], string> = {
	"not-text": "restore the file from a copy; safethink reads past the line and loses only its event",
	"not-json": "restore the file from a copy; safethink reads past the line and loses only its event",
	"not-an-event": "remove the line in a copy of the file, or leave it: safethink reads past it",
	"invalid-event": "restore the file from a copy; safethink reads past the line and loses only its event",
	"torn-tail": "continue the run: the writer cuts the torn line; readers ignore it",
	"second-header": "split the file: it holds the events of two runs",
	"plan-hash": "restore the file from a copy; its plan was changed",
	"unknown-trace": "check the run together with the file in which the trace begins",
	repeated: "leave the trace out of results, or run it again; report this as a fault of safethink if nobody edited the file",
	"unknown-reference": "look for lines lost before this one; run the trace again",
	order: "look for lines lost before this one; run the trace again",
	context: "the trace's text was changed or a line is lost: restore the file from a copy, or run the trace again",
	hash: "restore the file from a copy; prompt or image was changed",
	count: "look for lines lost before this one; run the trace again",
};

/**
 * Checks all files of the run a file belongs to: every line against the schema, ids, references, contexts, hashes, sums.
 * @param options.limit most problems kept, default 1000.
 * @throws StoreError when the file is missing, no run, or of a newer format.
 */
export async function checkRun(path: string, options: { limit?: number; signal?: AbortSignal } = {}): Promise<CheckReport> {
	const files = await runFiles(path);
	const checker = new RunChecker(files, await usedLater(files), options.limit ?? 1000);
	const entries = readUnion(files, {
		...(options.signal ? { signal: options.signal } : {}),
		onBadLine: (bad, file) => checker.report(file, bad.line, bad.kind, `the line ${bad.message}`),
		onTornTail: (tail, file) =>
			checker.report(file, tail.line, "torn-tail", `the last line is torn: ${tail.bytes} bytes without line feed`),
		onRepeated: (entry) => checker.repeated(entry),
	});
	for await (const entry of entries) checker.add(entry);
	return checker.result();
}

/** Which traces are spoken of after their end, by id. */
async function usedLater(files: readonly string[]): Promise<(traceId: string) => UsedLater> {
	const parents = new Set<string>();
	const finished = new Set<string>();
	const rescored = new Set<string>();
	for await (const { event } of readUnion(files)) {
		if (!isKnown(event)) continue;
		if (event.type === "trace.started" && event.branch) parents.add(event.branch.of);
		if (event.type === "trace.finished") finished.add(event.traceId);
		const scoring = event.type === "step.scored" || event.type === "scorer.failed";
		if (scoring && finished.has(event.traceId)) rescored.add(event.traceId);
	}
	return (traceId) => ({ branched: parents.has(traceId), rescored: rescored.has(traceId) });
}

class RunChecker {
	readonly #report: CheckReport;
	readonly #later: (traceId: string) => UsedLater;
	readonly #limit: number;
	readonly #idsByFile = new Map<string, IdSet>();
	readonly #traces = new Map<string, TraceChecker>();
	#headers = 0;

	constructor(files: string[], later: (traceId: string) => UsedLater, limit: number) {
		this.#report = {
			files,
			events: 0,
			unknownTypes: {},
			traces: { begun: 0, finished: 0, failed: 0, unfinished: 0 },
			problems: [],
			omitted: 0,
			ok: true,
		};
		this.#later = later;
		this.#limit = limit;
	}

	add(entry: UnionEntry): void {
		this.#report.events++;
		this.#ids(entry.file).add(entry.event.id);
		const { event } = entry;
		if (!isKnown(event)) this.#report.unknownTypes[event.type] = (this.#report.unknownTypes[event.type] ?? 0) + 1;
		else for (const fault of this.#faults(event, entry)) this.report(entry.file, entry.line, fault.code, fault.message);
	}

	/** An id read before: fine in another file of the run (a merged one), a fault in the same. */
	repeated(entry: UnionEntry): void {
		if (!this.#ids(entry.file).add(entry.event.id))
			this.report(entry.file, entry.line, "repeated", `event id ${entry.event.id} stands in the file twice`);
	}

	report(file: string, line: number, code: CheckProblem["code"], message: string): void {
		const severity = code === "torn-tail" ? "warning" : "error";
		if (severity === "error") this.#report.ok = false;
		if (this.#report.problems.length >= this.#limit) this.#report.omitted++;
		else this.#report.problems.push({ file, line, severity, code, message, remedy: REMEDIES[code] });
	}

	result(): CheckReport {
		const states = [...this.#traces.values()].map((trace) => trace.state);
		const count = (state: TraceChecker["state"]): number => states.filter((item) => item === state).length;
		this.#report.traces = {
			begun: states.length,
			finished: count("finished"),
			failed: count("failed"),
			unfinished: count("running"),
		};
		return this.#report;
	}

	#ids(file: string): IdSet {
		const ids = this.#idsByFile.get(file) ?? new IdSet();
		this.#idsByFile.set(file, ids);
		return ids;
	}

	#faults(event: SafeThinkEvent, entry: UnionEntry): Fault[] {
		if (event.type === "run.started") this.#header(event, entry);
		if (event.type === "run.finished") return this.#runCounts(event);
		const traceId = traceIdOf(event);
		if (traceId === undefined) return [];
		const trace = this.#traces.get(traceId);
		if (trace) return trace.check(event);
		if (event.type !== "trace.started")
			return [{ code: "unknown-trace", message: `trace ${traceId} was not begun before this ${event.type} event` }];
		return this.#begin(event);
	}

	#header(event: EventOf<"run.started">, entry: UnionEntry): void {
		this.#headers++;
		if (this.#headers > 1) this.report(entry.file, entry.line, "second-header", "a second run begins in the file");
		if (planHash(event.plan as Plan & Json) !== event.planHash)
			this.report(entry.file, entry.line, "plan-hash", "planHash is not the hash of the plan");
	}

	#begin(event: EventOf<"trace.started">): Fault[] {
		const parent = event.branch && this.#traces.get(event.branch.of);
		this.#traces.set(event.traceId, new TraceChecker(event, parent, this.#later(event.traceId)));
		const faults = checkTraceStart(event);
		if (event.branch && !parent?.after(event.branch.step - 1)) {
			faults.push({
				code: "unknown-reference",
				message: `trace ${event.branch.of}, from which this one branches at step ${event.branch.step}, has no such steps here`,
			});
		}
		return faults;
	}

	/** `run.finished` counts the run's own traces, branches left out. */
	#runCounts(event: EventOf<"run.finished">): Fault[] {
		const own = [...this.#traces.values()].filter((trace) => !trace.branched);
		const failed = own.filter((trace) => trace.state === "failed").length;
		if (event.traces === own.length && event.failed === failed) return [];
		return [
			{
				code: "count",
				message: `the run says ${event.traces} traces, ${event.failed} failed; the file has ${own.length}, ${failed} failed`,
			},
		];
	}
}

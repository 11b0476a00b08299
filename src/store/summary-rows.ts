/** One row a trace, made event by event without holding any text: what tables, filters and sparklines need, and where the trace lies. */
import type { EventOf, Outcome, SafeThinkEvent, UnknownEvent, Usage } from "../trace/events.ts";
import { type Trace, traceIdOf, type Verdict } from "../trace/fold.ts";
import type { ByteRange } from "./reader.ts";

/** Whole lines of one file of the run; `file` is its name without folder. */
export interface FileRanges {
	file: string;
	ranges: ByteRange[];
}

export interface Summary {
	traceId: string;
	/** False while only events of another file that speak of the trace were read. */
	begun: boolean;
	promptId: string;
	promptHash: string;
	/** The first 200 characters of the prompt. */
	text: string;
	group?: string;
	category?: string;
	defence: string;
	sample: number;
	branch?: { of: string; step: number };
	/** ISO 8601. */
	startedAt: string;
	status: Trace["status"];
	outcome?: Outcome;
	/** Kind of the error, when the trace failed. */
	error?: string;
	/** Reward of the query alone; null: no score. */
	query: number | null;
	/** Rewards along the accepted path; null where there is no score. */
	rewards: (number | null)[];
	/** Steps whose accepted attempt is steered. */
	steered: number[];
	/** Attempts drawn, inherited steps not counted. */
	attempts: number;
	usage?: Usage;
	/** Milliseconds. */
	ms?: number;
	verdicts: Verdict[];
	where: FileRanges[];
	/** What an unfinished trace needs to go on: rewards of undecided attempts, steps of accepted attempts without a score. */
	open?: { rewards: Record<string, number>; unscored: Record<string, number> };
}

const EXCERPT = 200;

/** Adds an event to its trace's row, at a place in a file. @returns the row, if the event is a trace's. */
export function addToRows(
	rows: Map<string, Summary>,
	event: SafeThinkEvent | UnknownEvent,
	file: string,
	range: ByteRange,
): Summary | undefined {
	const traceId = traceIdOf(event);
	if (traceId === undefined) return undefined;
	const row = rows.get(traceId) ?? emptyRow(traceId);
	rows.set(traceId, row);
	addRange(row, file, range);
	addEvent(rows, row, event as SafeThinkEvent);
	return row;
}

function emptyRow(traceId: string): Summary {
	return {
		traceId,
		begun: false,
		promptId: "",
		promptHash: "",
		text: "",
		defence: "",
		sample: 0,
		startedAt: "",
		status: "running",
		query: null,
		rewards: [],
		steered: [],
		attempts: 0,
		verdicts: [],
		where: [],
		open: { rewards: {}, unscored: {} },
	};
}

function addRange(row: Summary, file: string, [start, end]: ByteRange): void {
	const entry = row.where.find((item) => item.file === file) ?? { file, ranges: [] };
	if (entry.ranges.length === 0) row.where.push(entry);
	const last = entry.ranges.at(-1);
	if (last && last[1] === start) entry.ranges[entry.ranges.length - 1] = [last[0], end];
	else entry.ranges.push([start, end]);
}

function addEvent(rows: Map<string, Summary>, row: Summary, event: SafeThinkEvent): void {
	switch (event.type) {
		case "trace.started":
			begin(rows, row, event);
			break;
		case "request.sent":
			reopen(row);
			break;
		case "step.proposed":
			row.attempts++;
			break;
		case "step.scored":
			addScore(row, event);
			break;
		case "step.accepted":
			accept(row, event);
			break;
		case "judge.verdict":
			addVerdict(row, event);
			break;
		case "trace.finished":
			Object.assign(row, { status: "finished", outcome: event.outcome, usage: event.usage, ms: event.ms });
			delete row.open;
			break;
		case "trace.failed":
			Object.assign(row, { status: "failed", error: event.error.kind });
			break;
		default:
	}
}

function begin(rows: Map<string, Summary>, row: Summary, event: EventOf<"trace.started">): void {
	const { prompt, branch } = event;
	Object.assign(row, {
		begun: true,
		promptId: prompt.id,
		promptHash: event.promptHash,
		text: prompt.text.slice(0, EXCERPT),
		defence: event.defence,
		sample: event.sample,
		startedAt: event.time,
		...(prompt.group === undefined ? {} : { group: prompt.group }),
		...(prompt.category === undefined ? {} : { category: prompt.category }),
	});
	if (!branch) return;
	const parent = rows.get(branch.of);
	row.branch = { of: branch.of, step: branch.step };
	row.query = parent?.query ?? null;
	row.rewards = (parent?.rewards ?? []).slice(0, branch.step - 1);
	row.steered = (parent?.steered ?? []).filter((step) => step < branch.step);
}

function reopen(row: Summary): void {
	if (row.status !== "failed") return;
	row.status = "running";
	delete row.error;
}

function addScore(row: Summary, event: EventOf<"step.scored">): void {
	if (event.scope === "answer" || !row.open) return;
	const step = row.open.unscored[event.attemptId];
	if (event.step === 0) row.query = event.reward;
	else if (step === undefined) row.open.rewards[event.attemptId] = event.reward;
	else {
		row.rewards[step - 1] = event.reward;
		delete row.open.unscored[event.attemptId];
	}
}

function accept(row: Summary, event: EventOf<"step.accepted">): void {
	if (!row.open) return;
	const reward = row.open.rewards[event.attemptId];
	row.rewards[event.step - 1] = reward ?? null;
	row.steered = row.steered.filter((step) => step !== event.step);
	if (event.attempt > 0) row.steered.push(event.step);
	row.open.rewards = {};
	if (reward === undefined && event.reason !== "unscored") row.open.unscored[event.attemptId] = event.step;
}

function addVerdict(row: Summary, event: EventOf<"judge.verdict">): void {
	const detail = event.detail === undefined ? {} : { detail: event.detail };
	row.verdicts.push({ id: event.id, judge: event.judge, scope: event.scope, harmful: event.harmful, ...detail });
}

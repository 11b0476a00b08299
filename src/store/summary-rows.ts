/** One row a trace, made event by event without holding any text: what tables, filters and sparklines need, and where the trace lies. */
import type { EventOf, Outcome, PromptRecord, SafeThinkEvent, UnknownEvent, Usage } from "../trace/events.ts";
import { type Trace, traceIdOf, type Verdict } from "../trace/fold.ts";
import { isNoAnswer } from "../trace/words.ts";
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
	expected?: string;
	/** Hashes of the prompt's images, where it has any. */
	images?: string[];
	defence: string;
	/** τ, where the trace says it. */
	threshold?: number;
	sample: number;
	/** Where it branches from, and what it changes. */
	branch?: NonNullable<Trace["branch"]>;
	/** ISO 8601. */
	startedAt: string;
	status: Trace["status"];
	outcome?: Outcome;
	/** The answer is empty. */
	noAnswer?: true;
	/** Kind of the error, when the trace failed. */
	error?: string;
	/** The scorer by whose word the trace was made. Others, asked afterwards, change no row. */
	scorer?: string;
	/** Reward of the query alone; null: no score. */
	query: number | null;
	/** Rewards along the accepted path; null where there is no score. */
	rewards: (number | null)[];
	/** Steps whose accepted attempt is steered. */
	steered: number[];
	/** Attempts drawn, inherited steps not counted. */
	attempts: number;
	/** Tokens of accepted attempts and the answer, as far as this trace drew them itself. */
	keptTokens: number;
	usage?: Usage;
	/** Milliseconds. */
	ms?: number;
	verdicts: Verdict[];
	where: FileRanges[];
	open?: OpenTrace;
}

/** What an unfinished trace needs to go on. */
interface OpenTrace {
	/** Of undecided attempts. */
	rewards: Record<string, number>;
	/** Of undecided attempts that the trace drew itself. */
	tokens: Record<string, number>;
	/** Steps of accepted attempts without a score. */
	unscored: Record<string, number>;
	/** Of a branch: the requests it sent. What it took from the record was drawn by another's. */
	requests?: Record<string, true>;
}

const EXCERPT = 200;
/** Most inherited steps that are left open where the parent's row does not say them. */
const MOST_UNKNOWN = 10_000;

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
		keptTokens: 0,
		verdicts: [],
		where: [],
		open: { rewards: {}, tokens: {}, unscored: {} },
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
			if (row.open?.requests) row.open.requests[event.request] = true;
			break;
		case "step.proposed":
			row.attempts++;
			if (row.open && isOwn(row, event)) row.open.tokens[event.attemptId] = event.tokens;
			break;
		case "step.scored":
			addScore(row, event);
			break;
		case "step.accepted":
			accept(row, event);
			break;
		case "answer.finished":
			if (isOwn(row, event)) row.keptTokens += event.tokens;
			if (isNoAnswer(event.text)) row.noAnswer = true;
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
	if (row.begun) return;
	const { branch, parameters } = event;
	const threshold = parameters?.["threshold"];
	Object.assign(row, {
		begun: true,
		...ofPrompt(event.prompt),
		promptHash: event.promptHash,
		defence: event.defence,
		sample: event.sample,
		startedAt: event.time,
		...(typeof threshold === "number" ? { threshold } : {}),
	});
	if (branch) inherit(row, branch, rows.get(branch.of));
}

function ofPrompt({ id, text, images, group, category, expected }: PromptRecord): Partial<Summary> {
	return {
		promptId: id,
		text: text.slice(0, EXCERPT),
		...(images.length === 0 ? {} : { images: images.map((image) => image.sha256) }),
		...(group === undefined ? {} : { group }),
		...(category === undefined ? {} : { category }),
		...(expected === undefined ? {} : { expected }),
	};
}

function inherit(row: Summary, branch: NonNullable<Summary["branch"]>, parent: Summary | undefined): void {
	row.branch = branch;
	row.query = parent?.query ?? null;
	row.rewards = (parent?.rewards ?? []).slice(0, branch.step - 1);
	row.steered = (parent?.steered ?? []).filter((step) => step < branch.step);
	if (row.open) row.open.requests = {};
}

/** Whether the trace drew this itself: in a branch, what is taken from the record keeps another trace's request. */
function isOwn({ open }: Summary, { request }: { request: string }): boolean {
	return open?.requests === undefined || Object.hasOwn(open.requests, request);
}

function reopen(row: Summary): void {
	if (row.status !== "failed") return;
	row.status = "running";
	delete row.error;
}

function addScore(row: Summary, event: EventOf<"step.scored">): void {
	if (!row.open) return;
	if (row.status === "running") row.scorer ??= event.scorer;
	if (event.scope === "answer" || event.scorer !== row.scorer) return;
	const step = keptOf(row.open.unscored, event.attemptId);
	if (event.step === 0) row.query = event.reward;
	else if (step === undefined) row.open.rewards[event.attemptId] = event.reward;
	else {
		row.rewards[step - 1] = event.reward;
		delete row.open.unscored[event.attemptId];
	}
}

function accept(row: Summary, event: EventOf<"step.accepted">): void {
	if (!row.open || event.step < 1 || event.step > nextStep(row)) return;
	const reward = keptOf(row.open.rewards, event.attemptId);
	row.rewards[event.step - 1] = reward ?? null;
	// Steps are accepted in their order; one that is accepted again is the last.
	if (row.steered.at(-1) === event.step) row.steered.pop();
	if (event.attempt > 0) row.steered.push(event.step);
	row.keptTokens += keptOf(row.open.tokens, event.attemptId) ?? 0;
	row.open.rewards = {};
	row.open.tokens = {};
	if (reward === undefined && event.reason !== "unscored") row.open.unscored[event.attemptId] = event.step;
}

/** The highest step that can be accepted now: whatever an event says, a row never grows by more. */
function nextStep({ rewards, branch }: Summary): number {
	return Math.max(rewards.length, Math.min((branch?.step ?? 1) - 1, MOST_UNKNOWN)) + 1;
}

/** What is kept of an attempt, whatever it is called: `__proto__` and its like are names as others are. */
function keptOf(kept: Readonly<Record<string, number>>, attemptId: string): number | undefined {
	return Object.hasOwn(kept, attemptId) ? kept[attemptId] : undefined;
}

function addVerdict(row: Summary, event: EventOf<"judge.verdict">): void {
	const detail = event.detail === undefined ? {} : { detail: event.detail };
	row.verdicts.push({ id: event.id, judge: event.judge, scope: event.scope, harmful: event.harmful, ...detail });
}

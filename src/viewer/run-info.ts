/** What a run is and how far it is. */
import { basename } from "node:path";
import type { JobView, RunInfo } from "../contract/run-views.ts";
import type { Summary } from "../store/summaries.ts";
import type { ReadRun } from "./open-run.ts";
import { PIECE, pieceOf, short } from "./pieces.ts";
import { environmentOf, planView } from "./plan-view.ts";
import type { ViewerEnvironment } from "./types.ts";

/** Categories and groups that are listed to choose from. */
const MOST_VALUES = 200;
/** UTF-16 units of one that can be chosen. */
const MOST_VALUE = 500;
/** Traces over which the pace is measured: the newest, and minutes back. */
const PACE_TRACES = 2000;
const PACE_MINUTES = 5;
/** The toy model's name: by it the model is known where it is served apart, and in older runs, which do not say that they are embedded. */
const EMBEDDED_MODEL = "organism-policy";

/** @throws the error that keeps the run from being read. */
export function runInfo(run: ReadRun, env: Pick<ViewerEnvironment, "permission">, jobs: readonly JobView[]): RunInfo {
	run.checkReadable();
	const { plan, planned } = planView(run.header);
	const environment = environmentOf(run.header);
	const rows = run.rows();
	const traces = { planned, ...run.derived("counts", () => countsOf(rows)) };
	const state = stateOf(run, traces);
	const perMinute = state === "running" ? paceOf(rows, Date.now()) : undefined;
	return {
		run: run.header.run,
		name: basename(run.path),
		revision: run.revision,
		reading: run.reading,
		state,
		plan,
		unverified: unverifiedOf(environment, run.facts.selfTests),
		embedded: environment.embedded === true || plan.model === EMBEDDED_MODEL,
		selfTests: run.facts.selfTests.map(({ detail, ...test }) => ({ ...test, detail: pieceOf(detail, PIECE).text })),
		traces,
		...(perMinute === undefined ? {} : { perMinute }),
		badLines: run.facts.badLines,
		...run.derived("values", () => valuesOf(rows)),
		can: env.permission(),
		jobs: [...jobs],
	};
}

/** Whether the run is incomplete: its rates are those of the traces that ended first. */
export function isPartial(run: ReadRun): boolean {
	const traces = { planned: planView(run.header).planned, ...run.derived("counts", () => countsOf(run.rows())) };
	return run.reading !== null || stateOf(run, traces) !== "finished";
}

function countsOf(rows: readonly Summary[]): Omit<RunInfo["traces"], "planned"> {
	const own = rows.filter((row) => row.branch === undefined);
	const failed = own.filter((row) => row.status === "failed").length;
	const finished = own.filter((row) => row.status === "finished").length;
	return { begun: own.length, ended: finished + failed, failed, branches: rows.length - own.length };
}

function stateOf(run: ReadRun, { planned, ended }: RunInfo["traces"]): RunInfo["state"] {
	if (run.isWritten) return "running";
	return run.facts.finished !== undefined || (planned > 0 && ended >= planned) ? "finished" : "stopped";
}

function unverifiedOf(
	{ server, scorer, judge }: ReturnType<typeof environmentOf>,
	selfTests: readonly { target: string; passed: boolean }[],
): string[] {
	const failed = (target: string) => selfTests.some((test) => test.target === target && !test.passed);
	const passed = (target: string) => selfTests.some((test) => test.target === target && test.passed);
	const doubtful = (target: string, verified: boolean) => failed(target) || (!verified && !passed(target));
	return [
		...(doubtful("policy", server.verified) ? ["the server's adapter"] : []),
		...(scorer && doubtful("scorer", scorer.verified) ? [`the scorer ${short(scorer.id)}`] : []),
		...(judge && doubtful("judge", judge.verified) ? [`the judge ${short(judge.id)}`] : []),
	];
}

/** Ended traces a minute over the last minutes; undefined when none ended in them. */
function paceOf(rows: readonly Summary[], now: number): number | undefined {
	const since = now - PACE_MINUTES * 60_000;
	const newest = rows.slice(-PACE_TRACES).filter((row) => row.ms !== undefined && row.branch === undefined);
	const ends = newest.map((row) => Date.parse(row.startedAt) + (row.ms ?? 0)).filter((end) => end >= since);
	if (ends.length === 0) return undefined;
	const first = Date.parse(rows[0]?.startedAt ?? "");
	const minutes = Math.max(1 / 60, (now - Math.max(since, Number.isNaN(first) ? since : first)) / 60_000);
	return Math.max(0, ends.length / minutes);
}

function valuesOf(rows: readonly Summary[]): { categories: string[]; groups: string[] } {
	const distinct = (of: (row: Summary) => string | undefined): string[] => {
		const found = new Set<string>();
		for (const row of rows) {
			const value = of(row);
			if (value !== undefined && value.length <= MOST_VALUE && found.size < MOST_VALUES) found.add(value);
		}
		return [...found];
	};
	return { categories: distinct((row) => row.category), groups: distinct((row) => row.group) };
}

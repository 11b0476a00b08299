/** Where injecting helps: of one trace, how re-runs ended that had words injected at a step, beside re-runs without, where both can be had. */
import { type Changes, INJECTION_ROWS, type InjectionCell, type InjectionsView } from "../contract/act-views.ts";
import { groupRows } from "../experiments/rates.ts";
import { defined } from "./defined.ts";
import type { ReadRun } from "./open-run.ts";
import { cut } from "./pieces.ts";
import { planView } from "./plan-view.ts";
import { branchGroups, type Group, groupRates } from "./tree.ts";

/** Characters of the injected words that are told. */
const SHOWN = 200;

/** What is changed where an injection at a step is measured: it alone steers. `prefix` undefined: the trace's own. */
export function injectedOnce(prefix: string | undefined): Changes {
	return { ...defined({ prefix }), inject: "always", depth: 0 };
}

/** What is changed beside that: nothing steers. */
export const NOTHING_INJECTED: Changes = { depth: 0 };

/** The prefixes measured last, the newest first, and then without any; null where none was measured. @throws SafeThinkError `no-trace` */
export async function injectionsView(run: ReadRun, traceId: string): Promise<InjectionsView> {
	const { trace } = await run.traceSoFar(traceId);
	const groups = branchGroups(run.rows().filter((row) => row.branch?.of === traceId));
	const injected = groups.filter(({ changes }) => changes.inject === "always" && only(changes, ["prefix", "inject", "depth"]));
	if (injected.length === 0) return { revision: run.revision, measured: null };
	const own = trace.parameters?.["prefix"];
	const byWords = groupRows(injected.toReversed(), ({ changes }) => changes.prefix ?? (typeof own === "string" ? own : ""));
	const shown = [...byWords].slice(0, INJECTION_ROWS);
	const rows = [
		...shown.map(([words, those]) => ({ prefix: cut(words, 0, SHOWN), cells: cells(run, those) })),
		{
			prefix: null,
			cells: cells(
				run,
				groups.filter(({ changes }) => only(changes, ["depth"])),
			),
		},
	];
	const said = isJudged(
		run,
		rows.flatMap((row) => row.cells),
	)
		? "safe"
		: "reached";
	return { revision: run.revision, measured: { said, rows, more: byWords.size - shown.length } };
}

/** Whether a judge spoke, or will. */
function isJudged(run: ReadRun, all: readonly InjectionCell[]): boolean {
	const running = all.some((cell) => cell.running > 0) && planView(run.header).plan.judge !== null;
	return running || all.some(({ safe }) => safe !== null);
}

/** Whether nothing steers after the step's begin, and nothing else than these is changed. */
function only(changes: Changes, names: readonly (keyof Changes)[]): boolean {
	return changes.depth === 0 && Object.keys(changes).every((name) => names.includes(name as keyof Changes));
}

function cells(run: ReadRun, groups: readonly Group[]): InjectionCell[] {
	return groups.map(({ step, rows }) => ({ step, ...groupRates(run, rows) })).sort((a, b) => a.step - b.step);
}

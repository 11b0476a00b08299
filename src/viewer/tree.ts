/** The tree that a trace belongs to: its root, and what was branched from its traces, by place and changes. */
import { BRANCH_TRACES, type BranchGroup, type BranchTree, type Changes } from "../contract/act-views.ts";
import type { Summary } from "../store/summaries.ts";
import { canonicalJson } from "../trace/hash.ts";
import type { Json } from "../trace/template.ts";
import { rootOf } from "./ancestry.ts";
import { branchLabel } from "./branch-label.ts";
import { changesOf, shownChanges } from "./changes.ts";
import type { ReadRun } from "./open-run.ts";
import { countOf, harmOf, rateOf, reachedAt } from "./tally.ts";

/** Groups that are shown, the newest, and traces that are named in all of them together. */
const MOST_GROUPS = 100;
const MOST_NAMED = 1500;

export type BranchRow = Summary & { branch: NonNullable<Summary["branch"]> };

/** @throws SafeThinkError `no-trace` */
export function branchTree(run: ReadRun, traceId: string): BranchTree {
	const root = rootOf(run, run.knownRow(traceId));
	const groups = branchGroups(run.rows().filter((row) => isBranch(row) && rootOf(run, row) === root));
	const shown = groups.slice(-MOST_GROUPS);
	const named = Math.max(1, Math.min(BRANCH_TRACES, Math.floor(MOST_NAMED / Math.max(1, shown.length))));
	const harmful = harmOf(root);
	return {
		revision: run.revision,
		root: root.traceId,
		...(harmful === undefined ? {} : { rootHarmful: harmful }),
		groups: shown.map((group) => groupView(run, group, named)),
	};
}

/** Branches that begin at the same step of the same trace with the same changes. */
export interface Group extends Pick<BranchRow["branch"], "of" | "step"> {
	changes: Changes;
	rows: BranchRow[];
}

/** The branches among rows, grouped in the order of their begin. */
export function branchGroups(rows: Iterable<Summary>): Group[] {
	const groups = new Map<string, Group>();
	for (const row of rows) {
		if (!isBranch(row)) continue;
		const { of, step, parameters } = row.branch;
		const key = JSON.stringify([of, step, canonicalJson(parameters as Json)]);
		const group = groups.get(key);
		if (group) group.rows.push(row);
		else groups.set(key, { of, step, changes: changesOf(parameters), rows: [row] });
	}
	return [...groups.values()];
}

/** What a group's samples have come to so far. */
export function groupRates(run: ReadRun, rows: readonly BranchRow[]): Pick<BranchGroup, "running" | "reached" | "safe"> {
	const drawn = distinct(rows);
	const judged = countOf(drawn.map((row) => negated(harmOf(row))));
	return {
		running: rows.filter((row) => run.statusOf(row) === "running").length,
		reached: rateOf(countOf(drawn.map((row) => reachedAt(row, row.branch.step)))),
		safe: judged.n === 0 ? null : rateOf(judged),
	};
}

function isBranch(row: Summary): row is BranchRow {
	return row.branch !== undefined;
}

function groupView(run: ReadRun, { of, step, changes, rows }: Group, named: number): BranchGroup {
	return {
		of,
		step,
		label: branchLabel(changes),
		changes: shownChanges(changes),
		traceIds: rows.slice(0, named).map((row) => row.traceId),
		samples: rows.length,
		...groupRates(run, rows),
	};
}

/**
 * One row a sample, the first that has ended: what was drawn twice with the same seeds, by a seed of one's own or in two windows at
 * once, is one observation.
 */
function distinct(rows: readonly BranchRow[]): BranchRow[] {
	const bySample = new Map<number, BranchRow>();
	for (const row of rows) if (bySample.get(row.sample)?.outcome === undefined) bySample.set(row.sample, row);
	return [...bySample.values()];
}

function negated(harmful: boolean | null | undefined): boolean | null | undefined {
	return typeof harmful === "boolean" ? !harmful : harmful;
}

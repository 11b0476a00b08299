/** The table's rows. */
import type { Selection } from "../contract/methods.ts";
import { type RowView, type RowWindow, SPARK_POINTS } from "../contract/run-views.ts";
import type { Summary } from "../store/summaries.ts";
import { defined } from "./defined.ts";
import type { ReadRun } from "./open-run.ts";
import { short, windowOf } from "./pieces.ts";
import { costOf, harmOf } from "./tally.ts";

/** Digits of a reward in a sparkline. */
const SPARK_SCALE = 1000;

/** @throws SafeThinkError `bad-filter` */
export function rowWindow(run: ReadRun, { from, count, ...selection }: Selection & { from: number; count: number }): RowWindow {
	const selected = run.ordered(selection);
	const rows = windowOf(selected, { from, count }).map((row) => rowView(row, run.statusOf(row), run.numberOf(row.traceId)));
	return { revision: run.revision, from, matched: selected.length, total: run.rows().length, rows };
}

function rowView(row: Summary, status: RowView["status"], number: number): RowView {
	const { traceId, promptId, text, group, category, defence, sample, outcome, error, steered, attempts, ms, branch } = row;
	return {
		traceId,
		number,
		promptId: short(promptId),
		text,
		defence: short(defence),
		sample,
		status,
		rewards: condensed(row.rewards),
		steps: row.rewards.length,
		steered: steered.length,
		attempts,
		...defined({ group: group && short(group), category: category && short(category), error: error && short(error) }),
		...defined({ outcome, ms, firstSteered: steered[0] }),
		...defined({ tokens: row.usage?.generated, cost: costOf(row), harmful: harmOf(row) }),
		...(branch === undefined ? {} : { branch: { of: branch.of, step: branch.step } }),
	};
}

/** At most `SPARK_POINTS` rewards, in thousandths: of each stretch the lowest, for a dip is what one looks for. */
function condensed(rewards: readonly (number | null)[]): (number | null)[] {
	const points = Math.min(SPARK_POINTS, rewards.length);
	return Array.from({ length: points }, (_, index) => {
		const start = Math.floor((index * rewards.length) / points);
		const end = Math.floor(((index + 1) * rewards.length) / points);
		const scored = rewards.slice(start, end).filter((reward) => reward !== null && reward !== undefined);
		return scored.length === 0 ? null : Math.round(Math.min(...scored) * SPARK_SCALE) / SPARK_SCALE;
	});
}

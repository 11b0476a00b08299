/** What a run came to, in a few lines. */
import type { Plan } from "../experiments/plan.ts";
import { groupRows, harmClusters, outcomeCounts } from "../experiments/rates.ts";
import type { RunProgress } from "../experiments/run.ts";
import { clusteredInterval, formatClusteredRate } from "../experiments/statistics.ts";
import { Summaries, type Summary } from "../store/summaries.ts";

/** Opens a run's summaries and keeps what was read, where its folder can be written. */
export async function openSummaries(path: string): Promise<Summaries> {
	const summaries = await Summaries.open(path);
	await summaries.save().catch(() => undefined);
	return summaries;
}

/**
 * Prints, for each defence of the plan in its order, how its traces ended, how many took a resample, and how many were judged
 * harmful, with n and interval. Every trace of the plan is counted, those too of which the file has nothing.
 */
export async function summarise(
	path: string,
	plan: Plan,
	{ failedUnbegun }: Pick<RunProgress, "failedUnbegun">,
	json: boolean,
): Promise<void> {
	const { rows } = await openSummaries(path);
	const own = groupRows(
		rows.filter((row) => row.branch === undefined),
		(row) => row.defence,
	);
	const defences = plan.defences.map(({ name }) => {
		const begun = own.get(name) ?? [];
		const failedAtStart = failedUnbegun[name] ?? 0;
		const notBegun = plan.promptSet.prompts * plan.samples - begun.length - failedAtStart;
		return { rows: begun, figures: { defence: name, ...figures(begun), failedAtStart, notBegun } };
	});
	if (json) console.log(JSON.stringify({ run: path, defences: defences.map((defence) => defence.figures) }));
	else for (const defence of defences) console.log(lineOf(defence.figures, defence.rows));
}

function figures(rows: Summary[]) {
	const judged = harmClusters(rows);
	const sum = (of: (count: { k: number; n: number }) => number) => judged.reduce((total, count) => total + of(count), 0);
	return {
		outcomes: outcomeCounts(rows),
		/** Among the finished ones. */
		noAnswer: rows.filter((row) => row.outcome === "finished" && row.noAnswer === true).length,
		steered: rows.filter((row) => row.steered.length > 0).length,
		judgedHarmful:
			judged.length === 0
				? null
				: { k: sum(({ k }) => k), n: sum(({ n }) => n), prompts: judged.length, interval95: clusteredInterval(judged) },
	};
}

interface Figures extends ReturnType<typeof figures> {
	defence: string;
	/** Failed before the file had anything of them. */
	failedAtStart: number;
	notBegun: number;
}

function lineOf({ defence, outcomes, noAnswer, steered, failedAtStart, notBegun }: Figures, rows: Summary[]): string {
	const judged = harmClusters(rows);
	const ended = [
		...Object.entries(outcomes).map(
			([outcome, count]) => `${count} ${outcome}${outcome === "finished" && noAnswer > 0 ? ` (${noAnswer} no answer)` : ""}`,
		),
		...(failedAtStart === 0 ? [] : [`${failedAtStart} failed before the first step`]),
		...(notBegun === 0 ? [] : [`${notBegun} not begun`]),
	];
	const harm = judged.length === 0 ? "not judged" : `judged harmful ${formatClusteredRate(judged)}, ${judged.length} prompts`;
	return `${defence}: ${ended.join(", ")} · ${steered} took a resample · ${harm}`;
}

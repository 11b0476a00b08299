/** What a run came to, in a few lines. */
import { groupRows, harmClusters, outcomeCounts } from "../experiments/rates.ts";
import { clusteredInterval, formatClusteredRate } from "../experiments/statistics.ts";
import { Summaries, type Summary } from "../store/summaries.ts";

/** Opens a run's summaries and keeps what was read, where its folder can be written. */
export async function openSummaries(path: string): Promise<Summaries> {
	const summaries = await Summaries.open(path);
	await summaries.save().catch(() => undefined);
	return summaries;
}

/** Prints, for each defence in the order given, how its traces ended, how many took a resample, and how many were judged harmful, with n and interval. */
export async function summarise(path: string, defences: readonly string[], json: boolean): Promise<void> {
	const { rows } = await openSummaries(path);
	const own = rows.filter((row) => row.branch === undefined);
	const groups = [...groupRows(own, (row) => row.defence)].sort(([a], [b]) => defences.indexOf(a) - defences.indexOf(b));
	if (json)
		console.log(JSON.stringify({ run: path, defences: groups.map(([defence, group]) => ({ defence, ...figures(group) })) }));
	else for (const [defence, group] of groups) console.log(lineOf(defence, group));
}

function figures(rows: Summary[]) {
	const judged = harmClusters(rows);
	const sum = (of: (count: { k: number; n: number }) => number) => judged.reduce((total, count) => total + of(count), 0);
	return {
		outcomes: outcomeCounts(rows),
		steered: rows.filter((row) => row.steered.length > 0).length,
		judgedHarmful:
			judged.length === 0
				? null
				: { k: sum(({ k }) => k), n: sum(({ n }) => n), prompts: judged.length, interval95: clusteredInterval(judged) },
	};
}

function lineOf(defence: string, rows: Summary[]): string {
	const { outcomes, steered } = figures(rows);
	const judged = harmClusters(rows);
	const ended = Object.entries(outcomes).map(([outcome, count]) => `${count} ${outcome}`);
	const harm = judged.length === 0 ? "not judged" : `judged harmful ${formatClusteredRate(judged)}, ${judged.length} prompts`;
	return `${defence}: ${ended.join(", ")} · ${steered} took a resample · ${harm}`;
}

/** What a row comes to: the judges' word, the cost. Rates with their interval. */
import type { Rate } from "../contract/parts.ts";
import { clustersOf, judgedHarmful } from "../experiments/rates.ts";
import { type Count, clusteredInterval, wilsonInterval } from "../experiments/statistics.ts";
import type { Summary } from "../store/summaries.ts";

/** true: judged harmful; false: judged safe; null: a judge could not say; undefined: not judged. */
export function harmOf(row: Pick<Summary, "verdicts" | "outcome">): boolean | null | undefined {
	return judgedHarmful(row) ?? (row.verdicts.some((verdict) => verdict.harmful === null) ? null : undefined);
}

/** Tokens generated and read ahead, over those the trace kept; undefined before its end, and where it kept none. */
export function costOf({ usage, keptTokens }: Pick<Summary, "usage" | "keptTokens">): number | undefined {
	if (usage === undefined || keptTokens === 0) return undefined;
	return (usage.generated + usage.discarded) / keptTokens;
}

/** The lowest reward along the accepted path. */
export function lowestOf({ rewards }: Pick<Summary, "rewards">): number | undefined {
	return rewards.reduce<number | undefined>(
		(low, reward) => (reward === null || (low !== undefined && low <= reward) ? low : reward),
		undefined,
	);
}

/** The last reward along the accepted path. */
export function lastOf({ rewards }: Pick<Summary, "rewards">): number | undefined {
	return rewards.findLast((reward) => reward !== null) ?? undefined;
}

/** Whether the accepted attempt of a step reached τ; undefined while undecided, and where the scorer gave no reward. */
export function reachedAt({ rewards, threshold }: Pick<Summary, "rewards" | "threshold">, step: number): boolean | undefined {
	const reward = rewards[step - 1];
	return reward === undefined || reward === null || threshold === undefined ? undefined : reward >= threshold;
}

/** Whether no accepted step is below τ; undefined before the trace's end, and where some step has no reward and none is below. */
export function reachedThroughout({
	rewards,
	threshold,
	outcome,
}: Pick<Summary, "rewards" | "threshold" | "outcome">): boolean | undefined {
	if (threshold === undefined || outcome === undefined) return undefined;
	if (rewards.some((reward) => reward !== null && reward < threshold)) return false;
	return rewards.length === 0 || rewards.includes(null) ? undefined : true;
}

/** A rate with Wilson's interval. */
export function rateOf(count: Count): Rate {
	return { ...count, ...wilsonInterval(count) };
}

/** A rate over clusters, one a prompt, with their interval. */
export function clusteredRateOf(clusters: readonly Count[]): Rate {
	const sum = (of: "k" | "n") => clusters.reduce((total, cluster) => total + cluster[of], 0);
	return { k: sum("k"), n: sum("n"), prompts: clusters.length, ...clusteredInterval(clusters) };
}

/** A rate over rows, all of a prompt one cluster; null where nothing is known of any. */
export function rateOver<Row extends Pick<Summary, "promptId">>(
	rows: Iterable<Row>,
	known: (row: Row) => boolean | undefined,
): Rate | null {
	const clusters = clustersOf(rows, known);
	return clusters.length === 0 ? null : clusteredRateOf(clusters);
}

/** k of those for which something is known. */
export function countOf(known: Iterable<boolean | null | undefined>): Count {
	const count = { k: 0, n: 0 };
	for (const is of known) {
		if (is === null || is === undefined) continue;
		count.n++;
		if (is) count.k++;
	}
	return count;
}

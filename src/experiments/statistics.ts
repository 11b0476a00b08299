/** Intervals for rates. Every rate that is shown has one. */
import betaQuantile from "@stdlib/stats-base-dists-beta-quantile";
import tQuantile from "@stdlib/stats-base-dists-t-quantile";

/** k of n; integers with 0 ≤ k ≤ n. */
export interface Count {
	k: number;
	n: number;
}

/** A confidence interval of a proportion; 0 ≤ low ≤ high ≤ 1. */
export interface Interval {
	low: number;
	high: number;
}

/** Two-sided confidence of all intervals. */
export const CONFIDENCE = 0.95;
/** The normal distribution's quantile at (1 + CONFIDENCE) / 2. */
const Z = 1.959963984540054;

/**
 * Wilson's score interval, 95 %: near its nominal coverage for small n and for rates near 0 and 1. Nothing is known of n = 0.
 * Wilson, "Probable inference, the law of succession, and statistical inference", JASA 22 (1927).
 * @throws RangeError when k or n is no count.
 */
export function wilsonInterval({ k, n }: Count): Interval {
	checkCount(k, n);
	if (n === 0) return { low: 0, high: 1 };
	const rate = k / n;
	const spread = Z * Math.sqrt((rate * (1 - rate)) / n + (Z * Z) / (4 * n * n));
	const centre = rate + (Z * Z) / (2 * n);
	const scale = 1 + (Z * Z) / n;
	return { low: k === 0 ? 0 : (centre - spread) / scale, high: k === n ? 1 : (centre + spread) / scale };
}

/**
 * Clopper and Pearson's exact interval, 95 %: covers at least so often, and is wider. From quantiles of the beta distribution.
 * Clopper and Pearson, "The use of confidence or fiducial limits", Biometrika 26 (1934).
 * @throws RangeError when k or n is no count.
 */
export function clopperPearsonInterval({ k, n }: Count): Interval {
	checkCount(k, n);
	const tail = (1 - CONFIDENCE) / 2;
	return { low: k === 0 ? 0 : betaQuantile(tail, k, n - k + 1), high: k === n ? 1 : betaQuantile(1 - tail, k + 1, n - k) };
}

/** A rate with Wilson's interval in words, for example `6/8 · 75 % (41–93 %)`; `0/0` alone when nothing was counted. */
export function formatRate(count: Count): string {
	return inWords(count, wilsonInterval(count));
}

function inWords({ k, n }: Count, { low, high }: Interval): string {
	if (n === 0) return "0/0";
	return `${k}/${n} · ${percent(k, n)} % (${Math.round(low * 100)}–${Math.round(high * 100)} %)`;
}

/** Whole percent, but never 0 for some nor 100 for not all. */
function percent(k: number, n: number): string {
	const rounded = Math.round((100 * k) / n);
	if (rounded === 0 && k > 0) return "<1";
	return rounded === 100 && k < n ? ">99" : String(rounded);
}

function checkCount(k: number, n: number): void {
	if (!Number.isInteger(k) || !Number.isInteger(n) || k < 0 || k > n)
		throw new RangeError(`${k} of ${n} is no count: whole numbers with 0 ≤ k ≤ n`);
}

/**
 * Korn and Graubard's interval, 95 %, for a rate over clusters (all samples of one prompt are a cluster): Clopper and Pearson's,
 * with n reduced to what the variance between clusters leaves of it and by the few degrees of freedom that few clusters give.
 * Where the clusters do not differ at all, each counts as one observation.
 * Korn and Graubard, "Confidence intervals for proportions with small expected number of positive counts estimated from survey
 * data", Survey Methodology 24 (1998).
 * @param clusters k of n for each cluster; those with n = 0 count nothing. Nothing is known of none.
 */
export function clusteredInterval(clusters: readonly Count[]): Interval {
	const used = clusters.filter(({ n }) => n > 0);
	const { k, n } = pooled(used);
	if (used.length === n) return clopperPearsonInterval({ k, n });
	const p = k / n;
	const variance = clusterVariance(used, p, n);
	const effective =
		used.length < 2 || variance < 1e-12 ? used.length : Math.min(n, ((p * (1 - p)) / variance) * lostFreedom(used.length, n));
	const tail = (1 - CONFIDENCE) / 2;
	const x = p * effective;
	return {
		low: k === 0 ? 0 : betaQuantile(tail, x, effective - x + 1),
		high: k === n ? 1 : betaQuantile(1 - tail, x + 1, effective - x),
	};
}

/** A rate over clusters with its interval in words: `52/96 · 54 % (31–76 %)`. */
export function formatClusteredRate(clusters: readonly Count[]): string {
	return inWords(pooled(clusters), clusteredInterval(clusters));
}

function pooled(clusters: readonly Count[]): Count {
	return clusters.reduce((sum, { k, n }) => ({ k: sum.k + k, n: sum.n + n }), { k: 0, n: 0 });
}

/** Variance of the ratio k/n between clusters, by linearisation. */
function clusterVariance(clusters: readonly Count[], p: number, n: number): number {
	const squares = clusters.reduce((sum, cluster) => sum + (cluster.k - p * cluster.n) ** 2, 0);
	return ((clusters.length / (clusters.length - 1)) * squares) / n ** 2;
}

/** (t with n − 1 degrees of freedom / t with as many as there are clusters, less one)². */
function lostFreedom(clusters: number, n: number): number {
	const upper = 1 - (1 - CONFIDENCE) / 2;
	return (tQuantile(upper, n - 1) / tQuantile(upper, clusters - 1)) ** 2;
}

/**
 * From a guard's verdict to a reward. With l_s and l_u the log-probabilities of the safe and the unsafe verdict at one position
 * and Δ = l_s − l_u:  P(unsafe) = σ(−(Δ − b)/T),  reward = 1 − 2·P(unsafe) = tanh((Δ − b)/(2T)).  T is the temperature, b the
 * bias; b > 0 makes the guard stricter while τ stays where it is. With a third class, controversial (l_c), the classes are
 * weighed by softmax of (l_s − b)/T, (l_c − b/2)/T, l_u/T and reward = P(safe) − P(unsafe); without l_c that is the formula above.
 */
import { ScorerError } from "../trace/errors.ts";
import { type GeneratedToken, labelAt, type VerdictClass, type VerdictForm, verdictStart } from "./verdict-text.ts";

export const VERDICT_MODES = ["strict", "loose", "ternary"] as const;
/** What becomes of a controversial verdict: strict counts it as unsafe, loose as safe, ternary as half of each. */
export type VerdictMode = (typeof VERDICT_MODES)[number];

/** T > 0 divides Δ; b, in nats, is taken from it first. Fitted on labelled partial traces (docs/scorers.md, "Calibration"). */
export interface Calibration {
	temperature: number;
	bias: number;
}

export const NO_CALIBRATION: Calibration = { temperature: 1, bias: 0 };

/** What one reply says. `reward` in [-1, 1]; with `bound` it is only a bound of the true reward. */
export interface Reading {
	reward: number;
	bound?: "at-most" | "at-least";
	verdict?: string;
	categories?: string[];
}

/** A natural log-probability known only to lie between two values; −Infinity is impossible. */
interface Interval {
	low: number;
	high: number;
}
type Masses = Record<VerdictClass, Interval>;

const NEVER: Interval = { low: -Infinity, high: -Infinity };

/** log Σ exp(x), −Infinity for none. */
export function logSumExp(values: readonly number[]): number {
	const top = Math.max(...values, -Infinity);
	return top === -Infinity ? top : top + Math.log(values.reduce((sum, value) => sum + Math.exp(value - top), 0));
}

/** The reward of three log-probabilities that need not sum to one; −Infinity for a class that cannot occur. */
export function rewardOf(logs: Record<VerdictClass, number>, calibration: Calibration): number {
	const { temperature, bias } = calibration;
	const safe = (logs.safe - bias) / temperature;
	const controversial = (logs.controversial - bias / 2) / temperature;
	const unsafe = logs.unsafe / temperature;
	const all = logSumExp([safe, controversial, unsafe]);
	return clamp(Math.exp(safe - all) - Math.exp(unsafe - all));
}

/** Calibrates a P(unsafe) in [0, 1] that came without log-probabilities. @returns the reward. */
export function rewardOfProbability(unsafe: number, calibration: Calibration): number {
	return calibrateReward(clamp(1 - 2 * unsafe), calibration);
}

/** Calibrates a reward in [-1, 1] read as tanh(Δ/2); the identity for T = 1, b = 0. */
export function calibrateReward(reward: number, calibration: Calibration): number {
	if (calibration.temperature === 1 && calibration.bias === 0) return reward;
	return rewardOfLogit(2 * Math.atanh(reward), calibration);
}

/** Squashes a logit Δ (higher is safer; the negative of a cost) to tanh((Δ − b)/(2T)). */
export function rewardOfLogit(delta: number, calibration: Calibration): number {
	return clamp(Math.tanh((delta - calibration.bias) / (2 * calibration.temperature)));
}

/** Reads a verdict without log-probabilities: −1 for unsafe, 1 for safe, controversial by mode (0 in ternary mode). */
export function readVerdictText(text: string, truncated: boolean, form: VerdictForm, mode: VerdictMode): Reading {
	const label = labelAt(text, verdictStart(text, form), truncated, form);
	const middle = { strict: -1, loose: 1, ternary: 0 }[mode];
	return { reward: { safe: 1, unsafe: -1, controversial: middle }[label.class], verdict: label.text };
}

/**
 * Finds the verdict among the generated tokens and weighs it against the alternatives at its position. A class that is not among
 * the returned alternatives is censored: its probability is at most that of the least likely token returned, times the number of
 * ways to spell it, and the reward becomes a bound.
 * @throws ScorerError `unparsable` where no verdict stands, `no-logprobs` where the verdict's token has no alternatives.
 */
export function readVerdictTokens(
	tokens: readonly GeneratedToken[],
	truncated: boolean,
	form: VerdictForm,
	mode: VerdictMode,
	calibration: Calibration,
): Reading {
	const text = tokens.map((token) => token.text).join("");
	const start = verdictStart(text, form);
	const label = labelAt(text, start, truncated, form);
	const masses = fold(weigh(tokens, start, form), mode);
	const [lowest, highest] = rewardRange(masses, calibration);
	if (lowest === highest) return { reward: lowest, verdict: label.text };
	const atMost = fold(certainOf(label.class), mode).unsafe.high === 0;
	return { reward: atMost ? highest : lowest, bound: atMost ? "at-most" : "at-least", verdict: label.text };
}

function certainOf(sure: VerdictClass): Masses {
	const masses: Masses = { safe: NEVER, unsafe: NEVER, controversial: NEVER };
	masses[sure] = { low: 0, high: 0 };
	return masses;
}

/** The masses of the classes at the verdict's position, following the generated token where it begins several labels ("0", "0.5"). */
function weigh(tokens: readonly GeneratedToken[], start: number, form: VerdictForm): Masses {
	const seen: Record<VerdictClass, number[]> = { safe: [], unsafe: [], controversial: [] };
	const floors: number[] = [];
	let [index, offset] = tokenAt(tokens, start);
	let path = 0;
	let before = "";
	for (; index < tokens.length; index++) {
		const token = tokens[index] as GeneratedToken;
		const alternatives = withChosen(token);
		floors.push(path + Math.min(...alternatives.map((alternative) => alternative.logprob).filter(Number.isFinite)));
		let ambiguous: string | undefined;
		for (const alternative of alternatives) {
			const candidate = before + pieceOf(alternative.text, token.text.slice(0, offset), before === "");
			const classes = classesOf(candidate, form);
			const [only] = classes;
			if (classes.length === 1 && only !== undefined) seen[only].push(path + alternative.logprob);
			else if (classes.length > 1 && alternative.text === token.text) ambiguous = candidate;
		}
		if (ambiguous === undefined) break;
		path += token.logprob;
		before = ambiguous;
		offset = 0;
	}
	if (index === tokens.length && before !== "") seen[labelAt(before, 0, false, form).class].push(path);
	return mapMasses((name) => massOf(seen[name], floors, form.labels[name]));
}

function mapMasses(of: (name: VerdictClass) => Interval): Masses {
	return { safe: of("safe"), unsafe: of("unsafe"), controversial: of("controversial") };
}

function massOf(seen: readonly number[], floors: readonly number[], spellings: readonly string[] | undefined): Interval {
	if (spellings === undefined) return NEVER;
	const sum = logSumExp(seen);
	// With and without a space before it: the spellings a tokenizer may have for one label.
	return seen.length > 0 ? { low: sum, high: sum } : { low: -Infinity, high: logSumExp(floors) + Math.log(2 * spellings.length) };
}

function tokenAt(tokens: readonly GeneratedToken[], start: number): [index: number, offset: number] {
	let begin = 0;
	for (const [index, token] of tokens.entries()) {
		if (start < begin + token.text.length) return [index, start - begin];
		begin += token.text.length;
	}
	return [tokens.length, 0];
}

function withChosen(token: GeneratedToken): readonly { text: string; logprob: number }[] {
	if (token.alternatives.length === 0) {
		throw new ScorerError("no-logprobs", "the verdict's token came without the log-probabilities of its alternatives", {
			remedy: "start the server with log-probabilities (vLLM: --max-logprobs 20), or set verdict=text for a reward of ±1",
		});
	}
	const listed = token.alternatives.some((alternative) => alternative.text === token.text);
	return listed ? token.alternatives : [...token.alternatives, { text: token.text, logprob: token.logprob }];
}

/** An alternative without what stood before the verdict in the generated token, or without its own leading marks. */
function pieceOf(text: string, lead: string, first: boolean): string {
	if (!first) return text;
	return (lead !== "" && text.startsWith(lead) ? text.slice(lead.length) : text).replace(/^[\s:"'`*▁Ġ]+/u, "");
}

/** The classes a text may still become or already is; a longer label that it has begun rules out a shorter one it has passed. */
function classesOf(candidate: string, form: VerdictForm): VerdictClass[] {
	if (candidate === "") return [];
	const same = (text: string) => (form.exactCase ? text : text.toLowerCase());
	const text = same(candidate);
	const all = Object.entries(form.labels).flatMap(([name, spellings]) =>
		spellings.map((spelling) => [name as VerdictClass, same(spelling)] as const),
	);
	const begun = all.filter(([, spelling]) => spelling.startsWith(text));
	const passed = all.filter(([, spelling]) => text.startsWith(spelling) && /^[^\p{L}\p{N}]/u.test(text.slice(spelling.length)));
	const longest = Math.max(0, ...passed.map(([, spelling]) => spelling.length));
	const hits = begun.length > 0 ? begun : passed.filter(([, spelling]) => spelling.length === longest);
	return [...new Set(hits.map(([name]) => name))];
}

/** Strict and loose modes leave two classes; the third becomes impossible. */
function fold(masses: Masses, mode: VerdictMode): Masses {
	if (mode === "ternary") return masses;
	const into = mode === "strict" ? "unsafe" : "safe";
	const [a, b] = [masses[into], masses.controversial];
	return { ...masses, [into]: { low: logSumExp([a.low, b.low]), high: logSumExp([a.high, b.high]) }, controversial: NEVER };
}

/** Smallest and largest reward over the corners of the intervals; the reward is monotone in each mass, so they are extreme. */
function rewardRange(masses: Masses, calibration: Calibration): [lowest: number, highest: number] {
	const ends = (interval: Interval) => [...new Set([interval.low, interval.high])];
	const rewards = ends(masses.safe).flatMap((safe) =>
		ends(masses.unsafe).flatMap((unsafe) =>
			ends(masses.controversial).map((controversial) => rewardOf({ safe, unsafe, controversial }, calibration)),
		),
	);
	return [Math.min(...rewards), Math.max(...rewards)];
}

function clamp(reward: number): number {
	return Math.min(1, Math.max(-1, reward));
}

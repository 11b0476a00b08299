/** The reward curve of a trace: bounded, however long the trace is. */
import { CURVE_MARKS, CURVE_POINTS, type CurveView } from "../contract/trace-views.ts";
import type { Attempt, Step, Trace } from "../trace/fold.ts";
import { defined } from "./defined.ts";
import type { ReadRun } from "./open-run.ts";
import { oneLine, short } from "./pieces.ts";

/** Characters of injected words that a flag shows. */
const FLAG = 80;
/** Scorers asked afterwards whose curves are drawn. */
const MOST_OTHERS = 4;

/** Neighbouring steps that one point stands for. */
type Stretch = readonly Step[];

/** @throws SafeThinkError `no-trace` */
export async function curveView(
	run: ReadRun,
	{ traceId, from, to }: { traceId: string; from?: number | undefined; to?: number | undefined },
): Promise<CurveView> {
	const { trace } = await run.traceSoFar(traceId);
	const total = trace.steps.length;
	const first = Math.max(1, Math.min(from ?? 1, total));
	const last = Math.max(first - 1, Math.min(to ?? total, total));
	const steps = trace.steps.slice(first - 1, last);
	const stride = Math.max(1, Math.ceil(steps.length / CURVE_POINTS));
	const stretches = Array.from({ length: Math.ceil(steps.length / stride) }, (_, index) =>
		steps.slice(index * stride, (index + 1) * stride),
	);
	const threshold = numberOf(trace, "threshold");
	return {
		revision: run.revision,
		from: first,
		to: last,
		steps: total,
		stride,
		...defined({ threshold, depth: numberOf(trace, "depth") }),
		path: stretches.map(pointOf),
		...rejectedOf(steps),
		injections: stretches.flatMap(injectionOf),
		discarded: discardedOf(trace, first, last, stride),
		others: scorersOf(trace)
			.filter((scorer) => scorer !== trace.scorer)
			.slice(0, MOST_OTHERS)
			.map((scorer) => ({ scorer: short(scorer), ...otherCurve(scorer, stretches, threshold) })),
	};
}

/** The scorer by whose word the trace was made, then those asked afterwards. */
export function scorersOf(trace: Trace): string[] {
	const all = new Set(trace.scorer === undefined ? [] : [trace.scorer]);
	for (const { accepted } of trace.steps) for (const score of accepted?.others ?? []) all.add(score.scorer);
	return [...all];
}

function numberOf({ parameters }: Trace, name: "threshold" | "depth"): number | undefined {
	const value = parameters?.[name];
	return typeof value === "number" && (name === "threshold" || (Number.isInteger(value) && value >= 0)) ? value : undefined;
}

function pointOf(stretch: Stretch): CurveView["path"][number] {
	const scores = stretch.flatMap(({ accepted }) => accepted?.score ?? []);
	const lowest = scores.reduce<(typeof scores)[number] | undefined>(
		(low, score) => (low === undefined || score.reward < low.reward ? score : low),
		undefined,
	);
	return {
		step: stretch[0]?.step ?? 1,
		reward: lowest?.reward ?? null,
		...(stretch.length > 1 && lowest ? { high: scores.reduce((high, { reward }) => Math.max(high, reward), -1) } : {}),
		steered: stretch.some(isSteered),
		failed: stretch.some(({ accepted, attempts }) => hasFailed(accepted ?? attempts.at(-1))),
		...defined({ bound: lowest?.bound }),
	};
}

/** The scorer was asked and gave no reward: never to be drawn as if it had. */
function hasFailed(attempt: Attempt | undefined): boolean {
	return attempt?.score === undefined && attempt?.failure !== undefined;
}

function isSteered({ accepted }: Step): boolean {
	return accepted !== undefined && accepted.attempt > 0;
}

/** Whether words were injected: by a resample, or by a defence or a person at the first attempt. */
function isInjected(step: Step): boolean {
	return isSteered(step) || (step.accepted !== undefined && step.accepted.prefix !== "");
}

function rejectedOf(steps: readonly Step[]): Pick<CurveView, "rejected" | "rejectedOmitted"> {
	const all = steps.flatMap(({ step, accepted, attempts }) =>
		accepted === undefined
			? []
			: attempts.flatMap(({ attempt, score }) =>
					attempt === accepted.attempt || !score ? [] : { step, attempt, reward: score.reward },
				),
	);
	if (all.length <= CURVE_MARKS) return { rejected: all, rejectedOmitted: 0 };
	const kept = Array.from({ length: CURVE_MARKS }, (_, index) => all[Math.floor((index * all.length) / CURVE_MARKS)]);
	return { rejected: kept.filter((mark) => mark !== undefined), rejectedOmitted: all.length - kept.length };
}

function injectionOf(stretch: Stretch): CurveView["injections"] {
	const injected = stretch.filter(isInjected);
	const first = injected[0];
	if (first === undefined) return [];
	return [{ step: first.step, prefix: oneLine(first.accepted?.prefix ?? "", FLAG), more: injected.length - 1 }];
}

/** Of each stretch together; what was read ahead of a step that never came counts to the last. */
function discardedOf({ discarded, steps }: Trace, first: number, last: number, stride: number): CurveView["discarded"] {
	const found = new Map<number, CurveView["discarded"][number]>();
	for (const { step: at, tokens } of discarded) {
		const step = Math.max(1, Math.min(at, steps.length));
		if (step < first || step > last) continue;
		const start = first + Math.floor((step - first) / stride) * stride;
		const sum = found.get(start) ?? { step: start, pieces: 0, tokens: 0 };
		found.set(start, { step: start, pieces: sum.pieces + 1, tokens: sum.tokens + tokens });
	}
	return [...found.values()].sort((a, b) => a.step - b.step);
}

function otherCurve(
	scorer: string,
	stretches: readonly Stretch[],
	threshold: number | undefined,
): Omit<CurveView["others"][number], "scorer"> {
	const rewardIn = (step: Step): number | undefined => step.accepted?.others?.find((score) => score.scorer === scorer)?.reward;
	const path = stretches.map((stretch) => {
		const rewards = stretch.map(rewardIn).filter((reward) => reward !== undefined);
		return { step: stretch[0]?.step ?? 1, reward: rewards.length === 0 ? null : Math.min(...rewards) };
	});
	let compared = 0;
	const disagree: number[] = [];
	for (const step of stretches.flat()) {
		const [own, other] = [step.accepted?.score?.reward, rewardIn(step)];
		if (own === undefined || other === undefined || threshold === undefined) continue;
		compared++;
		if (own >= threshold !== other >= threshold) disagree.push(step.step);
	}
	return { path, compared, disagree: disagree.slice(0, CURVE_POINTS), disagreements: disagree.length };
}

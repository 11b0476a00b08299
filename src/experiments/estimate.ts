/** What a plan may cost, before anything is drawn. */
import { DEFENCES } from "../method/defences.ts";
import type { Plan } from "./plan.ts";

/** [fewest, most]. */
type Range = readonly [number, number];

export interface Estimate {
	traces: number;
	/** Fewest: nothing is steered. Most: each of the first m steps uses all its resamples and opens the stream again. */
	policyRequests: Range;
	/** Fewest: one step a trace. Most: `TOKENS_A_STEP` tokens a step up to the token limit, all resamples used. */
	scorerRequests: Range;
	/** Tokens generated at most, resamples included; reading ahead not counted. */
	mostTokens: number;
}

/** Tokens of a short step, for an upper bound on their number: ten words and their punctuation. */
export const TOKENS_A_STEP = 15;

/** @param scored whether the run has a scorer: without one nothing is scored. */
export function estimateCost(plan: Plan, scored: boolean): Estimate {
	const tracesEach = plan.promptSet.prompts * plan.samples;
	const costs = plan.defences.map((defence) => traceCost(plan, defence, scored));
	const total = (of: (cost: TraceCost) => number) => tracesEach * costs.reduce((sum, cost) => sum + of(cost), 0);
	return {
		traces: tracesEach * plan.defences.length,
		policyRequests: [tracesEach * plan.defences.length, total((cost) => cost.policyMost)],
		scorerRequests: [total((cost) => cost.scorerFewest), total((cost) => cost.scorerMost)],
		mostTokens: total((cost) => cost.tokensMost),
	};
}

interface TraceCost {
	policyMost: number;
	scorerFewest: number;
	scorerMost: number;
	tokensMost: number;
}

function traceCost({ maxTokens }: Plan, { name, parameters, segmenter }: Plan["defences"][number], scored: boolean): TraceCost {
	const steers = DEFENCES[name]?.needsScorer ?? false;
	const steps = segmenter.kind === "whole" ? 1 : Math.min(parameters.maxSteps, Math.ceil(maxTokens / TOKENS_A_STEP));
	const steerable = steers ? Math.min(steps, parameters.depth) : 0;
	const resamples = steerable * parameters.resamples;
	const watched = parameters.monitor === "on" ? steps : steerable;
	const stepTokens = segmenter.kind === "paragraph" ? Math.min(segmenter.maxTokens, maxTokens) : maxTokens;
	return {
		policyMost: 1 + resamples + steerable,
		scorerFewest: scored ? 2 : 0,
		scorerMost: scored ? 1 + watched + resamples : 0,
		tokensMost: maxTokens + resamples * stepTokens,
	};
}

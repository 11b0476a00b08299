/** From a judge's name to a judge: a scorer that is asked afterwards, or the grammar of the toy world. */
import { judgeText } from "../demo/judge.ts";
import { type OpenOptions, openScorer } from "../scorers/open.ts";
import type { ScorerService, ScorerSpec } from "../scorers/types.ts";
import { type Judge, judgeFromScorer, refuseScorerAsJudge } from "./judge.ts";

/** The judge that knows the toy world's grammar. */
export const EXACT = "exact";

/** A judge, and the service it asks, if it asks one. */
export interface OpenedJudge {
	judge: Judge;
	service?: ScorerService;
}

/**
 * Opens the judge of a run.
 * @param spec of kind `exact`, or a scorer's.
 * @param scorer the run's scorer, which cannot be its judge.
 * @throws JudgeIsScorerError, and those of `openScorer`
 */
export async function openJudge(
	spec: ScorerSpec,
	scorer: Pick<ScorerService, "id"> | undefined,
	options: OpenOptions,
): Promise<OpenedJudge> {
	if (spec.kind === EXACT) return { judge: exactJudge };
	const service = await openScorer(spec, options);
	refuseScorerAsJudge(scorer, service);
	return { judge: judgeFromScorer(service), service };
}

/** Exact for the toy world of the embedded model, and for nothing else. */
const exactJudge: Judge = {
	id: "exact:toy-world",
	scopes: ["trace", "answer"],
	async judge({ trace, answer }) {
		const of = (scope: "trace" | "answer", text: string) => {
			const { harmful, evidence } = judgeText(text);
			const phrase = evidence.at(-1)?.phrase;
			return { judge: this.id, scope, harmful, ...(phrase === undefined ? {} : { detail: phrase }) };
		};
		return [of("trace", trace), of("answer", answer)];
	},
};

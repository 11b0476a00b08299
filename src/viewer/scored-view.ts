/** Scores, attempts and verdicts as a page gets them. */
import type { ScoredView, ScoreView } from "../contract/parts.ts";
import type { AttemptView } from "../contract/trace-views.ts";
import type { TokenRecord } from "../trace/events.ts";
import type { Attempt, Score, Scored } from "../trace/fold.ts";
import { defined } from "./defined.ts";
import { MOST_PREFIX, pieceOf, short } from "./pieces.ts";

const MOST_FLAGS = 20;
const MOST_OTHERS = 8;

export function scoredView({ score, failure, others }: Scored): ScoredView {
	return {
		...(score === undefined ? {} : { score: scoreView(score) }),
		...(failure === undefined ? {} : { failure: { ...failure, scorer: short(failure.scorer), error: errorView(failure.error) } }),
		others: (others ?? []).slice(0, MOST_OTHERS).map(scoreView),
	};
}

function scoreView({ scorer, reward, scope, ms, bound, unsafe, verdict, categories }: Score): ScoreView {
	const words = verdict === undefined ? undefined : short(verdict);
	return {
		scorer: short(scorer),
		reward,
		scope,
		ms,
		...defined({ bound, unsafe, verdict: words, categories: categories && shortFlags(categories) }),
	};
}

export function errorView({ kind, message, remedy }: { kind: string; message: string; remedy?: string | undefined }) {
	return { kind: short(kind), message: short(message), ...(remedy === undefined ? {} : { remedy: short(remedy) }) };
}

/** @param most UTF-16 units of the text. */
export function attemptView(attempt: Attempt, most: number): AttemptView {
	const { opening, accepted } = attempt;
	return {
		attemptId: attempt.id,
		attempt: attempt.attempt,
		...(opening === undefined ? {} : { opening: short(opening) }),
		prefix: pieceOf(attempt.prefix, MOST_PREFIX).text,
		text: pieceOf(attempt.text, most),
		end: attempt.end,
		tokens: attempt.tokens,
		flags: shortFlags(attempt.flags),
		ms: attempt.ms,
		scored: scoredView(attempt),
		request: attempt.request,
		logprobs: hasLogprobs(attempt.logprobs),
		...(accepted === undefined ? {} : { accepted }),
	};
}

export function shortFlags(flags: readonly string[]): string[] {
	return flags.slice(0, MOST_FLAGS).map(short);
}

/** Whether any token has its log-probability; a server may give the tokens' ids alone. */
export function hasLogprobs(tokens: readonly TokenRecord[] | undefined): boolean {
	return tokens?.some(({ logprob }) => logprob !== null) ?? false;
}

/** What happened at a step, in words. Browser-safe. */
import type { Attempt, Score, Scored, Step } from "./fold.ts";

/** A reward with its sign and two digits, `+0.58` or `−0.62`; a bound as `≤ −0.62`. */
export function signed(reward: number): string {
	const digits = Math.abs(reward).toFixed(2);
	if (Number(digits) === 0) return "0.00";
	return `${reward < 0 ? "−" : "+"}${digits}`;
}

/** A score as its reward, or as the bound that it is. */
export function rewardText({ reward, bound }: Pick<Score, "reward" | "bound">): string {
	if (bound === undefined) return signed(reward);
	return `${bound === "at-most" ? "≤" : "≥"} ${signed(reward)}`;
}

/** What the scorer said: `−0.62 < τ`, `reached τ with +0.58`, `scorer failed (timeout)`, `not scored`. */
export function scoredText({ score, failure }: Scored, threshold: number | undefined): string {
	if (score === undefined) return failure === undefined ? "not scored" : `scorer failed (${failure.error.kind})`;
	if (threshold === undefined) return rewardText(score);
	return score.reward < threshold ? `${rewardText(score)} < τ` : `reached τ with ${rewardText(score)}`;
}

/**
 * The decision at a step, for example `unsteered −0.62 < τ · attempt 3 reached +0.58: taken · 3 rejected`.
 * @param threshold τ; undefined where the run file does not say it.
 * @param ended whether the trace is over, so that an undecided step stays so.
 */
export function decisionText(step: Step, threshold: number | undefined, ended: boolean): string {
	const first = step.attempts.find((attempt) => attempt.attempt === 0);
	const parts = first === undefined || first === step.accepted ? [] : [`unsteered ${scoredText(first, threshold)}`];
	if (step.accepted === undefined) parts.push(...undecided(step, threshold, ended));
	else parts.push(...taken(step, step.accepted, threshold));
	const rejected = step.accepted === undefined ? 0 : step.attempts.length - 1;
	return [...parts, ...(rejected === 0 ? [] : [`${rejected} rejected`])].join(" · ");
}

function undecided(step: Step, threshold: number | undefined, ended: boolean): string[] {
	const last = step.attempts.at(-1);
	if (last === undefined) return [ended ? "nothing was generated" : "being generated"];
	const steered = last.attempt === 0 ? [] : [`${attemptName(last)} ${scoredText(last, threshold)}`];
	return [...steered, ended ? "none taken: the trace ended here" : "undecided"];
}

function taken(step: Step, attempt: Attempt, threshold: number | undefined): string[] {
	const name = attemptName(attempt);
	const steered = step.attempts.filter((other) => other.attempt > 0).length;
	switch (attempt.accepted?.reason) {
		case "reached":
			return [attempt.score === undefined ? `${name}: taken` : `${name} reached ${rewardText(attempt.score)}: taken`];
		case "last":
			return [`none of ${steered} reached τ`, `the last, ${name}, taken with ${scoredShort(attempt)}`];
		case "best":
			return [`none of ${steered} reached τ`, `the best, ${name}, taken with ${scoredShort(attempt)}`];
		case "beyond-depth":
			return [`${name} ${scoredText(attempt, threshold)}`, "beyond depth m: taken as it is"];
		case "scorer-failed-beyond-depth":
			return [`${name} ${scoredText(attempt, threshold)}`, "beyond depth m: taken without a reward"];
		default:
			return [`${name}: taken, not scored`];
	}
}

function scoredShort({ score, failure }: Attempt): string {
	if (score !== undefined) return rewardText(score);
	return failure === undefined ? "no score" : `no score (${failure.error.kind})`;
}

/** `unsteered` or `attempt 3`. */
export function attemptName({ attempt }: Pick<Attempt, "attempt">): string {
	return attempt === 0 ? "unsteered" : `attempt ${attempt}`;
}

/** What a scorer said, as a reward with its sign, or in words. Colours and words are the scorer's, never the judge's. */
import { html, nothing } from "lit";
import type { ScoredView, ScoreView } from "../../src/contract/parts.ts";
import { sideOf } from "../../src/figures/reward-curve.ts";
import { rewardText } from "../../src/trace/decision.ts";
import { shownLine } from "./shown-text.ts";

const CONSEQUENCE = { stop: "the trace stopped", unsafe: "counted as below τ", noted: "only noted" };

/** `+0.58`, or `≤ −0.62` where the reward is a bound. */
export function rewardWords({ reward, bound }: { reward: number; bound?: ScoreView["bound"] }): string {
	return rewardText(bound === undefined ? { reward } : { reward, bound });
}

/** The reward, `≤ −0.62` where it is a bound, or that there is none. @param threshold τ */
export function rewardTag({ score, failure }: ScoredView, threshold: number | undefined) {
	if (score === undefined)
		return failure === undefined
			? html`<span class="reward faint">not scored</span>`
			: html`<span class="reward failure">failed</span>`;
	return html`<span class="reward ${sideOf(score.reward, threshold)}" title=${detail(score)}>${rewardWords(score)}</span>`;
}

/** Why there is no reward, in words. */
export function failureLine({ failure }: ScoredView) {
	if (failure === undefined) return nothing;
	const { scorer, error, treatedAs } = failure;
	return html`<p class="failure-line">The scorer failed: <span class="hostile">${shownLine(error.message)}</span> · ${CONSEQUENCE[treatedAs]}
		<span class="faint hostile">(${shownLine(scorer)})</span></p>`;
}

/** What scorers asked afterwards said. */
export function othersLine({ others }: ScoredView, threshold: number | undefined) {
	if (others.length === 0) return nothing;
	return html`<p class="others">${others.map(
		(score) =>
			html`<span class="other"><span aria-hidden="true">┄</span> <span class="hostile">${shownLine(score.scorer)}</span>
				${rewardWords(score)}${sideText(score.reward, threshold)}</span> `,
	)}</p>`;
}

function sideText(reward: number, threshold: number | undefined): string {
	return { reached: " ≥ τ", below: " < τ", unknown: "" }[sideOf(reward, threshold)];
}

function detail({ scorer, scope, unsafe, verdict, categories = [] }: ScoreView): string {
	return shownLine(
		[
			`scored the ${scope}`,
			...(unsafe === undefined ? [] : [`P(unsafe) ${unsafe.toFixed(3)}`]),
			...(verdict === undefined ? [] : [`“${verdict}”`]),
			...categories,
			scorer,
		].join(" · "),
	);
}

/** What is under the pointer on the curve, in words. */
import { html, nothing } from "lit";
import type { CurveView } from "../../src/contract/trace-views.ts";
import type { RewardCurve } from "../../src/figures/reward-curve.ts";
import { signed } from "../../src/trace/decision.ts";
import { counted } from "../core/format.ts";
import { shownLine } from "../core/shown-text.ts";
import { styled } from "../core/styled.ts";
import { decision, pointReward, rejectedAt } from "./table.ts";

const WIDTH = 220;
const REJECTED_NAMED = 4;

/** @param step under the pointer */
export function tooltip(data: CurveView | undefined, figure: RewardCurve | undefined, step: number | undefined) {
	const point = data?.path.findLast((candidate) => step !== undefined && candidate.step <= step);
	if (data === undefined || figure === undefined || step === undefined || point === undefined) return nothing;
	const x = figure.xOf(step);
	const left = x + 12 + WIDTH > figure.size.width ? Math.max(0, x - 12 - WIDTH) : x + 12;
	const rejected = data.rejected.filter((mark) => mark.step === point.step);
	const injection = data.injections.find((mark) => mark.step === point.step);
	const discarded = data.discarded.find((mark) => mark.step === point.step);
	return html`<div class="curve-tooltip" aria-hidden="true" ${styled({ left: `${left}px`, top: `${figure.plot.top}px`, "max-width": `${WIDTH}px` })}>
		<strong>${data.stride === 1 ? `step ${step}` : `steps ${point.step}–${point.step + data.stride - 1}, the lowest`}</strong>
		${pointReward(point)} · ${decision(point, data.threshold, rejectedAt(data, point.step))}
		${injection === undefined ? nothing : html`<div class="hostile injected">${shownLine(injection.prefix.trim())}</div>`}
		${rejected.length === 0 ? nothing : html`<div class="faint">rejected: ${rejected.slice(0, REJECTED_NAMED).map(({ reward }) => `${signed(reward)} `)}${rejected.length > REJECTED_NAMED ? "…" : ""}</div>`}
		${discarded === undefined ? nothing : html`<div class="faint">discarded: ${counted(discarded.tokens, "token")}</div>`}
		${data.others.map(({ scorer, path }) => otherLine(scorer, path.find((other) => other.step === point.step)?.reward))}
	</div>`;
}

function otherLine(scorer: string, reward: number | null | undefined) {
	return reward === undefined || reward === null
		? nothing
		: html`<div class="other"><span class="hostile">${shownLine(scorer)}</span> ${signed(reward)}</div>`;
}

/** The curve for those who do not see it: a summary, and the same steps as a table. */
import { html, nothing } from "lit";
import type { CurveView } from "../../src/contract/trace-views.ts";
import { sideOf } from "../../src/figures/reward-curve.ts";
import { counted } from "../core/format.ts";
import { rewardWords } from "../core/scored.ts";
import { shownLine } from "../core/shown-text.ts";

/** Rows, at most; a longer stretch is told in the list of steps. */
const MOST = 200;

type CurvePoint = CurveView["path"][number];

/** `Reward curve of 7 steps: 5 reached τ 0, 2 below; 1 injection, 3 rejected attempts`. */
export function curveSummary(data: CurveView | undefined): string {
	if (data === undefined || data.steps === 0) return "Reward curve without steps";
	const { threshold, stride, path } = data;
	const sides = path.map(({ reward }) => (reward === null ? undefined : sideOf(reward, threshold)));
	const count = (side: string) => sides.filter((of) => of === side).length;
	const what = stride === 1 ? "step" : `stretch of ${stride} steps`;
	return [
		`Reward curve of ${counted(data.steps, "step")}`,
		...(threshold === undefined ? [] : [`: ${count("reached")} reached τ ${threshold}, ${count("below")} below`]),
		...(stride === 1 ? [] : [` (each point the lowest of a ${what})`]),
		`; ${counted(
			data.injections.reduce((sum, { more }) => sum + 1 + more, 0),
			"injection",
		)}`,
		`, ${counted(data.rejected.length + data.rejectedOmitted, "rejected attempt")}`,
		...data.others.map(({ disagreements, compared }) => `; another scorer disagrees at ${disagreements} of ${compared} steps`),
	].join("");
}

/** A step as it is heard when it is selected: `step 2, +0.58, reached τ, steered, 3 rejected`. */
export function stepText(data: CurveView | undefined, step: number): string {
	const point = data?.path.findLast((candidate) => candidate.step <= step);
	if (data === undefined || point === undefined) return `step ${step}`;
	const name = data.stride === 1 ? `step ${step},` : `step ${step}, in a stretch of ${data.stride} steps whose lowest is`;
	return `${name} ${pointReward(point)}, ${decision(point, data.threshold, rejectedAt(data, point.step))}`;
}

export function curveTable(data: CurveView) {
	const { path, stride, threshold, others } = data;
	return html`<table class="visually-hidden">
		<caption>Rewards by step${path.length > MOST ? `, the first ${MOST} points` : ""}</caption>
		<thead><tr>
			<th scope="col">${stride === 1 ? "step" : "steps"}</th><th scope="col">reward</th><th scope="col">decision</th>
			${others.map(({ scorer }) => html`<th scope="col">${shownLine(scorer)}</th>`)}
		</tr></thead>
		<tbody>${path.slice(0, MOST).map(
			(point) => html`<tr>
				<th scope="row">${stride === 1 ? point.step : `${point.step} to ${point.step + stride - 1}`}</th>
				<td>${pointReward(point)}</td>
				<td>${decision(point, threshold, rejectedAt(data, point.step))}</td>
				${others.map((other) => html`<td>${otherReward(other, point.step)}</td>`)}
			</tr>`,
		)}</tbody>
	</table>`;
}

export function pointReward({ reward, bound, failed }: CurvePoint): string {
	if (reward === null) return failed ? "scorer failed" : "not scored";
	return rewardWords({ reward, bound });
}

/** `3 rejected`; of a curve that does not tell each one, `some rejected`. Empty: none that is known. */
export function rejectedAt({ rejected, rejectedOmitted, stride }: CurveView, step: number): string {
	const count = rejected.filter((mark) => mark.step === step).length;
	if (count === 0) return "";
	return rejectedOmitted > 0 || stride > 1 ? "some rejected" : `${count} rejected`;
}

/** `reached τ, steered, 3 rejected`. @param rejected as `rejectedAt` tells it */
export function decision({ reward, steered }: CurvePoint, threshold: number | undefined, rejected: string): string {
	const side = reward === null ? "unknown" : sideOf(reward, threshold);
	return [
		{ reached: "reached τ", below: "below τ", unknown: "no side of τ" }[side],
		...(steered ? ["steered"] : []),
		...(rejected === "" ? [] : [rejected]),
	].join(", ");
}

function otherReward({ path, disagree }: CurveView["others"][number], step: number) {
	const reward = path.find((point) => point.step === step)?.reward;
	if (reward === undefined || reward === null) return nothing;
	return `${rewardWords({ reward })}${disagree.includes(step) ? ", disagrees" : ""}`;
}

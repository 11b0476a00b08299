/** What became of a trace, in pills: how it ended, what the scorer said, what a judge said. The last two never share words or colours. */
import { CANCELLED, type VerdictView } from "../../src/contract/parts.ts";
import type { CurveView, TraceHead } from "../../src/contract/trace-views.ts";
import { sideOf } from "../../src/figures/reward-curve.ts";

export interface Pill {
	/** Class of `.pill`. */
	kind: "plain" | "failure" | "reached" | "below" | "safe" | "harmful";
	text: string;
	title?: string;
}

/** How it ended, mechanically. */
export function outcomePill({ status, reading, outcome, outcomeText, error }: TraceHead): Pill {
	if (status === "reading") return { kind: "plain", text: readingText(reading) };
	if (status === "running") return { kind: "plain", text: "running" };
	if (status === "abandoned")
		return { kind: "failure", text: "broken off", title: "The process that made it ended before its end." };
	if (status === "failed" && error?.kind === CANCELLED) return { kind: "plain", text: "cancelled", title: error.message };
	if (status === "failed") return { kind: "failure", text: "failed", ...(error === undefined ? {} : { title: error.message }) };
	const kind = outcome === "scorer-failed" ? "failure" : "plain";
	return { kind, text: outcome ?? "finished", ...(outcomeText === undefined ? {} : { title: outcomeText }) };
}

/** How far a trace is read; what is shown of it may change until it is read whole. */
export function readingText(reading: TraceHead["reading"]): string {
	return reading === undefined ? "being read…" : `being read… ${Math.floor((100 * reading.bytes) / reading.of)} %`;
}

/** The scorer's word on the accepted path: `reached τ at step 2`. None where nothing is scored. */
export function scorerPill(curve: CurveView | undefined): Pill | undefined {
	if (curve?.threshold === undefined) return undefined;
	const { path, threshold, stride, injections } = curve;
	const scored = path.filter(({ reward }) => reward !== null);
	const failed = path.filter((point) => point.failed).length;
	if (scored.length === 0) return failed > 0 ? { kind: "failure", text: "scorer failed" } : undefined;
	const steered = injections[0];
	if (steered !== undefined) return steeredPill(steered.step, path, stride, threshold);
	const below = scored.filter(({ reward }) => sideOf(reward ?? 0, threshold) === "below").length;
	if (below > 0)
		return { kind: "below", text: `below τ at ${below} of ${scored.length} ${stride === 1 ? "steps" : "stretches"}` };
	return scored.length < path.length
		? { kind: "failure", text: `reached τ wherever it was scored: ${scored.length} of ${path.length} steps` }
		: { kind: "reached", text: "reached τ at every step" };
}

function steeredPill(step: number, path: CurveView["path"], stride: number, threshold: number): Pill {
	const reward = stride === 1 ? path.find((point) => point.step === step)?.reward : undefined;
	if (reward === undefined) return { kind: "plain", text: `steered from step ${step} on` };
	if (reward === null) return { kind: "failure", text: `no reward at step ${step}` };
	return sideOf(reward, threshold) === "reached"
		? { kind: "reached", text: `reached τ at step ${step}` }
		: { kind: "below", text: `below τ at step ${step}, though steered` };
}

/** A judge's word on the finished trace; that it could not say is neither safe nor harmful. */
export function judgePills(verdicts: readonly VerdictView[]): Pill[] {
	return verdicts.map(({ judge, scope, harmful, detail }) => {
		const what = scope === "both" ? "" : `${scope} `;
		const title = detail === undefined ? judge : `${judge}: ${detail}`;
		if (harmful === null) return { kind: "failure", text: `${what}judge could not say`, title };
		return harmful
			? { kind: "harmful", text: `${what}judged harmful`, title }
			: { kind: "safe", text: `${what}judged safe`, title };
	});
}

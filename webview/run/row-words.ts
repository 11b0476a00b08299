/** What a row says of its trace, in words: mechanical outcome, the judge's verdict and the scorer's reward are kept apart. */
import { CANCELLED } from "../../src/contract/parts.ts";
import type { RowView } from "../../src/contract/run-views.ts";
import { signed } from "../../src/trace/decision.ts";
import { counted } from "../core/format.ts";

/** A pill of the outcome column. `kind` is its colour's role. */
export interface Mark {
	kind: "safe" | "harmful" | "reached" | "below" | "failure" | "plain";
	text: string;
	title?: string;
}

/** Verdict, mechanical outcome where it is not simply finished, and how the first steered step ended. */
export function marksOf(row: RowView, threshold: number | undefined): Mark[] {
	return [verdictMark(row), outcomeMark(row), steeredMark(row, threshold)].filter((mark) => mark !== undefined);
}

function verdictMark({ harmful }: RowView): Mark | undefined {
	if (harmful === undefined) return undefined;
	if (harmful === null) return { kind: "failure", text: "judge could not say" };
	return harmful ? { kind: "harmful", text: "judged harmful" } : { kind: "safe", text: "judged safe" };
}

function outcomeMark({ status, outcome, harmful, error }: RowView): Mark | undefined {
	if (status === "running") return { kind: "plain", text: "running" };
	if (status === "reading") return { kind: "plain", text: "being read" };
	if (status === "abandoned") return { kind: "failure", text: "broken off" };
	if (status === "failed" && error === CANCELLED) return { kind: "plain", text: "cancelled" };
	if (status === "failed") return { kind: "failure", text: error === undefined ? "failed" : `failed: ${error}` };
	if (outcome === "scorer-failed") return { kind: "failure", text: "scorer failed" };
	if (outcome === undefined || (outcome === "finished" && harmful !== undefined)) return undefined;
	return { kind: "plain", text: outcome };
}

function steeredMark(row: RowView, threshold: number | undefined): Mark | undefined {
	const { firstSteered, rewards, steps, steered } = row;
	if (firstSteered === undefined) return undefined;
	const more = steered > 1 ? ` +${steered - 1}` : "";
	const title = `first steered at step ${firstSteered}${steered > 1 ? `, then at ${counted(steered - 1, "more step")}` : ""}`;
	// Of a long trace the rewards are those of stretches.
	const reward = rewards.length === steps ? rewards[firstSteered - 1] : undefined;
	if (reward === undefined || reward === null || threshold === undefined)
		return { kind: "plain", text: `steered at ${firstSteered}${more}`, title };
	return reward >= threshold
		? { kind: "reached", text: `reached τ at ${firstSteered}${more}`, title }
		: { kind: "below", text: `below τ at ${firstSteered}${more}`, title };
}

/** The small curve for those who do not see it. */
export function curveText({ rewards, steps, firstSteered }: RowView, threshold: number | undefined): string {
	const known = rewards.filter((reward) => reward !== null);
	if (known.length === 0) return "no rewards";
	const parts = [
		counted(steps, "step"),
		`lowest ${signed(Math.min(...known))}`,
		`last ${signed(known.at(-1) ?? 0)}`,
		...(threshold === undefined ? [] : [`τ ${signed(threshold)}`]),
		...(known.length < rewards.length ? [`${rewards.length - known.length} without reward`] : []),
		...(firstSteered === undefined ? [] : [`steered at ${firstSteered}`]),
	];
	return parts.join(", ");
}

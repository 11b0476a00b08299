/** How a run gets on, in words. */
import type { RunInfo } from "../../src/contract/run-views.ts";
import { counted, countText } from "../core/format.ts";

/** `41 traces/min · 19 min left`; undefined where it is not known. */
export function paceText({ state, perMinute, traces }: RunInfo): string | undefined {
	if (state !== "running" || perMinute === undefined || perMinute <= 0) return undefined;
	const pace = perMinute < 10 ? perMinute.toFixed(1) : countText(Math.round(perMinute));
	return `${pace} traces/min · ${leftText((traces.planned - traces.ended) / perMinute)} left`;
}

/** @param minutes at least 0 */
function leftText(minutes: number): string {
	if (minutes < 1) return "less than a minute";
	if (minutes < 90) return `${Math.round(minutes)} min`;
	const hours = minutes / 60;
	return hours < 48 ? `${hours.toFixed(1)} h` : `${Math.round(hours / 24)} days`;
}

export function stateText({ state, traces }: RunInfo): string {
	if (state === "running") return "A process writes this run now.";
	if (state === "finished") return "All traces of the plan have ended.";
	return `Nobody writes this run, and ${counted(traces.planned - traces.ended, "trace")} of its plan have not ended. The same \`safethink run\` command goes on.`;
}

/** How a trace ended, in words. Browser-safe. */
import type { Outcome } from "./events.ts";
import type { Trace } from "./model.ts";

const OUTCOMES: Record<Outcome, string> = {
	finished: "finished: reasoning and answer are complete",
	truncated: "truncated: out of tokens or steps before the end",
	"short-circuited": "short-circuited: an attempt closed the thinking at once",
	"no-hook": "no-hook: the reasoning has no step that could be steered",
	"scorer-failed": "scorer failed: stopped without a verdict",
	stopped: "stopped before its end",
};

const NO_ANSWER = "finished, no answer: the model ended its text without one";

/** Whether an answer says nothing: the model never closed its reasoning, or wrote nothing after it. */
export function isNoAnswer(text: string): boolean {
	return text.trim() === "";
}

/** The outcome in a sentence, such as `running: 3 steps so far` or `failed: no reply`. What the judges say is no part of it. */
export function outcomeText({
	status,
	outcome,
	error,
	steps,
	answer,
}: Pick<Trace, "status" | "outcome" | "error" | "steps" | "answer">): string {
	if (status === "running") return `running: ${counted(steps.length, "step")} so far`;
	if (status === "failed") return `failed: ${error?.message ?? "no reason is recorded"}`;
	if (outcome === "finished" && answer !== undefined && isNoAnswer(answer.text)) return NO_ANSWER;
	return outcome === undefined ? "finished" : OUTCOMES[outcome];
}

/** A number with its noun: `1 step`, `2 steps`. */
export function counted(number: number, noun: string): string {
	return `${number} ${noun}${number === 1 ? "" : "s"}`;
}

/** Problems of prompt sets and configurations as text. */
import type { Problem } from "../../promptsets/problem.ts";
import { type Paint, painter } from "./paint.ts";
import { safeLine } from "./safe-text.ts";

export interface ProblemOptions {
	color: boolean;
	/** Most problems shown in full; the rest is counted. Default 50. */
	most?: number;
}

/** `file:line:column: error: message`, what to do about it, and at the end how many there are; empty without problems. */
export function renderProblems(problems: readonly Problem[], options: ProblemOptions): string {
	if (problems.length === 0) return "";
	const paint = painter(options.color);
	const most = options.most ?? 50;
	const shown = [...problems].sort((a, b) => rank(a) - rank(b)).slice(0, most);
	const left = problems.length - shown.length;
	return [
		...shown.flatMap((problem) => problemLines(problem, paint)),
		...(left === 0 ? [] : [`… and ${left} more`]),
		summary(problems),
		"",
	].join("\n");
}

/** Errors first: warnings alone do not stop a run. */
function rank({ severity }: Problem): number {
	return severity === "error" ? 0 : 1;
}

function problemLines(problem: Problem, paint: Paint): string[] {
	const place = [
		safeLine(problem.file),
		...(problem.line === 0 ? [] : [problem.line, ...(problem.column === undefined ? [] : [problem.column])]),
	].join(":");
	const severity = paint(problem.severity === "error" ? "failure" : "below", problem.severity);
	return [`${paint("heading", place)}: ${severity}: ${safeLine(problem.message)}`, `  what to do: ${safeLine(problem.remedy)}`];
}

function summary(problems: readonly Problem[]): string {
	const errors = problems.filter((problem) => problem.severity === "error").length;
	const warnings = problems.length - errors;
	const counted = [
		[errors, "error"],
		[warnings, "warning"],
	] as const;
	return counted
		.filter(([number]) => number > 0)
		.map(([number, noun]) => `${number} ${noun}${number === 1 ? "" : "s"}`)
		.join(", ");
}

/** Says in words what a schema found wrong. Values are never quoted: a key may stand in the wrong place. */
import type { z } from "zod";

const KINDS: Record<string, string> = {
	string: "a text",
	number: "a number",
	int: "a whole number",
	boolean: "true or false",
	array: "a list",
	object: "a mapping",
	record: "a mapping",
	null: "nothing",
	undefined: "missing",
	nan: "not a number",
};

/** What is wrong, to stand after the field's name and a colon. */
export function explainIssue(issue: z.core.$ZodIssue): string {
	switch (issue.code) {
		case "invalid_type":
			return `must be ${kind(issue.expected)}${received(issue.message)}`;
		case "too_small":
			return `must be ${issue.inclusive === false ? "more than" : "at least"} ${issue.minimum}${unit(issue.origin)}`;
		case "too_big":
			return `must be ${issue.inclusive === false ? "less than" : "at most"} ${issue.maximum}${unit(issue.origin)}`;
		case "invalid_value":
			return `must be ${issue.values
				.map(String)
				.join(", ")
				.replace(/, ([^,]*)$/, " or $1")}`;
		case "invalid_union":
			return explainUnion(issue.errors);
		default:
			return issue.message.charAt(0).toLowerCase() + issue.message.slice(1);
	}
}

/** No branch fits the value's type: what the branches want. */
function explainUnion(branches: z.core.$ZodIssue[][]): string {
	const wanted = branches.flatMap((branch) =>
		branch.slice(0, 1).map((issue) =>
			explainIssue(issue)
				.replace(/^must be /, "")
				.replace(/, not [^,]*$/, ""),
		),
	);
	return wanted.length === 0 ? "has a form that is not known" : `must be ${[...new Set(wanted)].join(", or ")}`;
}

function kind(name: string): string {
	return KINDS[name] ?? name;
}

function received(message: string): string {
	const name = /received (\w+)/.exec(message)?.[1];
	return name === undefined || name === "undefined" || (name === "number" && / int\b/.test(message)) ? "" : `, not ${kind(name)}`;
}

function unit(origin: string): string {
	if (origin === "string") return " characters long";
	return origin === "array" ? " entries long" : "";
}

/** What a filter expression may name, for help and completions; the viewer reads the expressions (docs/filters.md). */
import type { RunInfo } from "../../src/contract/run-views.ts";

export interface FilterField {
	name: string;
	kind: "text" | "number";
	/** What it is, in words. */
	about: string;
	example: string;
	/** All values it can have. */
	values?: readonly string[];
	/** Where a run keeps its values. */
	known?: (info: RunInfo) => readonly string[];
}

export const FILTER_FIELDS: readonly FilterField[] = [
	{
		name: "outcome",
		kind: "text",
		about: "how the trace ended, mechanically",
		example: "outcome:truncated",
		values: ["finished", "truncated", "short-circuited", "no-hook", "scorer-failed", "stopped", "failed", "unfinished"],
	},
	{
		name: "verdict",
		kind: "text",
		about: "what the judge said",
		example: "verdict:harmful",
		values: ["harmful", "safe", "unclear", "none"],
	},
	{
		name: "status",
		kind: "text",
		about: "whether the trace is over",
		example: "status:running",
		values: ["running", "finished", "failed"],
	},
	{
		name: "category",
		kind: "text",
		about: "category of the prompt",
		example: "category:role-play",
		known: (info) => info.categories,
	},
	{
		name: "group",
		kind: "text",
		about: "goal that the prompt was made from",
		example: "group:homework*",
		known: (info) => info.groups,
	},
	{ name: "expected", kind: "text", about: "what the prompt set expects", example: "expected:refuse" },
	{
		name: "defence",
		kind: "text",
		about: "way of generating",
		example: "defence:safethink",
		known: ({ plan }) => plan.defences.map(({ name }) => name),
	},
	{ name: "branch", kind: "text", about: "branched from another trace", example: "branch:yes", values: ["yes", "no"] },
	{ name: "prompt", kind: "text", about: "id of the prompt; * stands for anything", example: "prompt:exam*" },
	{ name: "trace", kind: "text", about: "id of the trace", example: "trace:*/2" },
	{ name: "text", kind: "text", about: "words in the beginning of the prompt", example: 'text:"teacher"' },
	{ name: "error", kind: "text", about: "kind of the error it failed with", example: "error:timeout" },
	{ name: "reward", kind: "number", about: "lowest reward, −1 to 1", example: "reward<-0.3" },
	{ name: "last", kind: "number", about: "last reward", example: "last>=0" },
	{ name: "query", kind: "number", about: "reward of the prompt alone", example: "query<0" },
	{ name: "steps", kind: "number", about: "number of steps", example: "steps>=3" },
	{ name: "step", kind: "number", about: "first steered step", example: "step<=3" },
	{ name: "steered", kind: "number", about: "number of steered steps", example: "steered>0" },
	{ name: "attempts", kind: "number", about: "number of attempts", example: "attempts>4" },
	{ name: "tokens", kind: "number", about: "tokens generated, rejected attempts included", example: "tokens>100" },
	{ name: "cost", kind: "number", about: "tokens generated and read ahead, over those kept", example: "cost>1.3" },
	{ name: "ms", kind: "number", about: "milliseconds that the trace took", example: "ms>2000" },
	{ name: "sample", kind: "number", about: "number of the sample", example: "sample=0" },
];

/** How conditions are put together. */
export const FILTER_GRAMMAR: readonly (readonly [example: string, about: string])[] = [
	["verdict:harmful steps>=3", "both"],
	["verdict:harmful OR reward<0", "one of them"],
	["-branch:yes", "not; also NOT"],
	["(a OR b) c", "parentheses"],
	['"free words"', "in the prompt or its id"],
];

/** The run's options, joined from flags and configuration file. */
import { readFile } from "node:fs/promises";
import { explainIssue } from "../promptsets/explain-issue.ts";
import { hasErrors, type Problem } from "../promptsets/problem.ts";
import { SafeThinkError } from "../trace/errors.ts";
import { type ConfigFile, checkConfig, innerIssues, partialOptionsSchema, remedyFor, type Values } from "./check-config.ts";
import { flagName, flagValues } from "./flags.ts";
import { type RunOptions, runOptionsSchema } from "./run-options.ts";

export interface ResolvedRun {
	/** Absent when there is an error among the problems. */
	options?: RunOptions;
	problems: Problem[];
}

/** Reads a configuration file. @throws SafeThinkError `config-unreadable` */
export async function readConfigFile(file: string): Promise<ConfigFile> {
	try {
		return { file, text: await readFile(file, "utf8") };
	} catch (error) {
		throw new SafeThinkError(
			"config-unreadable",
			`the configuration ${file} cannot be read (${(error as NodeJS.ErrnoException).code})`,
			{ remedy: "check the path given with --config", cause: error },
		);
	}
}

/**
 * Joins flags, file and defaults, in this order of precedence.
 * @param flags as commander gives them, with the argument SET as `prompts`.
 */
export function resolveRunOptions(flags: Values, config?: ConfigFile): ResolvedRun {
	const given = flagValues(flags);
	const file = config === undefined ? { values: {}, problems: [] } : checkConfig(config);
	const problems = [...file.problems, ...flagProblems(given)];
	const joined: Values = { ...file.values, ...given };
	if (joined["prompts"] === undefined && !hasErrors(problems)) {
		problems.push({
			file: config?.file ?? COMMAND_LINE,
			line: 0,
			field: "prompts",
			severity: "error",
			message: "no prompt set is named",
			remedy: "give the path of a *.prompts.jsonl file as the argument SET, or `prompts` in the configuration",
			code: "missing-field",
		});
	}
	return hasErrors(problems) ? { problems } : { options: runOptionsSchema.parse(joined), problems };
}

const COMMAND_LINE = "command line";

function flagProblems(given: Values): Problem[] {
	const issues = partialOptionsSchema.safeParse(given).error?.issues ?? [];
	return issues.flatMap(innerIssues).map((issue) => {
		const option = String(issue.path[0]);
		const field = option === "prompts" ? "SET" : flagName(option);
		return {
			file: COMMAND_LINE,
			line: 0,
			field,
			severity: "error",
			message: `${field} ${explainIssue(issue)}`,
			remedy: remedyFor(option),
			code: "invalid-option",
		};
	});
}

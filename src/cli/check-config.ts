/** `safethink.yaml`, checked by itself: every problem with line and column. The command line and the editor share this. */
import { dirname, isAbsolute, join } from "node:path";
import { type Alias, type Document, isMap, isScalar, LineCounter, type Node, parseDocument, visit, type YAMLError } from "yaml";
import type { z } from "zod";
import { explainIssue } from "../promptsets/explain-issue.ts";
import { byPosition, nearestName, type Problem, quoted } from "../promptsets/problem.ts";
import { PATH_OPTIONS, RUN_OPTION_NAMES, type RunOptionName, runOptionsJsonSchema, runOptionsSchema } from "./run-options.ts";
import { looksLikeKey } from "./secrets.ts";

/** A configuration file's text. */
export interface ConfigFile {
	file: string;
	text: string;
}

export type Values = Record<string, unknown>;

/** Every option may be left out of a file, since the flags may give it. */
export const partialOptionsSchema = runOptionsSchema.partial();

/** Values nested more often through aliases than this are refused (the "billion laughs" attack). */
const MAX_ALIASES = 50;

/** Checks a file by itself. `values` are as written, with paths made relative to the working folder; empty on an error in the syntax. */
export function checkConfig({ file, text }: ConfigFile): { values: Values; problems: Problem[] } {
	const lines = new LineCounter();
	const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: "error" });
	const at = (offset: number) => ({ file, line: lines.linePos(offset).line, column: lines.linePos(offset).col });
	const syntax = [...document.errors, ...document.warnings].map(
		(error): Problem => ({
			...at(error.pos[0]),
			severity: "error",
			message: syntaxMessage(error),
			remedy: "correct the YAML there",
			code: "yaml",
		}),
	);
	if (syntax.length > 0) return { values: {}, problems: syntax };
	const values = toValues(document);
	if (values instanceof Unusable) {
		return {
			values: {},
			problems: [{ ...at(values.offset), severity: "error", message: values.message, remedy: values.remedy, code: "yaml" }],
		};
	}
	const issues = partialOptionsSchema.safeParse(values).error?.issues ?? [];
	const problems = issues.flatMap(innerIssues).flatMap((issue) => issueProblems(issue, document, at));
	return { values: withPaths(values, dirname(file)), problems: problems.sort(byPosition) };
}

/** Valid YAML that cannot be a configuration. */
class Unusable {
	readonly offset: number;
	readonly message: string;
	readonly remedy: string;
	constructor(offset: number, message: string, remedy: string) {
		this.offset = offset;
		this.message = message;
		this.remedy = remedy;
	}
}

function toValues(document: Document): Values | Unusable {
	if (document.contents === null) return {};
	if (!isMap(document.contents))
		return new Unusable(
			(document.contents as Node).range?.[0] ?? 0,
			"the file must be a mapping of options",
			"write one option a line, for example `samples: 3`",
		);
	const lost = unresolvedAlias(document);
	if (lost !== undefined)
		return new Unusable(
			lost.range?.[0] ?? 0,
			"an alias names no anchor before it",
			"define the anchor with & first, or put a text that begins with * in quotes",
		);
	try {
		return document.toJS({ maxAliasCount: MAX_ALIASES }) as Values;
	} catch {
		return new Unusable(0, "the file's aliases unfold to too much", "write the values out");
	}
}

function unresolvedAlias(document: Document): Alias | undefined {
	let lost: Alias | undefined;
	visit(document, {
		Alias: (_, alias) => {
			if (alias.resolve(document) !== undefined) return undefined;
			lost = alias;
			return visit.BREAK;
		},
	});
	return lost;
}

/** The error's code in words, for example `tab as indent`: the parser's own messages may quote the text, in which a key may stand. */
function syntaxMessage({ code }: YAMLError): string {
	return `not valid YAML: ${code.toLowerCase().replaceAll("_", " ")}`;
}

/** An issue of a union says only that no branch fits: the issues of the branch that fits the value's type say why. */
export function innerIssues(issue: z.core.$ZodIssue): z.core.$ZodIssue[] {
	if (issue.code !== "invalid_union") return [issue];
	const branch = issue.errors.find(
		(issues) =>
			!issues.some((inner) => inner.path.length === 0 && (inner.code === "invalid_type" || inner.code === "invalid_value")),
	);
	return branch === undefined
		? [issue]
		: branch.map((inner) => ({ ...inner, path: [...issue.path, ...inner.path] })).flatMap(innerIssues);
}

type Place = (offset: number) => { file: string; line: number; column: number };

function issueProblems(issue: z.core.$ZodIssue, document: Document, at: Place): Problem[] {
	const path = issue.path as (string | number)[];
	if (issue.code === "unrecognized_keys") return issue.keys.map((key) => unknownKey(key, path, document, at));
	const field = path.join(".");
	return [
		{
			...at(offsetOf(document, path)),
			field,
			severity: "error",
			message: `${field} ${explainIssue(issue)}`,
			remedy: remedyFor(String(path[0])),
			code: "invalid-option",
		},
	];
}

function unknownKey(key: string, path: (string | number)[], document: Document, at: Place): Problem {
	const shown = looksLikeKey(key) ? "(a key?)" : quoted(key);
	const nearest = path.length === 0 ? nearestName(key, RUN_OPTION_NAMES) : undefined;
	const remedy = nearest === undefined ? "remove it, or look its name up in docs/configuration.md" : `did you mean ${nearest}?`;
	const parent = document.getIn(path, true);
	const pair = isMap(parent) ? parent.items.find((item) => isScalar(item.key) && String(item.key.value) === key) : undefined;
	const offset = (pair?.key as Node | undefined)?.range?.[0] ?? offsetOf(document, path);
	return {
		...at(offset),
		field: [...path, looksLikeKey(key) ? "?" : key].join("."),
		severity: "error",
		message: `there is no option ${shown}`,
		remedy,
		code: "unknown-option",
	};
}

/** Where the value at `path` begins, or the nearest thing that holds it. */
function offsetOf(document: Document, path: (string | number)[]): number {
	const node = document.getIn(path, true) as Node | undefined;
	if (node?.range) return node.range[0];
	return path.length === 0 ? 0 : offsetOf(document, path.slice(0, -1));
}

/** What to do about a wrong value: the option's description, and its values where they are few. */
export function remedyFor(option: string): string {
	const schema = runOptionsJsonSchema().properties[option];
	if (schema === undefined) return "look the option up in docs/configuration.md";
	const choice = schema.enum === undefined ? "" : ` One of: ${schema.enum.join(", ")}.`;
	return `${schema.description}${choice}`;
}

function withPaths(values: Values, folder: string): Values {
	const moved = PATH_OPTIONS.filter((option: RunOptionName) => typeof values[option] === "string" && !isAbsolute(values[option]));
	return { ...values, ...Object.fromEntries(moved.map((option) => [option, join(folder, values[option] as string)])) };
}

/** JSON Schema (draft 2020-12) of `safethink.yaml`, for editors. */
export function configJsonSchema(): Record<string, unknown> {
	const { required: _required, ...schema } = runOptionsJsonSchema();
	return { ...schema, title: "SafeThink run options" };
}

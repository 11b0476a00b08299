/** Checks one line of a prompt set: a pure, browser-safe function, so that an editor can keep its result line by line. */
import { findNodeAtLocation, type Node, type ParseError, parseTree, printParseErrorCode } from "jsonc-parser";
import type { z } from "zod";
import { explainIssue } from "./explain-issue.ts";
import { byPosition, hasErrors, nearestName, type Problem, quoted } from "./problem.ts";
import { PROMPT_FIELDS, type PromptLine, promptLineSchema } from "./schema.ts";

/** Deepest nesting of objects and lists in a line. */
export const MAX_DEPTH = 64;

/** A line that can be used, with the columns that later checks point at. */
export interface CheckedLine extends PromptLine {
	line: number;
	/** Column (from 1) of the value at a path, for example `["images", 0]`; found when it is asked for. */
	columnOf(path: (string | number)[]): number;
}

export interface LineResult {
	/** Absent when the line has an error, and for a blank line. */
	prompt?: CheckedLine;
	problems: Problem[];
}

/** true for a line that holds nothing but white space: it is ignored. */
export function isBlank(text: string): boolean {
	return !/\S/.test(text);
}

/**
 * Checks a line by itself; what concerns several lines (duplicate ids) or other files (images) is checked by `checkPromptSet`.
 * @param lineNumber from 1, as it stands in the problems.
 */
export function checkLine(text: string, lineNumber: number, file = ""): LineResult {
	if (isBlank(text)) return { problems: [] };
	const problems: Problem[] = [];
	const report = (found: Found) => void problems.push({ file, line: lineNumber, ...found });
	const shape = shapeOf(text);
	const value = parseLine(text, shape, report);
	if (value === undefined) return { problems };
	let parsedTree: Node | undefined;
	const tree = () => (parsedTree ??= parseTree(text) as Node);
	const columnOf = (path: (string | number)[]) => columnIn(tree(), path);
	const keys = Object.keys(value);
	if (shape.fields !== keys.length) reportDuplicates(tree(), report);
	for (const key of keys) if (!PROMPT_FIELDS.includes(key)) report(unknownField(key, tree()));
	const parsed = promptLineSchema.safeParse(value);
	for (const issue of parsed.error?.issues ?? []) report(issueProblem(issue, value, columnOf));
	const prompt = parsed.data;
	if (saysNothing(value)) {
		report({
			column: columnOf(["text"]),
			field: "text",
			severity: "error",
			message: "text is empty and there is no image",
			remedy: 'write the prompt into "text", or add "images"',
			code: "empty-text",
		});
	}
	problems.sort(byPosition);
	if (prompt === undefined || hasErrors(problems)) return { problems };
	return { prompt: { ...prompt, line: lineNumber, columnOf }, problems };
}

/** Neither text nor image, whatever else is wrong with the line. */
function saysNothing({ text, images }: { text?: unknown; images?: unknown }): boolean {
	const none = images === undefined || (Array.isArray(images) && images.length === 0);
	return typeof text === "string" && text.trim() === "" && none;
}

function issueProblem(issue: z.core.$ZodIssue, value: object, columnOf: CheckedLine["columnOf"]): Found {
	const path = issue.path as (string | number)[];
	const field = fieldName(path);
	const missing = path.length === 1 && !Object.hasOwn(value, path[0] as string);
	const what = missing
		? { message: `${field} is missing`, remedy: `add "${field}"`, code: "missing-field" }
		: {
				message: `${field}: ${explainIssue(issue)}`,
				remedy: REMEDIES[path[0] as string] ?? `correct "${path[0]}"`,
				code: "invalid-field",
			};
	return { column: columnOf(path), field, severity: "error", ...what };
}

const REMEDIES: Record<string, string> = {
	id: 'give "id" a short unique text, for example "remote-1"',
	text: "write the prompt as a text in quotes",
	images: 'write "images" as a list of paths or data URLs, for example ["images/remote.png"]',
	metadata: 'write "metadata" as an object, for example {"author": "me"}',
};

type Found = Omit<Problem, "file" | "line">;
type Report = (found: Found) => void;

/** The line's object; undefined when it is none, which has then been reported. */
function parseLine(text: string, shape: Shape, report: Report): object | undefined {
	if (shape.tooDeep !== undefined) {
		report({
			column: shape.tooDeep + 1,
			severity: "error",
			message: `nested deeper than ${MAX_DEPTH} levels`,
			remedy: "flatten the metadata",
			code: "too-deep",
		});
		return undefined;
	}
	let value: unknown;
	try {
		value = JSON.parse(text);
	} catch {
		report(syntaxProblem(text));
		return undefined;
	}
	if (value !== null && typeof value === "object" && !Array.isArray(value)) return value;
	const remedy = Array.isArray(value)
		? "write one JSON object a line (JSON Lines), without the list around them"
		: 'write an object, for example {"id": "remote-1", "text": "…"}';
	report({
		column: 1,
		severity: "error",
		message: `a line must be a JSON object, not ${kindOf(value)}`,
		remedy,
		code: "not-an-object",
	});
	return undefined;
}

function syntaxProblem(text: string): Found {
	const errors: ParseError[] = [];
	parseTree(text, errors, { disallowComments: true, allowTrailingComma: false });
	const first = errors[0];
	const what =
		first === undefined
			? "unexpected character"
			: printParseErrorCode(first.error)
					.replaceAll(/(?<=[a-z])(?=[A-Z])/g, " ")
					.toLowerCase();
	const nul = text.includes("\0") ? " (the line holds NUL bytes)" : "";
	return {
		column: Math.min(first?.offset ?? 0, text.length) + 1,
		severity: "error",
		message: `not JSON: ${what}${nul}`,
		remedy: "write one JSON object a line, keys and texts in double quotes, line breaks inside a text as \\n",
		code: "not-json",
	};
}

interface Shape {
	/** Offset of the first bracket nested deeper than the limit. */
	tooDeep?: number;
	/** Fields of the outermost object, repetitions counted. */
	fields: number;
}

/** Brackets and colons outside texts: a scan rather than a recursion, which deep nesting would overflow. */
function shapeOf(text: string): Shape {
	let depth = 0;
	let fields = 0;
	for (let index = 0; index < text.length; index += 1) {
		const character = text[index];
		if (character === '"') index = endOfText(text, index);
		else if (character === "{" || character === "[") depth += 1;
		else if (character === "}" || character === "]") depth -= 1;
		else if (character === ":" && depth === 1) fields += 1;
		if (depth > MAX_DEPTH) return { tooDeep: index, fields };
	}
	return { fields };
}

/** Offset of the quote that closes the text opened at `start`; the end of the line when none does. */
function endOfText(text: string, start: number): number {
	for (let quote = text.indexOf('"', start + 1); quote >= 0; quote = text.indexOf('"', quote + 1)) {
		let first = quote;
		while (text[first - 1] === "\\") first -= 1;
		if ((quote - first) % 2 === 0) return quote;
	}
	return text.length;
}

/** Fields that stand twice in the object; of these JSON keeps the last one silently. */
function reportDuplicates(tree: Node, report: Report): void {
	const seen = new Set<string>();
	for (const property of tree.children ?? []) {
		const name = property.children?.[0]?.value as string;
		if (seen.has(name))
			report({
				column: property.offset + 1,
				field: name,
				severity: "error",
				message: `${quoted(name)} stands twice in the object`,
				remedy: "remove one of them",
				code: "duplicate-key",
			});
		seen.add(name);
	}
}

function unknownField(name: string, tree: Node): Found {
	const column = (findNodeAtLocation(tree, [name])?.parent?.offset ?? 0) + 1;
	const nearest = nearestName(name, PROMPT_FIELDS);
	const remedy =
		nearest === undefined
			? 'move it into "metadata", which is kept'
			: `did you mean "${nearest}"? Anything else belongs into "metadata"`;
	return {
		column,
		field: name,
		severity: "warning",
		message: `unknown field ${quoted(name)} is ignored`,
		remedy,
		code: "unknown-field",
	};
}

/** Column (from 1) of the value at `path`, or of the nearest thing that holds it. */
function columnIn(tree: Node, path: (string | number)[]): number {
	const node = findNodeAtLocation(tree, path);
	if (node !== undefined) return node.offset + 1;
	return path.length === 0 ? tree.offset + 1 : columnIn(tree, path.slice(0, -1));
}

function fieldName(path: readonly (string | number)[]): string {
	return path.map((part, index) => (typeof part === "number" ? `[${part}]` : index === 0 ? part : `.${part}`)).join("");
}

function kindOf(value: unknown): string {
	if (value === null) return "null";
	return Array.isArray(value) ? "a list" : `a ${typeof value}`;
}

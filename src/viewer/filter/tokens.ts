/** A filter expression in pieces. */
import { SafeThinkError } from "../../trace/errors.ts";

export type Operator = "=" | "!=" | "<" | "<=" | ">" | ">=";

export type Token = { /** Character in the expression, from 0. */ at: number } & (
	| { kind: "(" | ")" | "not" | "or" | "and" }
	| { kind: "words"; text: string }
	| { kind: "field"; name: string; operator: Operator; value: string }
);

const OPERATORS: Record<string, Operator> = {
	":": "=",
	"=": "=",
	"!=": "!=",
	"≠": "!=",
	"<": "<",
	"<=": "<=",
	"≤": "<=",
	">": ">",
	">=": ">=",
	"≥": ">=",
};
const KEYWORDS: ReadonlyMap<string, "or" | "and" | "not"> = new Map([
	["OR", "or"],
	["AND", "and"],
	["NOT", "not"],
]);

const SPACE = /\s+/uy;
const QUOTED = /"((?:[^"\\]|\\.)*)"/suy;
const WORD = /[^\s()"]+/uy;
const FIELD = /^(\p{L}+)(<=|>=|!=|[:=<>≤≥≠])(.*)$/su;

/** A filter expression cannot be read. @param at character, from 0. */
export function badFilter(at: number, what: string, remedy: string): SafeThinkError {
	return new SafeThinkError("bad-filter", `filter, at character ${at + 1}: ${what}`, { remedy });
}

/** @throws SafeThinkError `bad-filter` */
export function tokens(expression: string): Token[] {
	const found: Token[] = [];
	for (let at = 0; at < expression.length; ) {
		const space = matchAt(SPACE, expression, at)?.[0];
		if (space !== undefined) at += space.length;
		else {
			const [token, length] = tokenAt(expression, at);
			found.push(token);
			at += length;
		}
	}
	return found;
}

function tokenAt(expression: string, at: number): [Token, number] {
	const first = expression[at];
	if (first === "(" || first === ")") return [{ kind: first, at }, 1];
	if (first === "-") return [{ kind: "not", at }, 1];
	if (first === '"') {
		const [text, length] = quotedAt(expression, at);
		return [{ kind: "words", text, at }, length];
	}
	const word = matchAt(WORD, expression, at)?.[0] ?? "";
	const keyword = KEYWORDS.get(word);
	if (keyword !== undefined) return [{ kind: keyword, at }, word.length];
	const [, name, operator, value] = FIELD.exec(word) ?? [];
	if (name === undefined || operator === undefined || value === undefined)
		return [{ kind: "words", text: word, at }, word.length];
	return fieldAt(expression, at, { name, operator: OPERATORS[operator] as Operator, value, length: word.length });
}

/** The value may stand in quotes directly after the operator. */
function fieldAt(
	expression: string,
	at: number,
	{ length, ...field }: { name: string; operator: Operator; value: string; length: number },
): [Token, number] {
	if (field.value !== "" || expression[at + length] !== '"') return [{ kind: "field", ...field, at }, length];
	const [value, quoted] = quotedAt(expression, at + length);
	return [{ kind: "field", ...field, value, at }, length + quoted];
}

function quotedAt(expression: string, at: number): [text: string, length: number] {
	const match = matchAt(QUOTED, expression, at);
	if (match?.[1] === undefined) throw badFilter(at, "the quotation mark is not closed", 'write a " after the words');
	return [match[1].replaceAll(/\\(.)/gsu, "$1"), match[0].length];
}

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
	pattern.lastIndex = at;
	return pattern.exec(text);
}

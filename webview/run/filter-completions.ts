/** What the word under the caret of a filter expression could become. */
import type { RunInfo } from "../../src/contract/run-views.ts";
import { FILTER_FIELDS, type FilterField } from "./filter-fields.ts";

export interface Completion {
	/** Replaces the word. */
	insert: string;
	/** What it is, in words. */
	about: string;
}

export interface Completions {
	/** The word that is replaced: characters `from` to `to` (exclusive). */
	from: number;
	to: number;
	list: Completion[];
}

/** Most that are offered at a time. */
const MOST = 50;

/** @param caret in UTF-16 units */
export function completionsAt(expression: string, caret: number, info: RunInfo): Completions {
	const from = wordStart(expression, caret);
	const word = expression.slice(from, caret);
	const [, name, operator, typed = ""] = /^(\p{L}+)(:|!?=)"?(.*)$/su.exec(word) ?? [];
	const list = name === undefined || operator === undefined ? names(word) : values(name, operator, typed, info);
	return { from, to: caret, list: list.slice(0, MOST) };
}

/** A word begins after a space, a parenthesis or a minus sign; not within quotation marks. */
function wordStart(expression: string, caret: number): number {
	let start = 0;
	let quoted = false;
	for (let at = 0; at < caret; at++) {
		const character = expression[at] ?? "";
		if (character === '"' && expression[at - 1] !== "\\") quoted = !quoted;
		if (!quoted && /[\s()]/u.test(character)) start = at + 1;
		if (character === "-" && at === start) start = at + 1;
	}
	return start;
}

function names(word: string): Completion[] {
	const wanted = word.toLowerCase();
	return FILTER_FIELDS.filter(({ name }) => name.startsWith(wanted)).map(({ name, kind, about, example }) => ({
		insert: kind === "text" ? `${name}:` : `${name}${/[<>=]+/.exec(example)?.[0] ?? "="}`,
		about,
	}));
}

function values(name: string, operator: string, typed: string, info: RunInfo): Completion[] {
	const field = FILTER_FIELDS.find((known) => known.name === name.toLowerCase());
	if (field === undefined) return [];
	return valuesOf(field, info)
		.filter((value) => value.toLowerCase().includes(typed.toLowerCase()))
		.map((value) => ({ insert: `${name}${operator}${quoted(value)} `, about: field.about }));
}

function valuesOf({ values: fixed, known }: FilterField, info: RunInfo): readonly string[] {
	return fixed ?? known?.(info) ?? [];
}

/** A value as an expression holds it. */
function quoted(value: string): string {
	return /^[^\s()"\\]+$/u.test(value) ? value : `"${value.replaceAll(/["\\]/g, "\\$&")}"`;
}

/** Where an expression is wrong, by the error that says so: characters `from` to `to` (exclusive). */
export function wrongPlace(expression: string, message: string): { from: number; to: number } | undefined {
	const [, at] = /^filter, at character (\d+)/.exec(message) ?? [];
	if (at === undefined) return undefined;
	const from = Math.min(Number(at) - 1, expression.length);
	const word = /^\s*[^\s()]+|^[()]/u.exec(expression.slice(from))?.[0] ?? "";
	return { from, to: from + word.length };
}

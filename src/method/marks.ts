/** A dialect's tags as one list of marks, and how to find them in a text that is still growing. */
import type { Dialect } from "./segmentation-types.ts";

/** A tag and what it does: begins the reasoning, ends it, begins the answer, or only decorates. */
export interface Mark {
	text: string;
	role: "open" | "close" | "answer" | "plain";
	/** Index of the part it opens among the dialect's parts. */
	opensPart?: number;
	closesPart?: boolean;
}

interface Marks {
	list: readonly Mark[];
	lastUnits: ReadonlySet<number>;
	pattern: RegExp | undefined;
}

const cache = new WeakMap<Dialect, Marks>();

/** The dialect's marks, each text once, longest first. */
export function marksOf(dialect: Dialect): readonly Mark[] {
	return compiled(dialect).list;
}

/** The longest mark whose last unit is the one before `at`, if any. */
export function markEndingAt(dialect: Dialect, text: string, at: number): Mark | undefined {
	const { list, lastUnits } = compiled(dialect);
	if (!lastUnits.has(text.charCodeAt(at - 1))) return undefined;
	return list.find((mark) => text.endsWith(mark.text, at));
}

/** Whether the text before `at` ends with a proper beginning of a mark, so that more text could complete it. */
export function endsInsideMark(dialect: Dialect, text: string, at: number): boolean {
	return marksOf(dialect).some((mark) => {
		for (let length = Math.min(mark.text.length - 1, at); length > 0; length--)
			if (mark.text.startsWith(text.slice(at - length, at))) return true;
		return false;
	});
}

/** The text without the dialect's marks. Of texts that split no mark, it is the concatenation of their visible texts. */
export function withoutMarks(text: string, dialect: Dialect): string {
	const { pattern } = compiled(dialect);
	return pattern === undefined ? text : text.replace(pattern, "");
}

function compiled(dialect: Dialect): Marks {
	let marks = cache.get(dialect);
	if (marks === undefined) {
		const list = collect(dialect);
		marks = {
			list,
			lastUnits: new Set(list.map((mark) => mark.text.charCodeAt(mark.text.length - 1))),
			pattern: list.length === 0 ? undefined : new RegExp(list.map((mark) => escaped(mark.text)).join("|"), "g"),
		};
		cache.set(dialect, marks);
	}
	return marks;
}

function collect(dialect: Dialect): Mark[] {
	const marks = new Map<string, Mark>();
	const add = (text: string, more: Partial<Mark>) => marks.set(text, { text, role: "plain", ...marks.get(text), ...more });
	for (const tag of dialect.answerTags) add(tag, {});
	for (const [index, part] of dialect.parts.entries()) {
		add(part.opens, { role: "open", opensPart: index });
		add(part.closes, { closesPart: true });
	}
	if (dialect.opens !== null) add(dialect.opens, { role: "open" });
	for (const tag of dialect.answerOpens) add(tag, { role: "answer" });
	for (const tag of dialect.closes) add(tag, { role: "close" });
	return [...marks.values()].sort((a, b) => b.text.length - a.text.length);
}

function escaped(text: string): string {
	return text.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");
}

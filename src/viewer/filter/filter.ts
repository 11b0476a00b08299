/** Filter expressions over the rows of a run (docs/filters.md). */
import { nearestName, quoted } from "../../promptsets/problem.ts";
import type { Summary } from "../../store/summaries.ts";
import { FIELDS, type NumberField, type TextField } from "./fields.ts";
import { badFilter, type Operator, type Token, tokens } from "./tokens.ts";

export type RowFilter = (row: Summary) => boolean;

/** Parentheses and negations within each other. */
const DEEPEST = 50;

/** What an expression selects; an empty one selects everything. @throws SafeThinkError `bad-filter` with place and remedy */
export function parseFilter(expression: string): RowFilter {
	const reader = new Reader(tokens(expression), expression.length);
	if (reader.next === undefined) return () => true;
	const filter = alternatives(reader, 0);
	if (reader.next !== undefined) throw badFilter(reader.at, "this ) closes nothing", "remove it, or write a ( before");
	return filter;
}

class Reader {
	readonly #tokens: readonly Token[];
	readonly #end: number;
	#index = 0;

	constructor(list: readonly Token[], end: number) {
		this.#tokens = list;
		this.#end = end;
	}

	get next(): Token | undefined {
		return this.#tokens[this.#index];
	}

	/** Where the next token stands, or the end. */
	get at(): number {
		return this.next?.at ?? this.#end;
	}

	take(): Token | undefined {
		return this.#tokens[this.#index++];
	}
}

/** `a OR b OR c` */
function alternatives(reader: Reader, depth: number): RowFilter {
	const any = [conjunction(reader, depth)];
	while (reader.next?.kind === "or") {
		reader.take();
		any.push(conjunction(reader, depth));
	}
	return any.length === 1 && any[0] ? any[0] : (row) => any.some((filter) => filter(row));
}

/** `a b c`, all of them. */
function conjunction(reader: Reader, depth: number): RowFilter {
	const all = [factor(reader, depth)];
	for (let kind = reader.next?.kind; kind !== undefined && kind !== ")" && kind !== "or"; kind = reader.next?.kind) {
		if (kind === "and") reader.take();
		all.push(factor(reader, depth));
	}
	return all.length === 1 && all[0] ? all[0] : (row) => all.every((filter) => filter(row));
}

/** `a`, `-a`, `NOT a`, `(…)` */
function factor(reader: Reader, depth: number): RowFilter {
	const { at } = reader;
	if (depth > DEEPEST) throw badFilter(at, `more than ${DEEPEST} levels of parentheses and negations`, "write it flatter");
	const token = reader.take();
	switch (token?.kind) {
		case "not": {
			const filter = factor(reader, depth + 1);
			return (row) => !filter(row);
		}
		case "(": {
			const filter = alternatives(reader, depth + 1);
			if (reader.take()?.kind !== ")") throw badFilter(at, "this ( is not closed", "write a ) behind it");
			return filter;
		}
		case "words":
			return words(token.text);
		case "field":
			return term(token);
		default:
			throw badFilter(at, "a condition is missing here", "write one, for example verdict:harmful or steps>=3");
	}
}

/** Free words: in the beginning of the prompt, or in its id. */
function words(text: string): RowFilter {
	const wanted = text.toLowerCase();
	return (row) => row.text.toLowerCase().includes(wanted) || row.promptId.toLowerCase().includes(wanted);
}

function term(token: Extract<Token, { kind: "field" }>): RowFilter {
	const name = token.name.toLowerCase();
	const field = Object.hasOwn(FIELDS, name) ? FIELDS[name] : undefined;
	if (field?.kind === "number") return numberTerm(field, token);
	if (field?.kind === "text") return textTerm(field, token);
	const near = nearestName(name, Object.keys(FIELDS));
	const known = near === undefined ? `fields are ${Object.keys(FIELDS).join(", ")}` : `did you mean ${near}?`;
	throw badFilter(token.at, `there is no field ${quoted(token.name)}`, `${known} Words to search for stand in quotes.`);
}

const COMPARE: Record<Operator, (a: number, b: number) => boolean> = {
	"=": (a, b) => a === b,
	"!=": (a, b) => a !== b,
	"<": (a, b) => a < b,
	"<=": (a, b) => a <= b,
	">": (a, b) => a > b,
	">=": (a, b) => a >= b,
};

/** A row without the number fits no comparison. */
function numberTerm(field: NumberField, { at, name, operator, value }: Extract<Token, { kind: "field" }>): RowFilter {
	const plain = value.replace("−", "-");
	if (!/^[-+]?(\d+\.?\d*|\.\d+)$/.test(plain))
		throw badFilter(at, `${name} is compared with ${quoted(value)}, which is no number`, `write, for example, ${name}>=3`);
	const wanted = Number(plain);
	const compare = COMPARE[operator];
	return (row) => {
		const is = field.of(row);
		return is !== undefined && compare(is, wanted);
	};
}

function textTerm(field: TextField, { at, name, operator, value }: Extract<Token, { kind: "field" }>): RowFilter {
	if (operator !== "=" && operator !== "!=")
		throw badFilter(at, `${name} is text and has no ${operator}`, `write ${name}:VALUE or ${name}!=VALUE`);
	const wanted = value.toLowerCase();
	refuseUnknown(field, wanted, at, name);
	const fits = field.within ? (text: string) => text.includes(wanted) : matcher(wanted);
	const same = operator === "=";
	return (row) => fits((field.of(row) ?? "").toLowerCase()) === same;
}

function refuseUnknown({ values }: TextField, wanted: string, at: number, name: string): void {
	if (values === undefined || wanted.includes("*") || values.includes(wanted)) return;
	const near = nearestName(wanted, values);
	const remedy = near === undefined ? `it is one of ${values.join(", ")}` : `did you mean ${name}:${near}?`;
	throw badFilter(at, `${name} is never ${quoted(wanted)}`, remedy);
}

/** Whether a text is the wanted one; `*` stands for anything. */
function matcher(wanted: string): (text: string) => boolean {
	const parts = wanted.split("*");
	const [first = "", ...rest] = parts;
	const last = rest.pop();
	if (last === undefined) return (text) => text === wanted;
	return (text) => {
		if (!text.startsWith(first) || !text.endsWith(last)) return false;
		let at = first.length;
		for (const part of rest) {
			const found = text.indexOf(part, at);
			if (found < 0) return false;
			at = found + part.length;
		}
		return at <= text.length - last.length;
	};
}

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Summary } from "../../src/store/summaries.ts";
import { SafeThinkError } from "../../src/trace/errors.ts";
import { FIELDS } from "../../src/viewer/filter/fields.ts";
import { parseFilter } from "../../src/viewer/filter/filter.ts";
import { row } from "./rows.ts";

const ROWS: Summary[] = [
	row({ category: "role play", group: "kite" }),
	row({
		promptId: "glue-2",
		text: 'Tell the teacher (a "secret") \\ of glue',
		rewards: [-0.5, null, -0.75],
		steered: [],
		verdicts: [],
	}),
	row({
		promptId: "glue-3",
		defence: "none",
		status: "running",
		rewards: [null],
		query: null,
		steered: [1],
		expected: "help",
		verdicts: [],
	}),
	row({ status: "failed", error: "unreachable", category: "Role Play", rewards: [], steered: [], verdicts: [] }),
	row({
		branch: { of: "x", step: 3, parameters: {} },
		sample: 2,
		verdicts: [{ id: "v", judge: "j", scope: "both", harmful: true }],
	}),
	row({ outcome: "scorer-failed", verdicts: [{ id: "v", judge: "j", scope: "both", harmful: null }], keptTokens: 0 }),
].map((given) => {
	if (given.status === "finished") return given;
	const { outcome: _outcome, usage: _usage, ms: _ms, ...rest } = given;
	return rest;
});

function selected(expression: string): number[] {
	const filter = parseFilter(expression);
	return ROWS.flatMap((item, index) => (filter(item) ? [index] : []));
}

function refusal(expression: string): SafeThinkError {
	try {
		parseFilter(expression);
	} catch (error) {
		if (error instanceof SafeThinkError) return error;
	}
	throw new Error(`${expression} is not refused`);
}

describe("a filter expression", () => {
	it.each<[string, number[]]>([
		["", [0, 1, 2, 3, 4, 5]],
		["   ", [0, 1, 2, 3, 4, 5]],
		["outcome:finished", [0, 1, 4]],
		["outcome:failed OR outcome:unfinished", [2, 3]],
		["status:running", [2]],
		["verdict:harmful", [4]],
		["verdict:safe", [0]],
		["verdict:unclear", [5]],
		["verdict:none", [1, 2, 3]],
		['category:"role play"', [0, 3]],
		['category:""', [1, 2, 4, 5]],
		["category!=''", [0, 1, 2, 3, 4, 5]],
		["defence:none", [2]],
		["-defence:none", [0, 1, 3, 4, 5]],
		["NOT (defence:none OR branch:yes)", [0, 1, 3, 5]],
		["branch:yes", [4]],
		["error:unreachable", [3]],
		["prompt:glue-*", [1, 2]],
		["prompt:*-2", [1]],
		["prompt:g*-3", [2]],
		["prompt:glue", []],
		["prompt:glue-2*2", []],
		["reward<-0.3", [1]],
		["reward≥−0.25", [0, 4, 5]],
		["last<0", [1]],
		["steps>=3", [0, 1, 4, 5]],
		["step≤1", [2]],
		["step<=3", [0, 2, 4, 5]],
		["steered>0", [0, 2, 4, 5]],
		["cost>1.3 ms=900", [0, 1, 4]],
		["cost>1.3 AND ms!=900", []],
		["query=.5 sample:2", [4]],
		["text:teacher", [1]],
		['text:"(a \\"SECRET\\") \\\\"', [1]],
		["teacher", [1]],
		["GLUE", [1, 2]],
		['"fly a" -sample>1 steps:3', [0, 5]],
		["teacher glue OR status:running kite", [1, 2]],
	])("%s", (expression, expected) => {
		expect(selected(expression)).toEqual(expected);
	});

	it.each<[string, string, string]>([
		["outcome:finishd", "at character 1: outcome is never", "did you mean outcome:finished?"],
		["verdict:bad", "at character 1: verdict is never", "it is one of harmful, safe, unclear, none"],
		["steps>=3 catgory:x", "at character 10: there is no field", "did you mean category?"],
		["http://a.b", "at character 1: there is no field", "fields are"],
		["steps>many", 'at character 1: steps is compared with "many"', "steps>=3"],
		["steps>", 'compared with ""', "steps>=3"],
		["defence<none", "at character 1: defence is text and has no <", "defence:VALUE"],
		["(steps>1 OR", "at character 12: a condition is missing", "write one"],
		["(steps>1", "at character 1: this ( is not closed", "write a )"],
		["steps>1 )", "at character 9: this ) closes nothing", "remove it"],
		["OR", "at character 1: a condition is missing", "write one"],
		["-", "at character 2: a condition is missing", "write one"],
		["()", "at character 2: a condition is missing", "write one"],
		['text:"teacher', "at character 6: the quotation mark is not closed", 'write a "'],
		["(".repeat(2000), "levels of parentheses", "flatter"],
		["- ".repeat(1000), "levels of parentheses", "flatter"],
	])("%s is refused with its place and a remedy", (expression, message, remedy) => {
		const error = refusal(expression);
		expect(error.kind).toBe("bad-filter");
		expect(error.message).toContain(message);
		expect(error.remedy).toContain(remedy);
	});

	it("takes words that every object knows for words", () => {
		const filter = parseFilter("constructor");
		expect(filter(row({ text: "Who is the constructor of this kite?" }))).toBe(true);
		expect(filter(row())).toBe(false);
	});

	it("is parsed or refused as bad-filter, whatever the text", () => {
		const pieces = fc.constantFrom(
			"(",
			")",
			"-",
			'"',
			"\\",
			" ",
			"OR",
			"NOT",
			"AND",
			":",
			"<=",
			"steps",
			"text",
			"*",
			"−",
			"3",
			"verdict:safe",
		);
		const texts = fc.oneof(
			fc.string({ unit: "binary" }),
			fc.array(pieces, { maxLength: 30 }).map((list) => list.join("")),
		);
		fc.assert(
			fc.property(texts, (text) => {
				try {
					const filter = parseFilter(text);
					for (const item of ROWS) expect(typeof filter(item)).toBe("boolean");
				} catch (error) {
					expect(error).toMatchObject({ kind: "bad-filter", remedy: expect.any(String) });
				}
			}),
			{ numRuns: 2000 },
		);
	});

	it("selects what a naive evaluation of the same conditions selects", () => {
		fc.assert(
			fc.property(anyCondition, ({ text, holds }) => {
				expect(selected(text), text).toEqual(ROWS.flatMap((item, index) => (holds(item) ? [index] : [])));
			}),
			{ numRuns: 1000 },
		);
	});
});

interface Condition {
	text: string;
	holds: (row: Summary) => boolean;
}

const NUMBERS = Object.entries(FIELDS).flatMap(([name, field]) => (field.kind === "number" ? [{ name, of: field.of }] : []));
const COMPARISONS: Record<string, (a: number, b: number) => boolean> = {
	":": (a, b) => a === b,
	"<": (a, b) => a < b,
	"<=": (a, b) => a <= b,
	">": (a, b) => a > b,
	">=": (a, b) => a >= b,
	"!=": (a, b) => a !== b,
};

const anyNumber: fc.Arbitrary<Condition> = fc
	.record({
		field: fc.constantFrom(...NUMBERS),
		operator: fc.constantFrom(...Object.keys(COMPARISONS)),
		value: fc.constantFrom(-0.75, -0.25, 0, 0.5, 1, 2, 3, 5, 90, 900),
	})
	.map(({ field, operator, value }) => ({
		text: `${field.name}${operator}${value}`,
		holds: (item) => {
			const is = field.of(item);
			return is !== undefined && COMPARISONS[operator]?.(is, value) === true;
		},
	}));
const anyWord: fc.Arbitrary<Condition> = fc.constantFrom("kite", "TEACHER", "(a", '"', "\\", "fly a", "OR", "-").map((word) => ({
	text: `"${word.replaceAll(/["\\]/g, String.raw`\$&`)}"`,
	holds: (item) => `${item.text}\n${item.promptId}`.toLowerCase().includes(word.toLowerCase()),
}));
const anyName: fc.Arbitrary<Condition> = fc.constantFrom("safethink", "none", "s*", "*n*").map((name) => ({
	text: `defence:${name}`,
	holds: (item) => new RegExp(`^${name.replaceAll("*", ".*")}$`).test(item.defence),
}));
const { condition: anyCondition } = fc.letrec<{ condition: Condition }>((tie) => ({
	condition: fc.oneof(
		{ depthSize: "small", withCrossShrink: true },
		anyNumber,
		anyWord,
		anyName,
		tie("condition").map(({ text, holds }) => ({ text: `-(${text})`, holds: (item: Summary) => !holds(item) })),
		fc.tuple(tie("condition"), tie("condition"), fc.constantFrom(" ", " AND ")).map(([a, b, and]) => ({
			text: `(${a.text})${and}(${b.text})`,
			holds: (item: Summary) => a.holds(item) && b.holds(item),
		})),
		fc.tuple(tie("condition"), tie("condition"), tie("condition")).map(([a, b, c]) => ({
			text: `(${a.text} OR ${b.text} (${c.text}))`,
			holds: (item: Summary) => holdsEither(a, b, c, item),
		})),
	),
}));

/** Juxtaposition binds tighter than OR; an operand that is itself an OR stands in parentheses. */
function holdsEither(a: Condition, b: Condition, c: Condition, item: Summary): boolean {
	return a.holds(item) || (b.holds(item) && c.holds(item));
}

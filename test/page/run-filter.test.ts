import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { RunInfo } from "../../src/contract/run-views.ts";
import { SafeThinkError } from "../../src/trace/errors.ts";
import { FIELDS } from "../../src/viewer/filter/fields.ts";
import { parseFilter } from "../../src/viewer/filter/filter.ts";
import { completionsAt, wrongPlace } from "../../webview/run/filter-completions.ts";
import { FILTER_FIELDS, FILTER_GRAMMAR } from "../../webview/run/filter-fields.ts";

const INFO = {
	categories: ["harmless", "role play", 'odd "one" (here)'],
	groups: ["g1"],
	plan: { defences: [{ name: "none" }, { name: "safethink" }] },
} as unknown as RunInfo;

/** What expressions are made of, and what they must not stumble over. */
const character = fc.constantFrom(...'aß🕐é1 -.*:<>=()"\\\n\u202e');

/** `|` is the caret. */
function completed(marked: string): string[] {
	const caret = marked.indexOf("|");
	return completionsAt(marked.replace("|", ""), caret, INFO).list.map(({ insert }) => insert);
}

/** The expression after the first completion was taken. */
function taken(marked: string): string {
	const caret = marked.indexOf("|");
	const text = marked.replace("|", "");
	const { from, to, list } = completionsAt(text, caret, INFO);
	return text.slice(0, from) + (list[0]?.insert ?? "") + text.slice(to);
}

describe("what the page says of filters", () => {
	it("names the fields that the viewer knows, with their values", () => {
		const told = Object.fromEntries(
			FILTER_FIELDS.map(({ name, kind, values }) => [name, { kind, values: values && [...values].sort() }]),
		);
		const known = Object.fromEntries(
			Object.entries(FIELDS).map(([name, field]) => [
				name,
				{ kind: field.kind, values: field.kind === "text" && field.values ? [...field.values].sort() : undefined },
			]),
		);
		expect(told).toEqual(known);
	});

	it("gives examples that the viewer reads", () => {
		for (const example of [...FILTER_FIELDS.map((field) => field.example), ...FILTER_GRAMMAR.map(([text]) => text)])
			expect(() => parseFilter(example)).not.toThrow();
	});
});

describe("completions", () => {
	it("complete names and values of the word under the caret", () => {
		expect(completed("verd|")).toEqual(["verdict:"]);
		expect(completed("steps>2 st|")).toEqual(["status:", "steps>=", "step<=", "steered>"]);
		expect(completed("verdict:ha|")).toEqual(["verdict:harmful "]);
		expect(completed("defence:|")).toEqual(["defence:none ", "defence:safethink "]);
		expect(completed("|").length).toBe(FILTER_FIELDS.length);
		expect(completed('"verd|')).toEqual([]);
	});

	it("quote what must be quoted, and begin after a minus or a parenthesis", () => {
		expect(taken("category:role|")).toBe('category:"role play" ');
		expect(taken('category:"ro|')).toBe('category:"role play" ');
		expect(taken("-verd|")).toBe("-verdict:");
		expect(taken("-(verd|")).toBe("-(verdict:");
		expect(taken("category:odd|")).toBe(String.raw`category:"odd \"one\" (here)" `);
	});

	it("offer only what the viewer reads, for any category", () => {
		fc.assert(
			fc.property(fc.string({ unit: character, minLength: 1, maxLength: 20 }), (category) => {
				const info = { ...INFO, categories: [category] };
				const [first] = completionsAt("category:", 9, info).list;
				expect(first && parseFilter(first.insert)({ category } as never)).toBe(true);
			}),
		);
	});
});

describe("the place of an error", () => {
	const marked = (expression: string) => {
		try {
			parseFilter(expression);
			return undefined;
		} catch (error) {
			const place = wrongPlace(expression, (error as SafeThinkError).message);
			return place && expression.slice(place.from, place.to);
		}
	};

	it("is found in the viewer's message", () => {
		expect(marked("steps>=2 verdikt:harmful cost>1")).toBe("verdikt:harmful");
		expect(marked("steps>=many")).toBe("steps>=many");
		expect(marked("(steps>=2")).toBe("(");
		expect(marked("steps>=2 )")).toBe(")");
		expect(marked("steps>=2 OR")).toBe("");
		expect(wrongPlace("x", "the viewer does not answer")).toBeUndefined();
	});

	it("is within the expression, whatever it is", () => {
		fc.assert(
			fc.property(fc.string({ unit: fc.oneof(character, fc.constantFrom("steps", ":", ">=", "OR ", "NOT ")) }), (expression) => {
				try {
					parseFilter(expression);
				} catch (error) {
					if (!(error instanceof SafeThinkError)) throw error;
					const place = wrongPlace(expression, error.message);
					expect(place).toBeDefined();
					expect(place?.from).toBeLessThanOrEqual(expression.length);
					expect(place?.to).toBeLessThanOrEqual(expression.length);
				}
			}),
		);
	});
});

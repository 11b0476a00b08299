import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkLine, MAX_DEPTH } from "../../src/promptsets/check-line.ts";
import { checkPromptSet, duplicateIds } from "../../src/promptsets/check-set.ts";
import { decodePromptSet } from "../../src/promptsets/load.ts";
import { nearestName, quoted } from "../../src/promptsets/problem.ts";
import { PROMPT_FIELDS, promptLineJsonSchema } from "../../src/promptsets/schema.ts";

const noImages = async () => {
	throw new Error("no image expected");
};
const check = (text: string) => checkPromptSet(text, { file: "toy.prompts.jsonl", readImage: noImages });
const label = fc.string({ unit: "grapheme", minLength: 1 }).filter((text) => text.trim() !== "" && !text.includes("\0"));
const promptArbitrary = fc.record(
	{
		id: label,
		text: label,
		group: label,
		category: label,
		source: label,
		system: label,
		expected: fc.constantFrom("help", "refuse", "a joke"),
		reference: label,
		metadata: fc.dictionary(
			label.filter((key) => key !== "__proto__"),
			fc.oneof(fc.integer(), fc.boolean(), label),
		),
	},
	{ requiredKeys: ["id", "text"], noNullPrototype: true },
);

describe("checkLine", () => {
	it("keeps every field of any valid prompt", () => {
		fc.assert(
			fc.property(promptArbitrary, (value) => {
				const { prompt, problems } = checkLine(JSON.stringify(value), 4);
				expect(problems).toEqual([]);
				const { line, columnOf, ...fields } = prompt as NonNullable<typeof prompt>;
				expect(fields).toEqual(value);
				expect(line).toBe(4);
				expect(
					JSON.stringify(value)
						.slice(columnOf(["text"]) - 1)
						.startsWith(JSON.stringify(value.text)),
				).toBe(true);
			}),
		);
	});

	it("says something about every text that is no prompt, and never throws", () => {
		const jsonish = fc
			.array(fc.constantFrom("{", "}", "[", "]", '"', ":", ",", "id", "text", "\\", "null", "1", " ", "\u0000", "images"))
			.map((parts) => parts.join(""));
		fc.assert(
			fc.property(fc.oneof(fc.string(), fc.json(), jsonish), (line) => {
				const { prompt, problems } = checkLine(line, 1);
				expect(prompt !== undefined || problems.length > 0 || line.trim() === "").toBe(true);
				for (const { column } of problems) expect(column).toBeLessThanOrEqual(line.length + 1);
			}),
		);
	});

	it("takes nesting up to the limit and counts no brackets inside texts", () => {
		const nested = (depth: number) =>
			`{"id":"a","text":"x [[[[ \\" {{{{","metadata":{"m":${"[".repeat(depth - 2)}${"]".repeat(depth - 2)}}}`;
		expect(checkLine(nested(MAX_DEPTH), 1).problems).toEqual([]);
		expect(checkLine(nested(MAX_DEPTH + 1), 1).problems.map((problem) => problem.code)).toEqual(["too-deep"]);
	});

	it("takes a line of five million characters", () => {
		const { prompt } = checkLine(JSON.stringify({ id: "long", text: "ha ".repeat(1_700_000) }), 1);
		expect(prompt?.text.length).toBe(5_100_000);
	});

	it.each([
		['{"text":" "}', ["missing-field", "empty-text"]],
		['{"id":"","text":"","images":[]}', ["invalid-field", "empty-text"]],
		['{"id":"a","text":"","images":"a.png"}', ["invalid-field"]],
	])("finds an empty text whatever else is wrong: %s", (line, codes) => {
		expect(checkLine(line, 1).problems.map(({ code }) => code)).toEqual(codes);
	});

	it("takes an empty text beside an image", () => {
		const { prompt } = checkLine('{"id":"a","text":"","images":["a.png"]}', 1);
		expect([prompt?.columnOf(["id"]), prompt?.columnOf(["images", 0]), prompt?.columnOf(["metadata"])]).toEqual([7, 31, 1]);
	});
});

describe("checkPromptSet", () => {
	it("lets a bad line hide no other", async () => {
		await fc.assert(
			fc.asyncProperty(
				fc.uniqueArray(promptArbitrary, { selector: (prompt) => prompt.id, maxLength: 6 }),
				fc.nat(6),
				async (values, at) => {
					const lines = values.map((value) => JSON.stringify(value));
					lines.splice(Math.min(at, lines.length), 0, '{"id": "half');
					const { prompts, problems } = await check(lines.join("\n"));
					expect(prompts.map((prompt) => prompt.record.id)).toEqual(values.map((value) => value.id));
					expect(problems.map((problem) => [problem.line, problem.code])).toEqual([
						[Math.min(at, values.length) + 1, "not-json"],
					]);
				},
			),
		);
	});

	it("takes a set in which nothing but the first id is new", async () => {
		const { prompts, problems } = await check('{"id":"a","text":"x"}\n'.repeat(130_000));
		expect(prompts.length).toBe(1);
		expect(problems.length).toBe(129_999);
	});

	it("names both lines of a duplicate id", () => {
		const lines = [2, 9, 12].map((line) => ({ id: "salt", line, columnOf: () => line + 1 }));
		const problems = duplicateIds([...lines, { id: "sugar", line: 3, columnOf: () => 1 }], "toy");
		expect(problems.map(({ line, column }) => [line, column])).toEqual([
			[9, 10],
			[12, 13],
		]);
		expect(problems.map(({ message }) => message)).toEqual([
			expect.stringMatching(/line 9 .* line 2$/),
			expect.stringMatching(/line 12 .* line 2$/),
		]);
	});

	it("gives the record as it stands in a run file, without positions", async () => {
		const { prompts } = await check('{"id":"a","text":"x","category":"kitchen"}\n');
		expect(prompts[0]?.record).toEqual({ id: "a", text: "x", category: "kitchen", images: [] });
	});
});

describe("decodePromptSet", () => {
	it("decodes any UTF-8, and blames exactly the lines that are none", () => {
		fc.assert(
			fc.property(
				fc.array(
					fc.tuple(
						fc.boolean(),
						fc.string({ unit: "grapheme" }).filter((text) => !/[\n\ufeff]/.test(text)),
					),
					{ minLength: 1 },
				),
				(lines) => {
					const bytes = Buffer.concat(
						lines.flatMap(([good, text], index) => [
							Buffer.from(index === 0 ? "" : "\n"),
							Buffer.from(text),
							Buffer.from(good ? [] : [0xff]),
						]),
					);
					fc.pre(!(bytes[0] === 0xff && bytes[1] === 0xfe));
					const decoded = decodePromptSet(bytes, "toy");
					expect(decoded.text.split("\n")).toEqual(lines.map(([good, text]) => (good ? text : "")));
					expect(decoded.problems.map((problem) => problem.line)).toEqual(
						lines.flatMap(([good], index) => (good ? [] : [index + 1])),
					);
				},
			),
		);
	});
});

describe("names in messages", () => {
	it.each([
		["catgory", "category"],
		["Text", "text"],
		["meta-data", "metadata"],
		["zebra", undefined],
		["", undefined],
	])("%s → %s", (name, nearest) => {
		expect(nearestName(name, PROMPT_FIELDS)).toBe(nearest);
	});
	it("shows hostile text harmlessly and short", () => {
		expect(quoted("a\u001b[31m\u202e\ud800b")).toBe('"a\\u001b[31m\ufffd\\ud800b"');
		expect(quoted("x".repeat(500)).length).toBeLessThan(70);
	});
});

it("docs/prompt-set.schema.json is what the schema generates", () => {
	const written = readFileSync(new URL("../../docs/prompt-set.schema.json", import.meta.url), "utf8");
	expect(JSON.parse(written)).toEqual(promptLineJsonSchema());
});

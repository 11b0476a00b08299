/** The corpus of broken sets: what each line is blamed for, and which lines are usable all the same. */
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { loadPromptSet } from "../../src/promptsets/load.ts";
import type { Problem } from "../../src/promptsets/problem.ts";

const folder = new URL("broken/", import.meta.url).pathname;
const expected: Record<string, { usable: string[]; problems: string[] }> = JSON.parse(
	readFileSync(`${folder}expected.json`, "utf8"),
);
const label = ({ line, column, code, field }: Problem) =>
	`${line}${column === undefined ? "" : `:${column}`} ${code}${field === undefined ? "" : ` ${field}`}`;

describe("broken prompt sets", () => {
	it("has an expectation for every file", () => {
		const files = readdirSync(folder).filter((name) => name.endsWith(".prompts.jsonl"));
		expect(files.map((name) => name.replace(".prompts.jsonl", "")).sort()).toEqual(Object.keys(expected).sort());
	});

	it("has every code explained in docs/prompt-sets.md, and explains no other", () => {
		const page = readFileSync(new URL("../../docs/prompt-sets.md", import.meta.url), "utf8");
		const explained = [...page.matchAll(/^\| `([a-z0-9-]+)` \| (?:error|warning|at run time) \|/gm)].map((match) => match[1]);
		const sources = ["check-line", "check-set", "image", "load", "read-image"]
			.map((name) => readFileSync(new URL(`../../src/promptsets/${name}.ts`, import.meta.url), "utf8"))
			.join("");
		const used = [...sources.matchAll(/code: "([a-z0-9-]+)"|ImageError\(\s*"([a-z0-9-]+)"/g)].map(
			(match) => match[1] ?? match[2],
		);
		expect(explained.sort()).toEqual([...new Set(used)].sort());
	});

	it.each(Object.keys(expected))("%s", async (name) => {
		const set = await loadPromptSet(`${folder}${name}.prompts.jsonl`);
		expect(set.problems.map(label)).toEqual(expected[name]?.problems);
		expect(set.prompts.map((prompt) => prompt.record.id)).toEqual(expected[name]?.usable);
		for (const problem of set.problems) {
			expect(problem.remedy).not.toBe("");
			expect(problem.message, "no control or direction character reaches a message").not.toMatch(/[\p{Cc}\p{Cf}]/u);
		}
	});
});

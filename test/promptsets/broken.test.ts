/** The corpus of broken sets: what each line is blamed for, and which lines are usable all the same. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
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

describe("a file that is no prompt set", () => {
	const problemsOf = async (text: string) => {
		const folder = mkdtempSync(join(tmpdir(), "safethink-set-"));
		try {
			const file = join(folder, "a.jsonl");
			writeFileSync(file, text);
			return (await loadPromptSet(file)).problems.map(({ line, message }) => `${line}: ${message}`);
		} finally {
			rmSync(folder, { recursive: true });
		}
	};

	it("is told once to be none", async () => {
		expect(await problemsOf("# Cakes\n\nA page about cakes.\n".repeat(40))).toEqual([
			"0: this is no prompt set: not one of its lines is JSON",
		]);
	});

	it("is not one whose lines are written wrongly", async () => {
		expect(await problemsOf("{id: 1}\n{'id': 2}\n")).toHaveLength(2);
		expect(await problemsOf("# a heading\n")).toHaveLength(1);
		expect((await problemsOf("# a heading\n"))[0]).toMatch(/^1: not JSON/);
	});
});

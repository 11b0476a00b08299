/** Flags are shown in words, none of them as the run file has it. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { flagWords } from "../../webview/trace/flag-words.ts";
import { ROOT } from "../e2e/cli.ts";

it("has words for every flag that the method and the servers give, and an entry in words.md", () => {
	const files = ["method", "method/segmenters", "servers"].flatMap((room) => {
		const folder = join(ROOT, "src", room);
		return readdirSync(folder)
			.filter((name) => name.endsWith(".ts"))
			.map((name) => readFileSync(join(folder, name), "utf8"));
	});
	const given = new Set(
		files.flatMap((source) =>
			[...source.matchAll(/[Ff]lags?\.(?:push|add)\("([a-z-]+)"|flags(?: =|:) \[[`"]([a-z-]+)|\? \["(split-token)"\]/g)].map(
				([, pushed, listed, asked]) => pushed ?? listed ?? asked ?? "",
			),
		),
	);
	expect([...given]).toEqual(
		expect.arrayContaining(["identical-resamples", "empty-answer", "split-token", "truncated", "finish"]),
	);
	const words = readFileSync(join(ROOT, "docs", "words.md"), "utf8");
	for (const flag of given) {
		const name = flag === "finish" ? "finish:content_filter" : flag;
		const [shown] = flagWords("boundary", [name]);
		expect(shown?.text, flag).not.toBe(name);
		expect(shown?.title, flag).toBeDefined();
		expect(words).toContain(`\`${flag === "finish" ? "finish:REASON" : flag}\``);
	}
});

it("shows a flag of a newer writer by its name, and says how a text ended", () => {
	expect(flagWords("length", ["constructor", "retried:2", "brand:new"])).toEqual([
		{ text: "out of tokens", title: expect.any(String) },
		{ text: "constructor" },
		{ text: "asked 2× again", title: expect.any(String) },
		{ text: "brand:new" },
	]);
});

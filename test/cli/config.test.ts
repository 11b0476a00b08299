import { readFileSync } from "node:fs";
import { Command } from "commander";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { withOptionsTable } from "../../scripts/options-table.ts";
import { checkConfig, configJsonSchema } from "../../src/cli/check-config.ts";
import { resolveRunOptions } from "../../src/cli/config.ts";
import { addRunFlags, flagName } from "../../src/cli/flags.ts";
import { methodParameters, RUN_OPTION_NAMES, type RunOptions, runOptionsSchema } from "../../src/cli/run-options.ts";
import { PAPER } from "../../src/method/parameters.ts";

const config = (text: string) => ({ file: "runs/safethink.yaml", text });
const problems = (text: string) => checkConfig(config(text)).problems;
const summary = (text: string) =>
	problems(text).map(({ line, column, field, code }) => `${line}:${column} ${code} ${field ?? ""}`.trim());
/** Parses arguments as `safethink run` does and resolves them. */
function run(args: string[], yaml?: string) {
	const command = addRunFlags(
		new Command()
			.argument("[set]")
			.exitOverride()
			.configureOutput({ writeErr: () => {} }),
	);
	command.parse(args, { from: "user" });
	return resolveRunOptions({ ...command.opts(), prompts: command.args[0] }, yaml === undefined ? undefined : config(yaml));
}

describe("precedence", () => {
	it("without anything but a set gives the paper's method", () => {
		const { options, problems: found } = run(["toy.prompts.jsonl"]);
		expect(found).toEqual([]);
		expect(options).toMatchObject({ prompts: "toy.prompts.jsonl", defence: ["safethink"], samples: 1, embedImages: false });
		expect(methodParameters(options as RunOptions)).toEqual(PAPER);
	});

	it("flags win over the file, the file over the defaults", () => {
		const { options } = run(
			["--samples", "5", "--no-embed-images", "--tau=-0.25"],
			"prompts: toy.prompts.jsonl\nsamples: 3\ndepth: 6\nembedImages: true\ntau: 0.5\n",
		);
		expect(options).toMatchObject({ samples: 5, depth: 6, embedImages: false, tau: -0.25, resamples: PAPER.resamples });
		expect(methodParameters(options as RunOptions)).toEqual({ ...PAPER, threshold: -0.25, depth: 6 });
	});

	it("paths in the file are relative to it, paths of flags are not", () => {
		const yaml = "prompts: toy.prompts.jsonl\nout: out/a.safethink.jsonl\n";
		expect(run([], yaml).options).toMatchObject({ prompts: "runs/toy.prompts.jsonl", out: "runs/out/a.safethink.jsonl" });
		expect(run(["b.prompts.jsonl"], yaml).options?.prompts).toBe("b.prompts.jsonl");
		expect(run([], "prompts: /sets/a.prompts.jsonl").options?.prompts).toBe("/sets/a.prompts.jsonl");
	});

	it("a set must be named somewhere", () => {
		expect(run([], "samples: 2").problems).toMatchObject([{ code: "missing-field", field: "prompts" }]);
	});
});

describe("flags", () => {
	it("exist for every option, and the file knows every flag", () => {
		const flags = addRunFlags(new Command())
			.options.filter((option) => !option.negate)
			.map((option) => option.long);
		expect(flags.sort()).toEqual(
			RUN_OPTION_NAMES.filter((name) => name !== "prompts")
				.map(flagName)
				.sort(),
		);
	});

	it("turn text into the option's type, and lists are repeated", () => {
		const { options } = run([
			"a.jsonl",
			"--defence",
			"none,safethink",
			"--defence",
			"zero-think",
			"--only",
			"a,b",
			"--only",
			"c",
			"--top-p",
			"0.9",
			"--prefix",
			"Wait\\n\\\\n",
			"--dry-run",
		]);
		expect(options).toMatchObject({
			defence: ["none", "safethink", "zero-think"],
			only: ["a,b", "c"],
			topP: 0.9,
			prefix: "Wait\n\\n",
			dryRun: true,
		});
	});

	it("out of range or of the wrong type are all reported, by the flag's name", () => {
		const { options, problems: found } = run([
			"a.jsonl",
			"--tau",
			"2",
			"--samples",
			"many",
			"--scored",
			"nothing",
			"--temperature",
			"",
		]);
		expect(options).toBeUndefined();
		expect(found.map((problem) => problem.field).sort()).toEqual(["--samples", "--scored", "--tau", "--temperature"]);
		expect(found.map((problem) => problem.message).sort()).toEqual([
			"--samples must be a number, not a text",
			"--scored must be trace, step or minimum",
			"--tau must be at most 1",
			"--temperature must be a number, not a text",
		]);
	});
});

describe("safethink.yaml", () => {
	it("is blamed with line, column and field, all problems at once", () => {
		const text =
			"# a comment\nsampels: 3\ntau: 1.5\nscored: nothing\ndefence:\n  - none\n  - 7\nscorer:\n  kind: llama-guard\n  url: ftp://example.org\n";
		expect(summary(text)).toEqual([
			"2:1 unknown-option sampels",
			"3:6 invalid-option tau",
			"4:9 invalid-option scored",
			"7:5 invalid-option defence.1",
			"10:8 invalid-option scorer.url",
		]);
		expect(problems(text).map((problem) => problem.remedy)[0]).toBe("did you mean samples?");
		expect(problems(text)[3]?.message).toMatch(/^defence\.1 must be none, safethink, /);
	});

	it("is blamed for names that nothing has, where they stand", () => {
		const text = "defence: [none, safethnk]\ndialect: foo\nscorer: { kind: lama-guard, url: localhost:8001 }\n";
		expect(summary(text)).toEqual([
			"1:17 invalid-option defence.1",
			"2:10 invalid-option dialect",
			"3:17 invalid-option scorer.kind",
			"3:34 invalid-option scorer.url",
		]);
		expect(problems(text)[1]?.message).toMatch(/^dialect must be organism, .* or untagged, or a mapping$/);
	});

	it.each([
		["top_p: 0.9", "topP"],
		["top-p: 0.9", "topP"],
		["Tau: 0", "tau"],
		["concurency: 2", "concurrency"],
	])("%s: did you mean %s", (text, name) => {
		expect(problems(text)[0]?.remedy).toBe(`did you mean ${name}?`);
	});

	it.each([
		["samples: [1", "1:12"],
		["samples: 1\nsamples: 2", "2:1"],
		["a: *nowhere", "1:4"],
		["- samples", "1:1"],
		["just text", "1:1"],
		["samples: 1\n---\nsamples: 2", "2:1"],
		["\tsamples: 1", "1:1"],
	])("%j is not usable as YAML", (text, place) => {
		expect(problems(text).map(({ line, column, code }) => `${line}:${column} ${code}`)).toContain(`${place} yaml`);
		expect(checkConfig(config(text)).values).toEqual({});
	});

	it("may be empty", () => {
		expect(checkConfig(config(""))).toEqual({ values: {}, problems: [] });
		expect(checkConfig(config("# nothing yet\n")).problems).toEqual([]);
	});

	it("does not unfold aliases without end", () => {
		const bomb = [
			"a0: &a0 [x, x, x, x]",
			...Array.from({ length: 9 }, (_, index) => `a${index + 1}: &a${index + 1} [${Array(9).fill(`*a${index}`)}]`),
		].join("\n");
		expect(problems(bomb)).toMatchObject([{ code: "yaml", message: "the file's aliases unfold to too much" }]);
	});

	it("takes scorers as text or mapping, segmenters and dialects by name or mapping", () => {
		const { options, problems: found } = resolveRunOptions(
			{},
			config(`
prompts: a.prompts.jsonl
scorer: { kind: llama-guard, url: "http://localhost:8001", key: GUARD_KEY, temperature: 1.5, raw: true }
judge: exact
segmenter: { kind: window, tokens: 8 }
dialect: { opens: "<think>", closes: ["</think>"], forced: { open: "<think>", close: "</think>" } }
`),
		);
		expect(found).toEqual([]);
		expect(options?.scorer).toEqual({
			kind: "llama-guard",
			url: "http://localhost:8001",
			key: "GUARD_KEY",
			options: { temperature: "1.5", raw: "true" },
		});
		expect(options).toMatchObject({
			judge: "exact",
			segmenter: { kind: "window", tokens: 8 },
			dialect: { opens: "<think>", name: "custom" },
		});
		expect(run(["a.jsonl", "--segmenter", "sentence"]).options?.segmenter).toEqual({ kind: "sentence", minCharacters: 10 });
	});

	it("says what is wrong inside a mapping, not that no alternative fits", () => {
		expect(summary("segmenter: { kind: window, tokens: 0 }")).toEqual(["1:36 invalid-option segmenter.tokens"]);
		expect(summary("segmenter: { kind: window, size: 1 }")).toEqual(["1:28 unknown-option segmenter.size"]);
		expect(summary("segmenter: word")).toEqual(["1:12 invalid-option segmenter"]);
		expect(summary("scorer: llama-gard,url=http://x")).toEqual(["1:9 invalid-option scorer"]);
		expect(problems("judge: llama-gard,url=http://x")[0]?.message).toMatch(
			/^judge is wrong: there is no scorer of kind "llama-gard" \(did you mean llama-guard\?/,
		);
		expect(summary("scorer: { kind: llama-guard }")).toEqual(["1:9 invalid-option scorer"]);
		expect(summary("scorer: { url: 'http://x' }")).toEqual(["1:9 invalid-option scorer.kind"]);
	});

	it("never throws, whatever the text", () => {
		const yamlish = fc
			.array(
				fc.constantFrom(
					"samples",
					"scorer",
					": ",
					"\n",
					"  ",
					"- ",
					"{",
					"}",
					"[",
					"]",
					"&a ",
					"*a",
					"!!x ",
					"'",
					'"',
					"1",
					"? ",
					"|",
					">",
					"#",
					"kind",
					"<<",
					"\u0000",
				),
			)
			.map((parts) => parts.join(""));
		fc.assert(
			fc.property(fc.oneof(yamlish, fc.string()), (text) => {
				for (const problem of problems(text)) expect(problem.line).toBeGreaterThanOrEqual(1);
			}),
			{ numRuns: 400 },
		);
	});
});

describe("keys", () => {
	const key = "sk-proj-Abc123Abc123Abc123Abc123";
	it.each([
		["a key for a name", `key: ${key}`],
		["a long mixture", "key: 0123456789ABCDEF0123456789ABCDEFA"],
		["lower case", "key: mykey"],
		["in a scorer's text", `scorer: llama-guard,url=http://localhost:8001,key=${key}`],
		["in a scorer's mapping", `scorer: { kind: llama-guard, url: http://localhost:8001, key: ${key} }`],
		["in a scorer's setting", `scorer: { kind: llama-guard, url: http://localhost:8001, apiKey: ${key} }`],
		["in the address", `server: "http://me:${key}@localhost:8000"`],
		["as a query", `server: "http://localhost:8000/?key=${key}"`],
		["small letters in a scorer's text", "scorer: llama-guard,url=http://localhost:8001,key=mykey"],
		["a password in a judge's text", "judge: llama-guard,url=http://me:mykey@localhost:8001"],
		["in a judge's address", `judge: llama-guard,url=http://me:${key}@localhost`],
		["as an option", `${key}: 1`],
		["in broken YAML", `key: "${key}`],
		["after a lost indent", `key: A\n  ${key}: [`],
		["as a tag", `key: !!${key} x`],
		["as a directive", `%${key}\n---\nkey: A`],
		["as a version", `%YAML ${key}\n---\nkey: A`],
		["as a block's header", `key: |${key}\n  x`],
		["as an alias", `key: *${key}`],
		["as the model", `model: ${key}`],
	])("are refused and never repeated: %s", (_, text) => {
		const found = problems(text);
		expect(found.length).toBeGreaterThan(0);
		expect(JSON.stringify(found)).not.toMatch(/Abc123|0123456789ABCDEF|mykey/i);
	});
	it("are refused as flags too", () => {
		const { problems: found } = run(["a.jsonl", "--key", key, "--scorer", `llama-guard,url=http://localhost:8001,key=${key}`]);
		expect(found.map((problem) => problem.field)).toEqual(["--key", "--scorer"]);
		expect(JSON.stringify(found)).not.toContain("Abc123");
	});
	it.each([
		"key: OPENAI_API_KEY",
		"scorer: llama-guard,url=http://localhost:8001/v1,key=GUARD_KEY,model=meta-llama/Llama-Guard-3-8B",
		"model: Qwen/Qwen2.5-VL-72B-Instruct-AWQ",
	])("%s is fine", (text) => {
		expect(problems(text)).toEqual([]);
	});
});

describe("schemas", () => {
	it("docs/safethink.schema.json is what the options generate", () => {
		const written = JSON.parse(readFileSync(new URL("../../docs/safethink.schema.json", import.meta.url), "utf8"));
		expect(written).toEqual(JSON.parse(JSON.stringify(configJsonSchema())));
		expect(Object.keys(written.properties)).toEqual(RUN_OPTION_NAMES);
	});
	it("docs/configuration.md has every option as it is now", () => {
		const page = readFileSync(new URL("../../docs/configuration.md", import.meta.url), "utf8");
		expect(page).toBe(withOptionsTable(page));
		for (const name of RUN_OPTION_NAMES) expect(page).toContain(`| \`${name}\` |`);
	});
	it("every option says what it is", () => {
		for (const name of RUN_OPTION_NAMES) expect(runOptionsSchema.shape[name].meta()?.["description"], name).toMatch(/\.$/);
	});
});

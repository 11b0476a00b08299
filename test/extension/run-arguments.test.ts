import { join } from "node:path";
import { Command } from "commander";
import { describe, expect, test } from "vitest";
import { resolveRunOptions } from "../../src/cli/config.ts";
import { addRunFlags } from "../../src/cli/flags.ts";
import { originOf } from "../../src/contract/origin.ts";
import { completeAddress, originsInUse, scorerAddress } from "../../src/extension/origins.ts";
import { type RunMode, runFileName, runFolder, runInvocation } from "../../src/extension/run-arguments.ts";
import type { RunSettings } from "../../src/extension/settings.ts";

const SETTINGS: RunSettings = {
	server: undefined,
	scorer: "",
	judge: "",
	tau: 0.25,
	depth: 2,
	resamples: 3,
	prefix: "Wait,\n\tthink \\n safely.\n\n",
	samples: 1,
	concurrency: 4,
	selfTest: "noted",
	runFolder: "runs",
};
const SERVER = { name: "lab", url: "https://gpu:8000/v1", model: "m", kind: "vllm" };
const REQUEST = { set: "/sets/a.prompts.jsonl", out: "/sets/runs/a.safethink.jsonl", ids: ["one", "--two", "a,b"] };
const noKey = async () => undefined;

/** What the command line makes of arguments: its own flags and checks, without the run. */
async function understood(
	settings: Partial<RunSettings>,
	mode: RunMode,
	keyFor: (url: string) => Promise<string | undefined> = noKey,
) {
	const { args, keys } = await runInvocation({ ...REQUEST, mode }, { ...SETTINGS, ...settings }, keyFor);
	const run = addRunFlags(new Command("run")).argument("[set]").option("--no-config").option("--keys-on-stdin").exitOverride();
	run.parse(args.slice(1), { from: "user" });
	const { options, problems } = resolveRunOptions({ ...run.opts(), prompts: run.args[0] }, undefined);
	return { options, problems, args, keys };
}

describe("arguments of a run", () => {
	test("arrive at the command line as the settings have them, prefix to the byte, ids whatever they hold", async () => {
		const { options, problems } = await understood({}, "compare");
		expect(problems).toEqual([]);
		expect(options).toMatchObject({
			prompts: REQUEST.set,
			out: REQUEST.out,
			only: REQUEST.ids,
			defence: ["none", "resample", "safethink"],
			tau: 0.25,
			depth: 2,
			resamples: 3,
			prefix: SETTINGS.prefix,
			concurrency: 4,
			selfTest: "noted",
		});
		expect(options?.server).toBeUndefined();
	});

	test("the embedded model brings its own scorer and judge", async () => {
		const { options } = await understood(
			{ scorer: "llama-guard,url=http://g:1/v1,model=x", judge: "judge,url=http://j:1/v1" },
			"safethink",
		);
		expect(options?.scorer).toBeUndefined();
		expect(options?.judge).toBeUndefined();
	});

	test("keys are named by variables and stand in no argument", async () => {
		const secret = "sk-abcdefghijklmnopqrstuvwxyz0123456789";
		const scorer = "llama-guard,url=https://guard:9/v1,model=g";
		const keyFor = async (url: string) => (url.includes("gpu") ? secret : `${secret}-guard`);
		const { options, problems, args, keys } = await understood({ server: SERVER, scorer }, "safethink", keyFor);
		expect(problems).toEqual([]);
		expect(options).toMatchObject({ server: SERVER.url, model: "m", kind: "vllm", key: "SAFETHINK_SERVER_KEY" });
		expect(options?.scorer).toMatchObject({ kind: "llama-guard", key: "SAFETHINK_SCORER_KEY" });
		expect(keys).toEqual({ SAFETHINK_SERVER_KEY: secret, SAFETHINK_SCORER_KEY: `${secret}-guard` });
		expect(args.join("\n")).not.toContain(secret);
		expect(args).toContain("--keys-on-stdin");
	});

	test("a scorer that names a variable keeps it", async () => {
		const { keys, options } = await understood(
			{ server: SERVER, scorer: "llama-guard,url=https://g:9,key=MINE" },
			"safethink",
			async () => "k",
		);
		expect(options?.scorer).toMatchObject({ key: "MINE" });
		expect(Object.keys(keys)).toEqual(["SAFETHINK_SERVER_KEY"]);
	});

	test("steering without a scorer is refused; running without a defence is not", async () => {
		await expect(understood({ server: SERVER }, "safethink")).rejects.toMatchObject({ kind: "no-scorer" });
		expect((await understood({ server: SERVER }, "none")).options).toMatchObject({ defence: ["none"] });
	});
});

describe("places of runs", () => {
	test("a run's name tells set and time, and a name that was taken gets a number", () => {
		const at = new Date(2026, 0, 2, 3, 4, 5);
		expect(runFileName("/x/mischief.prompts.jsonl", at)).toBe("mischief-20260102-030405.safethink.jsonl");
		expect(runFileName("/x/mischief.prompts.jsonl", at, 2)).toBe("mischief-20260102-030405-2.safethink.jsonl");
	});

	test("the folder is beside the set, or where the setting says", () => {
		expect(runFolder("/sets/a.prompts.jsonl", "runs")).toBe(join("/sets", "runs"));
		expect(runFolder("/sets/a.prompts.jsonl", "/elsewhere")).toBe("/elsewhere");
	});
});

describe("origins", () => {
	test("a key belongs to scheme, host and port", () => {
		expect(originOf("https://gpu:8000/v1?x=1")).toBe("https://gpu:8000");
		expect(originOf("http://gpu/v1")).toBe("http://gpu");
		expect(originOf("file:///etc/passwd")).toBeUndefined();
		expect(originOf("no address")).toBeUndefined();
	});

	test("of servers and scorers, each once", () => {
		expect(scorerAddress("llama-guard, url=http://g:1/v1,model=x")).toBe("http://g:1/v1");
		expect(originsInUse(["http://a:1/v1", "http://a:1"], ["http,url=http://b:2/x", "classify"])).toEqual([
			"http://a:1",
			"http://b:2",
		]);
	});
});

test.each([
	["localhost:8123", "http://localhost:8123"],
	[" gpu01:8000/v1 ", "http://gpu01:8000/v1"],
	["https://gpu01/v1", "https://gpu01/v1"],
	["", ""],
])("an address as somebody types it: %j", (typed, address) => expect(completeAddress(typed)).toBe(address));

test("what is no web address does not become one", () => {
	expect(["ftp://gpu01", "two words", ""].map((typed) => originOf(completeAddress(typed)))).toEqual([
		undefined,
		undefined,
		undefined,
	]);
});

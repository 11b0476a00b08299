/** A scorer that fails its self-test: alone in the probe, and at the start of a run. */
import { existsSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { cli, demoServer, eventsOf, ROOT, withFolder } from "./cli.ts";

let policy: Awaited<ReturnType<typeof demoServer>>;
/** A service that finds everything equally safe. */
const blind = createServer((request, response) => {
	request.resume().on("end", () => response.writeHead(200, { "content-type": "application/json" }).end('{"reward":0.5}'));
});
let spec: string;
beforeAll(async () => {
	policy = await demoServer();
	await new Promise<void>((resolve) => blind.listen(0, "127.0.0.1", resolve));
	spec = `http,url=http://127.0.0.1:${(blind.address() as AddressInfo).port}/score`;
});
afterAll(() => {
	policy.stop();
	blind.close();
	blind.closeAllConnections();
});

function runArgs(out: string): string[] {
	const set = join(ROOT, "samples", "mischief.prompts.jsonl");
	const server = ["--server", policy.url, "--model", "organism-policy", "--scorer", spec, "--judge", "exact"];
	return ["run", set, ...server, "--only", "kite", "--out", out];
}

describe("a scorer that fails its self-test", () => {
	it("ends a run before anything is spent, and says how to test it alone and how to go on", async () => {
		await withFolder(async (folder) => {
			const out = join(folder, "r.safethink.jsonl");
			const { code, stderr } = await cli(runArgs(out));
			expect(code).toBe(2);
			expect(stderr).toMatch(/failed its self-test: the scorer does not tell a mischievous trace/);
			expect(stderr).toContain("safethink probe --scorer SPEC");
			expect(stderr).toContain("--self-test noted");
			expect(existsSync(out)).toBe(false);
		});
	});

	it("is used where the user says so, with a warning and in the record", async () => {
		await withFolder(async (folder) => {
			const out = join(folder, "r.safethink.jsonl");
			const { code, stderr } = await cli([...runArgs(out), "--self-test", "noted"]);
			expect(code).toBe(0);
			expect(stderr).toMatch(/warning: the scorer .* failed its self-test/);
			const tests = eventsOf(out).filter(({ type }) => type === "selftest.finished");
			expect(tests.map(({ target, passed }) => [target, passed])).toEqual([
				["policy", true],
				["scorer", false],
			]);
		});
	});

	it("fails in the probe, with or without a server beside it; a sound one passes", async () => {
		const failed = await cli(["probe", "--scorer", spec]);
		expect(failed.code).toBe(1);
		expect(failed.stdout).toMatch(/^scorer http:.*: self-test failed: do not trust its word\. .*does not tell/);
		const both = await cli(["probe", policy.url, "--quick", "--json", "--scorer", `classify,url=${policy.url}`]);
		expect(both.code).toBe(0);
		expect(JSON.parse(both.stdout)).toMatchObject({ canSteer: true, scorer: { passed: true } });
		expect((await cli(["probe"])).code).toBe(2);
	});
});

/** The command line against a real llama.cpp server, through a proxy that keeps what was sent. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hasRealServer, type RealServer, SLOW, startRealServer } from "../real-server.ts";
import { startWindow } from "../viewer/transport/window-child.ts";
import { cli, eventsOf, rebuild, startCli, withFolder } from "./cli.ts";
import { type RecordingProxy, recordingProxy } from "./recording-proxy.ts";

describe.skipIf(!hasRealServer)("safethink run on a real llama.cpp server", { timeout: SLOW }, () => {
	let real: RealServer;
	let proxy: RecordingProxy;
	beforeAll(async () => {
		real = await startRealServer();
		proxy = await recordingProxy(real.url);
	}, SLOW);
	afterAll(async () => {
		await proxy?.close();
		real?.stop();
	});

	/** τ = 1 is never reached, so that the first step is steered whatever the small model says. */
	const steering = [
		"--tau",
		"1",
		"--depth",
		"1",
		"--resamples",
		"1",
		"--monitor",
		"off",
		"--on-scorer-failure",
		"unsafe",
		"--scorer-retries",
		"0",
		// So small a model is no judge, and need not be one here.
		"--self-test",
		"noted",
	];

	it("steers from the server's cache, and a script rebuilds every request to the byte", async () => {
		await withFolder(async (folder) => {
			const set = join(folder, "two.prompts.jsonl");
			writeFileSync(
				set,
				'{"id":"soup","text":"How do I cook a soup? Answer in two sentences."}\n{"id":"shoes","text":"Where could my brother\'s left shoes be?"}\n',
			);
			const out = join(folder, "r.safethink.jsonl");
			const scorer = `judge,url=${proxy.url}/v1`;
			const ended = await cli([
				"run",
				set,
				"--server",
				`${proxy.url}/v1`,
				"--scorer",
				scorer,
				"--out",
				out,
				"--max-tokens",
				"60",
				...steering,
			]);
			expect(ended.code).toBe(0);
			const events = eventsOf(out);
			expect(events.filter(({ type }) => type === "trace.finished")).toHaveLength(2);
			const steered = events.filter(({ type, attempt }) => type === "step.proposed" && Number(attempt) > 0);
			expect(steered.length).toBeGreaterThan(0);
			for (const attempt of steered) expect(Number(attempt["cachedTokens"])).toBeGreaterThan(0);
			expect((await cli(["check", out])).code).toBe(0);

			const rebuilt = rebuild([out, "--json"]);
			expect(rebuilt.stderr).toContain("0 differences");
			expect(rebuilt.code).toBe(0);
			const key = ({ path, body }: { path: string; body: string }) => `${path} ${body}`;
			const lines = rebuilt.stdout
				.trim()
				.split("\n")
				.map((line) => JSON.parse(line) as { path: string; body: string });
			const sent = proxy.requests.filter(({ method }) => method === "POST");
			expect(lines.map(key).sort()).toEqual(sent.map(key).sort());
		});
	});

	it("goes on from a step with another prefix, as the page asks for it, and what was sent can be rebuilt", async () => {
		await withFolder(async (folder) => {
			const set = join(folder, "one.prompts.jsonl");
			writeFileSync(set, '{"id":"soup","text":"How do I cook a soup? Answer in two sentences."}\n');
			const out = join(folder, "r.safethink.jsonl");
			const scorer = ["--scorer", `judge,url=${proxy.url}/v1`];
			const made = await cli([
				"run",
				set,
				"--server",
				`${proxy.url}/v1`,
				...scorer,
				"--out",
				out,
				"--max-tokens",
				"40",
				...steering,
			]);
			expect(made.code).toBe(0);
			proxy.requests.length = 0;
			const window = startWindow({ XDG_CONFIG_HOME: folder });
			await window.call("open", { session: 1, path: out, permission: { run: true }, scorers: [] });
			const info = async () =>
				(await window.page(1, "run.info", {})).result as { reading: object | null; jobs: { state: string; done: number }[] };
			while ((await info()).reading !== null) await pause(100);
			const asked = { traceId: "soup/safethink/0", step: 1, samples: 2, changes: { prefix: "Let me be kind.\n\n" } };
			expect(await window.page(1, "branch.start", asked)).toMatchObject({ result: { job: expect.any(String) } });
			while ((await info()).jobs[0]?.state === "running") await pause(200);
			expect((await info()).jobs[0]).toMatchObject({ state: "done", done: 2 });
			await window.close();

			const merged = join(folder, "merged.safethink.jsonl");
			expect((await cli(["merge", out, "--out", merged])).code).toBe(0);
			expect((await cli(["check", merged])).code).toBe(0);
			const rebuilt = rebuild([merged, "--json"]);
			expect(rebuilt.stderr).toContain("0 differences");
			const bodies = rebuilt.stdout
				.trim()
				.split("\n")
				.map((line) => (JSON.parse(line) as { body: string }).body);
			const steered = proxy.requests.filter(({ body }) => body.includes("Let me be kind."));
			expect(steered.length).toBeGreaterThan(0);
			for (const { body } of steered) expect(bodies).toContain(body);
		});
	});

	it("frees the slot when it is stopped", async () => {
		await withFolder(async (folder) => {
			const set = join(folder, "one.prompts.jsonl");
			writeFileSync(set, '{"id":"long","text":"Write a very long story about a kite."}\n');
			const out = join(folder, "r.safethink.jsonl");
			const { child, ended } = startCli([
				"run",
				set,
				"--server",
				real.url,
				"--defence",
				"none",
				"--out",
				out,
				"--max-tokens",
				"1500",
			]);
			while (!(await busy(real.url))) await pause(200);
			await pause(1500);
			child.kill("SIGINT");
			expect((await ended).code).toBe(130);
			for (let tries = 0; tries < 50 && (await busy(real.url)); tries++) await pause(200);
			expect(await busy(real.url)).toBe(false);
		});
	});

	it("is told truly by the probe", async () => {
		const { code, stdout } = await cli(["probe", `${real.url}/v1`, "--json"]);
		expect(code).toBe(0);
		const report = JSON.parse(stdout) as {
			kind: string;
			canSteer: boolean;
			contextLength: number;
			rows: { name: string; ok: unknown }[];
		};
		expect(report).toMatchObject({ kind: "llama.cpp", canSteer: true, contextLength: 2048 });
		const row = (name: string) => report.rows.find((one) => one.name === name)?.ok;
		for (const name of ["partial message", "rendered prompt", "log-probabilities", "abort", "cached tokens"])
			expect(row(name), name).toBe(true);
		expect(row("images")).toBe(false);
	});
});

async function busy(url: string): Promise<boolean> {
	const slots = (await (await fetch(`${url}/slots`)).json()) as { is_processing: boolean }[];
	return slots.some((slot) => slot.is_processing);
}

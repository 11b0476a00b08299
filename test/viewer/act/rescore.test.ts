/** Another scorer's word, the whole run's what-if, prefixes and scorers to choose from, on a run of the embedded model. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { harmClusters } from "../../../src/experiments/rates.ts";
import { clusteredInterval } from "../../../src/experiments/statistics.ts";
import { checkRun } from "../../../src/store/check.ts";
import { acquireLock } from "../../../src/store/lock.ts";
import { foldUnion, mergeRuns, runFiles } from "../../../src/store/siblings.ts";
import type { Trace } from "../../../src/trace/fold.ts";
import { eventsOf, rebuild } from "../../e2e/cli.ts";
import { makeWorld, type Opened, openWorld, SIGNAL, type World } from "./world.ts";

let world: World;
let opened: Opened;
let guard: { server: Server; url: string; asked: string[]; fails: boolean; mute: boolean };
beforeAll(async () => {
	world = await makeWorld({ samples: 3, defence: ["safethink", "none"] });
	opened = await openWorld(world);
	guard = await secondGuard();
}, 60_000);
afterAll(async () => {
	await opened.close();
	await world.close();
	guard.server.close();
});

/** A scorer of its own mind, spoken to as the kind `http`, which can be told to fail or to say nothing. */
async function secondGuard() {
	const made = { server: createServer(), url: "", asked: [] as string[], fails: false, mute: false };
	made.server.on("request", (request, response) => {
		let body = "";
		request.on("data", (data) => (body += data));
		request.on("end", () => {
			made.asked.push(body);
			if (made.fails) response.writeHead(503).end("busy");
			else response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(made.mute ? {} : { reward: 0.5 }));
		});
	});
	await new Promise<void>((resolve) => made.server.listen(0, "127.0.0.1", resolve));
	made.url = `http://127.0.0.1:${(made.server.address() as AddressInfo).port}/score`;
	return made;
}

const scorer = () => `http,url=${guard.url},retries=0`;
const traces = async (): Promise<Trace[]> => [...(await foldUnion(world.path)).traces.values()];

describe("rescoring", () => {
	it("adds a second scorer's word to accepted steps and disturbs nothing", async () => {
		const before = await traces();
		const rows = JSON.stringify(opened.run.rows().map(({ where: _where, ...row }) => row));
		const of = before.find(({ defence, steps }) => defence === "safethink" && steps.length > 1);
		const { job } = await opened.call["rescore.start"]({ traceId: of?.id, scorer: scorer() }, SIGNAL);
		expect(await opened.ended(job)).toMatchObject({ state: "done", done: 1, total: 1, kind: "rescore" });
		const after = (await traces()).find(({ id }) => id === of?.id);
		for (const [index, step] of (after?.steps ?? []).entries()) {
			expect(step.accepted?.others).toMatchObject([{ reward: 0.5, scope: "trace" }]);
			expect(step.accepted?.score).toEqual(of?.steps[index]?.accepted?.score);
		}
		expect(after?.scorer).toBe(of?.scorer);
		expect(JSON.stringify(opened.run.rows().map(({ where: _where, ...row }) => row))).toBe(rows);
		const numbers = { threshold: 0, depth: 3, resamples: 4 };
		expect(await opened.call["trace.whatIf"]({ traceId: of?.id ?? "", numbers }, SIGNAL)).toMatchObject({ same: true });
	});

	it("asks again for nothing that it knows, over all rows that a filter selects", async () => {
		const whole = async () => {
			const { job } = await opened.call["rescore.start"]({ scorer: scorer(), filter: "defence:safethink" }, SIGNAL);
			return opened.ended(job);
		};
		const before = guard.asked.length;
		expect(await whole()).toMatchObject({ state: "done", done: 9 });
		const asked = guard.asked.length - before;
		expect(asked).toBeGreaterThan(5);
		expect(await whole()).toMatchObject({ state: "done", done: 9 });
		expect(guard.asked.length - before).toBe(asked);
		expect(
			(await traces())
				.filter(({ defence }) => defence === "none")
				.every(({ steps }) => steps.every(({ accepted }) => accepted?.others === undefined)),
		).toBe(true);
	});

	it("scores the steps a branch inherited where they were drawn, so that parent and branch agree", async () => {
		const of = (await traces()).find(({ defence, steps, branch }) => !branch && defence === "none" && steps.length > 2);
		const { job } = await opened.call["branch.start"]({ traceId: of?.id ?? "", step: 3, samples: 1, changes: {} }, SIGNAL);
		expect(await opened.ended(job)).toMatchObject({ state: "done" });
		const branch = (await traces()).find((trace) => trace.branch?.of === of?.id);
		const again = await opened.call["rescore.start"]({ traceId: branch?.id, scorer: scorer() }, SIGNAL);
		expect(await opened.ended(again.job)).toMatchObject({ state: "done" });
		const now = await traces();
		const parent = now.find(({ id }) => id === of?.id);
		expect(parent?.steps.map(({ accepted }) => accepted?.others?.length ?? 0).slice(0, 3)).toEqual([1, 1, 0]);
		expect(now.find(({ id }) => id === branch?.id)?.steps.every(({ accepted }) => accepted?.others?.length === 1)).toBe(true);
	});

	it("fails as a whole when nobody answers: that says nothing of any trace", async () => {
		guard.fails = true;
		const of = (await traces()).find(({ defence, branch }) => !branch && defence === "none");
		const { job } = await opened.call["rescore.start"]({ traceId: of?.id, scorer: `${scorer()},bias=0.5` }, SIGNAL);
		expect(await opened.ended(job)).toMatchObject({
			state: "failed",
			error: { kind: "server-error", remedy: expect.any(String) },
		});
		guard.fails = false;
		expect(eventsOf((await runFiles(world.path))[1] ?? "").filter(({ type }) => type === "scorer.failed")).toEqual([]);
	});

	it("fails with the reason when the scorer gives no verdict at all, and notes each failure", async () => {
		guard.mute = true;
		const of = (await traces()).find(({ defence, branch }) => !branch && defence === "none");
		const { job } = await opened.call["rescore.start"]({ traceId: of?.id, scorer: `${scorer()},bias=0.25` }, SIGNAL);
		expect(await opened.ended(job)).toMatchObject({ state: "failed", error: { kind: "protocol" } });
		guard.mute = false;
		const own = eventsOf((await runFiles(world.path))[1] ?? "").filter(({ type }) => type === "scorer.failed");
		expect(own).toHaveLength(of?.steps.length ?? 0);
		expect(own.every(({ treatedAs }) => treatedAs === "noted")).toBe(true);
		const after = (await traces()).find(({ id }) => id === of?.id);
		expect(after?.steps.every(({ accepted }) => accepted?.failure === undefined)).toBe(true);
		const again = await opened.call["rescore.start"]({ traceId: of?.id, scorer: `${scorer()},bias=0.25` }, SIGNAL);
		expect(await opened.ended(again.job)).toMatchObject({ state: "done" });
	});

	it("leaves files that pass every check and rebuild", async () => {
		expect((await checkRun(world.path)).problems).toEqual([]);
		const merged = join(world.folder, "merged.safethink.jsonl");
		await mergeRuns(await runFiles(world.path), merged);
		expect((await checkRun(merged)).problems).toEqual([]);
		expect(rebuild([merged, world.folder])).toMatchObject({ code: 0, stderr: expect.stringMatching(/ 0 differences/) });
		const lines = readFileSync(merged, "utf8").split("\n");
		const late = lines.findLastIndex((line) => line.includes('"step.scored"') && line.includes('"http:'));
		expect(late).toBeGreaterThan(0);
		const forged = lines.with(late, (lines[late] ?? "").replace(/"attemptId":"[^"]*"/, '"attemptId":"nobody/1.0"'));
		writeFileSync(merged, forged.join("\n"));
		expect((await checkRun(merged)).problems).toMatchObject([{ code: "unknown-reference" }]);
	});
});

describe("what-if over the run", () => {
	const result = async (numbers: { threshold: number; depth: number; resamples: number }, filter?: string) => {
		const { job } = await opened.call["run.whatIf"]({ defence: "safethink", numbers, filter }, SIGNAL);
		expect(await opened.ended(job)).toMatchObject({ state: "done", kind: "what-if" });
		const { result: found } = await opened.call["run.whatIfResult"]({ job }, SIGNAL);
		if (found === null) throw new Error("no result");
		return found;
	};

	it("is certain with the numbers of the run", async () => {
		const same = await result({ threshold: 0, depth: 3, resamples: 4 });
		expect(same).toMatchObject({
			traces: 9,
			unchanged: 9,
			missing: 0,
			diverged: 0,
			failed: 0,
			determined: { k: 9, n: 9, prompts: 3 },
		});
		expect(same.harmful?.highest).toBe(same.harmful?.lowest);
		expect(same.harmful?.of).toBe(9);
	});

	it("bounds what it does not know by none and all of it being harmful", async () => {
		const lax = await result({ threshold: -1, depth: 3, resamples: 4 });
		const open = lax.missing + lax.diverged;
		expect(open).toBeGreaterThan(0);
		expect(open).toBeLessThan(9);
		expect(lax.determined).toMatchObject({ k: 9 - open, n: 9 });
		expect(lax.harmful).toMatchObject({ of: 9 });
		expect((lax.harmful?.highest ?? 0) - (lax.harmful?.lowest ?? 0)).toBe(open);
		expect(lax.harmful?.determined.n).toBe(9 - open);
	});

	it("takes the rows that the filter selects, and names a filter's fault", async () => {
		expect(await result({ threshold: 0, depth: 3, resamples: 4 }, "prompt:salt")).toMatchObject({ traces: 3 });
		expect(() =>
			opened.call["run.whatIf"](
				{ defence: "safethink", numbers: { threshold: 0, depth: 1, resamples: 1 }, filter: "reward<" },
				SIGNAL,
			),
		).toThrow();
	});
});

describe("the prefixes to choose from", () => {
	it("are the library's and those the run used, with what came of them", async () => {
		await opened.call["prefixes.keep"]({ text: "Be kind.\n\n", note: "short" }, SIGNAL);
		const { prefixes } = await opened.call["prefixes.list"]({}, SIGNAL);
		expect(prefixes[0]).toEqual({ text: "Be kind.\n\n", note: "short", inLibrary: true, reached: null, safe: null });
		const steered = opened.run.rows().filter((row) => row.defence === "safethink" && row.steered.length > 0);
		const own = prefixes.find(({ text }) => text === "Wait, think safely.\n\n");
		expect(own).toMatchObject({ inLibrary: false, reached: { n: steered.length }, safe: { n: steered.length } });
		expect(own?.safe?.low).toBeLessThan(own?.safe?.high ?? 0);
		const byPrompt = harmClusters(steered);
		const { low, high } = clusteredInterval(byPrompt.map(({ k, n }) => ({ k: n - k, n })));
		expect(own?.safe).toMatchObject({ low, high, prompts: byPrompt.length });
		await opened.call["prefixes.remove"]({ text: "Be kind.\n\n" }, SIGNAL);
		expect((await opened.call["prefixes.list"]({}, SIGNAL)).prefixes.some(({ inLibrary }) => inLibrary)).toBe(false);
	});

	it("keeps every one of many that come at once, and leaves a file alone that it cannot read", async () => {
		const path = join(world.folder, "config", "prefixes.json");
		await Promise.all(Array.from({ length: 20 }, (_, index) => opened.call["prefixes.keep"]({ text: `Kind ${index}.` }, SIGNAL)));
		expect(JSON.parse(readFileSync(path, "utf8")).prefixes).toHaveLength(20);
		mkdirSync(dirname(path), { recursive: true });
		writeFileSync(path, '{"prefixes": [tor');
		await expect(opened.call["prefixes.keep"]({ text: "x" }, SIGNAL)).rejects.toMatchObject({
			kind: "prefix-library",
			message: expect.stringContaining(path),
		});
		await expect(opened.call["prefixes.list"]({}, SIGNAL)).rejects.toMatchObject({ kind: "prefix-library" });
		expect(readFileSync(path, "utf8")).toBe('{"prefixes": [tor');
	});
});

describe("the scorers to choose from", () => {
	it("are the run's own and those of the settings", async () => {
		const other = await openWorld(world, { scorers: ["llama-guard,url=http://gpu:1/v1,key=GPU_KEY"] });
		const { scorers } = await other.call["scorers.known"]({}, SIGNAL);
		expect(scorers.map(({ label }) => label)).toEqual([
			expect.stringContaining("organism-scorer"),
			"llama-guard,url=http://gpu:1/v1,key=GPU_KEY",
		]);
		await other.close();
	});
});

describe("stopping the run", () => {
	it("says that nobody writes it, or who does elsewhere", async () => {
		expect(() => opened.call["run.stop"]({}, SIGNAL)).toThrow(expect.objectContaining({ kind: "not-running" }));
		const lock = await acquireLock(world.path);
		const holder = JSON.parse(readFileSync(lock.path, "utf8"));
		writeFileSync(lock.path, JSON.stringify({ ...holder, host: "another-machine" }));
		expect(() => opened.call["run.stop"]({}, SIGNAL)).toThrow(
			expect.objectContaining({ kind: "another-host", remedy: expect.stringContaining("kill -INT") }),
		);
		writeFileSync(lock.path, JSON.stringify(holder));
		const told = new Promise<void>((resolve) => process.once("SIGINT", () => resolve()));
		opened.call["run.stop"]({}, SIGNAL);
		await told;
		lock.release();
		expect(existsSync(lock.path)).toBe(false);
	});
});

/** Re-runs and what-ifs of run files that somebody made to mislead, and of runs that another one replaced meanwhile. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { acquireLock } from "../../../src/store/lock.ts";
import { openSibling } from "../../../src/store/siblings.ts";
import type { EventDraft } from "../../../src/trace/events.ts";
import { RecordedTraces } from "../../../src/viewer/act/recorded.ts";
import { runPlan } from "../../../src/viewer/act/run-plan.ts";
import { eventsOf } from "../../e2e/cli.ts";
import { recordingProxy } from "../../e2e/recording-proxy.ts";
import { makeWorld, type Opened, openWorld, SIGNAL, type World } from "./world.ts";

let world: World;
beforeAll(async () => {
	world = await makeWorld({ only: ["salt"], samples: 2 });
}, 60_000);
afterAll(() => world.close());

/** Adds a trace that is begun like one of the run's, but for some fields. */
async function addTrace(traceId: string, changes: Record<string, unknown>): Promise<void> {
	const begun = eventsOf(world.path).find(({ type }) => type === "trace.started");
	const { id: _id, time: _time, ...draft } = begun as unknown as Record<string, unknown>;
	const journal = await openSibling(world.path, { name: "t", version: "0" });
	journal.append({ ...draft, traceId, ...changes } as unknown as EventDraft);
	const usage = { generated: 0, discarded: 0, prompt: 0, cached: null, policyRequests: 0, scorerRequests: 0 };
	journal.append({ type: "trace.finished", traceId, outcome: "finished", steps: 0, usage, ms: 1 });
	journal.close();
}

async function opened(env: Parameters<typeof openWorld>[1] = {}): Promise<Opened> {
	const page = await openWorld(world, env);
	onTestFinished(() => page.close());
	return page;
}

const start = async (page: Opened, traceId: string, changes = {}) =>
	page.ended((await page.call["branch.start"]({ traceId, step: 1, samples: 1, changes }, SIGNAL)).job);

/** A server that keeps what it is sent, and answers nothing. */
async function listener() {
	const asked: string[] = [];
	const server = createServer((request) => void asked.push(request.url ?? ""));
	await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
	onTestFinished(() => {
		server.closeAllConnections();
		server.close();
	});
	return { server, asked, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

describe("a scorer that a run file names for a branch", () => {
	it("is given no file to send: only the settings may name one", async () => {
		const secret = join(world.folder, "secret.txt");
		writeFileSync(secret, "the cake is in the oven");
		const { url, asked } = await listener();
		const scorer = `judge,url=${url},model=guard,prompt=${secret},retries=0`;
		const [of] = eventsOf(world.path).filter(({ type }) => type === "trace.started");
		await addTrace("evil", { branch: { of: of?.traceId, step: 1, parameters: { scorer } } });
		const page = await opened();
		expect(await start(page, "evil")).toMatchObject({ state: "failed", error: { kind: "unknown-scorer" } });
		const { job } = page.call["rescore.start"]({ traceId: "evil", scorer }, SIGNAL) as { job: string };
		expect(await page.ended(job)).toMatchObject({ state: "failed", error: { kind: "unknown-scorer" } });
		expect(asked).toEqual([]);
		const known = await opened({ scorers: [scorer] });
		const { job: allowed } = await known.call["branch.start"]({ traceId: "evil", step: 1, samples: 1, changes: {} }, SIGNAL);
		while (asked.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
		known.call["job.cancel"]({ job: allowed }, SIGNAL);
		expect(await known.ended(allowed)).toMatchObject({ state: "cancelled" });
	});
});

describe("traces that no version of this program writes", () => {
	it("are refused one by one, and fail no what-if of the run", async () => {
		await addTrace("odd", { parameters: { threshold: "high" } });
		await addTrace("named", { defence: "constructor" });
		const page = await opened();
		await expect(page.call["branch.start"]({ traceId: "odd", step: 1, samples: 1, changes: {} }, SIGNAL)).rejects.toMatchObject({
			kind: "other-plan",
			message: expect.stringContaining("odd"),
			remedy: expect.any(String),
		});
		const numbers = { threshold: 0, depth: 3, resamples: 4 };
		for (const defence of ["safethink", "constructor"]) {
			const { job } = await page.call["run.whatIf"]({ defence, numbers }, SIGNAL);
			expect(await page.ended(job)).toMatchObject({ state: "done" });
		}
	});
});

describe("a job that waits for a server which says nothing", () => {
	it("ends when it is cancelled, and leaves the server alone", async () => {
		const { server, url } = await listener();
		const [first = "", ...rest] = readFileSync(world.path, "utf8").split("\n");
		const header = JSON.parse(first);
		const before = world.path;
		world = { ...world, path: join(world.folder, "silent.safethink.jsonl") };
		onTestFinished(() => {
			world = { ...world, path: before };
		});
		const environment = { ...header.environment, embedded: false, server: { url, verified: true } };
		writeFileSync(world.path, [JSON.stringify({ ...header, environment }), ...rest].join("\n"));
		const page = await opened();
		const traceId = page.run.rows()[0]?.traceId ?? "";
		const asked = once(server, "request");
		const { job } = await page.call["branch.start"]({ traceId, step: 1, samples: 1, changes: {} }, SIGNAL);
		const [request] = await asked;
		const gone = once(request.socket, "close");
		page.call["job.cancel"]({ job }, SIGNAL);
		await gone;
		expect(await page.ended(job)).toMatchObject({ state: "cancelled" });
	}, 4500);
});

describe("a run that another one replaced while it was looked at", () => {
	it("is gone on with at its own server, in a file that belongs to it", async () => {
		const proxy = await recordingProxy(world.server.url);
		onTestFinished(() => proxy.close());
		const page = await opened();
		const traceId = page.run.rows().find(({ branch, defence }) => branch === undefined && defence === "safethink")?.traceId ?? "";
		expect(await start(page, traceId)).toMatchObject({ state: "done" });
		const recorded = new RecordedTraces(page.run, runPlan(page.run));
		const firstReward = async () => (await recorded.get(traceId)).trace.steps[0]?.attempts[0]?.score?.reward;
		const where = page.run.row(traceId)?.where;
		const before = await firstReward();
		const [first = "", ...rest] = readFileSync(world.path, "utf8").split("\n");
		const header = JSON.parse(first);
		const environment = { ...header.environment, server: { ...header.environment.server, url: proxy.url } };
		const otherRewards = rest.join("\n").replaceAll(/(?<="reward":-?0\.)\d/g, "0");
		writeFileSync(`${world.path}.new`, `${JSON.stringify({ ...header, run: "0".repeat(12), environment })}\n${otherRewards}`);
		renameSync(`${world.path}.new`, world.path);
		await page.run.catchUp();
		expect(page.run.rows().filter(({ branch }) => branch !== undefined)).toEqual([]);
		expect(page.run.row(traceId)?.where).toEqual(where);
		expect(await firstReward()).not.toBe(before);
		expect(await start(page, traceId)).toMatchObject({ state: "done" });
		expect(page.run.rows().filter(({ branch }) => branch?.of === traceId)).toHaveLength(1);
		expect(proxy.requests.some(({ path }) => path.startsWith("/v1/"))).toBe(true);
	});
});

describe.skipIf(process.platform !== "linux")("a lock that names another process than its writer", () => {
	it("lets nobody stop that process", async () => {
		const page = await opened();
		const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { stdio: "ignore" });
		onTestFinished(() => void child.kill("SIGKILL"));
		const lock = await acquireLock(world.path);
		onTestFinished(() => lock.release());
		const holder = JSON.parse(readFileSync(lock.path, "utf8"));
		writeFileSync(lock.path, JSON.stringify({ ...holder, pid: child.pid, process: null }));
		expect(() => page.call["run.stop"]({}, SIGNAL)).toThrow(expect.objectContaining({ kind: "cannot-stop" }));
		expect(child.signalCode).toBeNull();
	});
});

/** Servers that a run file names: none is asked before somebody allows it, unless it is this machine's or the user's own. */

import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import type { Changes } from "../../../src/contract/act-views.ts";
import { openSibling } from "../../../src/store/siblings.ts";
import type { EventDraft } from "../../../src/trace/events.ts";
import { Origins } from "../../../src/viewer/act/origins.ts";
import { runPlan } from "../../../src/viewer/act/run-plan.ts";
import { Services } from "../../../src/viewer/act/services.ts";
import { cli, eventsOf, startCli } from "../../e2e/cli.ts";
import { recordingProxy } from "../../e2e/recording-proxy.ts";
import { ask } from "../transport/served.ts";
import { startWindow } from "../transport/window-child.ts";
import { environment, makeWorld, type Opened, openWorld, SIGNAL, type World } from "./world.ts";

let made: World;
let stranger: Awaited<ReturnType<typeof elsewhere>>;
beforeAll(async () => {
	made = await makeWorld({ only: ["salt"], samples: 1 });
	stranger = await elsewhere();
}, 60_000);
afterAll(async () => {
	await stranger.close();
	await made.close();
});

/** The embedded model at an address that is not one of those which surely lead to this machine; what it is asked is kept. */
async function elsewhere() {
	const proxy = await recordingProxy(made.server.url);
	return { url: proxy.url.replace("127.0.0.1", "0.0.0.0"), asked: proxy.requests, close: () => proxy.close() };
}

type Environment = { [part in "server" | "scorer" | "judge"]?: unknown };
let worlds = 0;

/** The run as a stranger would send it: its servers are elsewhere. */
function sentBy(changes: (url: string, environment: Environment) => Environment): World {
	const [first = "", ...rest] = readFileSync(made.path, "utf8").split("\n");
	const header = JSON.parse(first);
	const path = join(made.folder, `strange${++worlds}.safethink.jsonl`);
	const environment = { ...header.environment, ...changes(stranger.url, header.environment) };
	writeFileSync(path, [JSON.stringify({ ...header, environment }), ...rest].join("\n"));
	stranger.asked.splice(0);
	return { ...made, path };
}

const strangeServer = () => sentBy((url, { server }) => ({ server: { ...(server as object), url } }));
const strangeScorer = () =>
	sentBy((url, { scorer }) => {
		const own = scorer as { spec: object };
		return { scorer: { ...own, spec: { ...own.spec, url } } };
	});

async function opened(world: World, env: Parameters<typeof openWorld>[1] = {}): Promise<Opened & { traceId: string }> {
	const page = await openWorld(world, env);
	onTestFinished(() => page.close());
	return { ...page, traceId: page.run.rows()[0]?.traceId ?? "" };
}

const start = (page: Opened & { traceId: string }, changes: Changes = {}, traceId = page.traceId) =>
	page.call["branch.start"]({ traceId, step: 1, samples: 1, changes }, SIGNAL);
const asked = (page: Opened & { traceId: string }, scorer?: string) =>
	page.call["servers.asked"]({ work: "branch", traceId: page.traceId, scorer }, SIGNAL);

/** Names the origin and sends nothing. */
async function refuses(work: () => unknown): Promise<void> {
	await expect(Promise.resolve().then(work)).rejects.toMatchObject({
		kind: "needs-consent",
		message: expect.stringContaining(stranger.url),
		remedy: expect.stringContaining("--server"),
	});
	expect(stranger.asked).toEqual([]);
}

describe("a server that the run file names", () => {
	it("is asked nothing before somebody allows it, then goes on in every page of the process", async () => {
		const origins = new Origins();
		const page = await opened(strangeServer(), { origins });
		await refuses(() => start(page));
		expect(page.acts.jobs()).toEqual([]);
		expect(await asked(page)).toMatchObject({
			servers: [
				{ part: "model", origin: stranger.url, from: "run", trust: "ask" },
				{ part: "scorer", origin: made.proxy.url, from: "run", trust: "local" },
			],
		});
		expect(stranger.asked).toEqual([]);
		await page.call["servers.allow"]({ origin: stranger.url }, SIGNAL);
		const { job } = await start(page);
		expect(await page.ended(job)).toMatchObject({ state: "done" });
		expect(stranger.asked.length).toBeGreaterThan(0);

		const another = await opened(strangeServer(), { origins });
		expect(await asked(another)).toMatchObject({ servers: [{ trust: "allowed" }, {}] });
		expect(await another.ended((await start(another)).job)).toMatchObject({ state: "done" });
		await refuses(async () => start(await opened(strangeServer())));
	});

	it("is asked without a question where it is the user's own: by the settings, by a key, as a scorer's server", async () => {
		const origins = new Origins();
		origins.addOwn([`${stranger.url}/v1`]);
		const own = [
			{ origins },
			{ key: (origin: string) => (origin === stranger.url ? "k" : undefined) },
			{ scorers: [`classify,url=${stranger.url},model=organism-scorer`] },
		];
		for (const env of own) {
			const page = await opened(strangeServer(), env);
			expect(await asked(page)).toMatchObject({ servers: [{ part: "model", trust: "own" }, {}] });
			expect(await page.ended((await start(page)).job)).toMatchObject({ state: "done" });
		}
	});

	it("is not asked as a scorer either: the run's, a branch's, or one that the page names", async () => {
		await refuses(async () => start(await opened(strangeScorer())));
		const scorer = `classify,url=${stranger.url},model=organism-scorer`;
		await refuses(async () => start(await opened(made), { scorer }));
		const world = sentBy(() => ({}));
		const begun = eventsOf(world.path).find(({ type }) => type === "trace.started");
		const { id: _id, time: _time, ...draft } = begun as unknown as Record<string, unknown>;
		const journal = await openSibling(world.path, { name: "t", version: "0" });
		const branch = { of: begun?.traceId, step: 1, parameters: { scorer } };
		journal.append({ ...draft, traceId: "strange", branch } as unknown as EventDraft);
		journal.close();
		const page = await opened(world);
		await refuses(() => start(page, {}, "strange"));
		expect(await page.call["servers.asked"]({ work: "branch", traceId: "strange" }, SIGNAL)).toMatchObject({
			servers: [{ part: "model" }, { part: "scorer", origin: stranger.url, from: "run", trust: "ask" }],
		});
		expect(await asked(page, scorer)).toMatchObject({ servers: [{}, { origin: stranger.url, from: "form", trust: "ask" }] });
	});

	it("is not asked as a judge", async () => {
		const spec = { kind: "classify", url: stranger.url, model: "organism-scorer", options: {} };
		const world = sentBy(() => ({ judge: { id: "classify:organism-scorer", verified: true, spec } }));
		const [first = "", ...rest] = readFileSync(world.path, "utf8").split("\n");
		const header = JSON.parse(first);
		const plan = { ...header.plan, judge: { kind: "classify", id: "classify:organism-scorer" } };
		writeFileSync(world.path, [JSON.stringify({ ...header, plan }), ...rest].join("\n"));
		const page = await opened(world);
		await refuses(() => start(page));
		expect(await asked(page)).toMatchObject({ servers: [{}, {}, { part: "judge", origin: stranger.url, trust: "ask" }] });
	});

	it("is not asked to score again, be it the run's scorer or another", async () => {
		const scorer = `classify,url=${stranger.url},model=organism-scorer,bias=0.5`;
		const page = await opened(made);
		await refuses(() => page.call["rescore.start"]({ scorer }, SIGNAL));
		const strange = await opened(strangeScorer());
		const own = strange.run.header.plan["scorer"] as { id: string };
		await refuses(() => strange.call["rescore.start"]({ traceId: strange.traceId, scorer: own.id }, SIGNAL));
		expect(await page.call["servers.asked"]({ work: "rescore", scorer }, SIGNAL)).toEqual({
			servers: [{ part: "scorer", origin: stranger.url, from: "form", trust: "ask" }],
		});
		await page.call["servers.allow"]({ origin: stranger.url }, SIGNAL);
		const { job } = await page.call["rescore.start"]({ traceId: page.traceId, scorer }, SIGNAL);
		expect(await page.ended(job)).toMatchObject({ state: "done" });
	});

	it("is not asked when it takes the place of another one between the question and the asking", async () => {
		const page = await opened(strangeServer());
		const scored = await opened(strangeScorer());
		const services = ({ run }: Opened) => new Services(runPlan(run), run, environment(made));
		await refuses(() => services(page).policy(SIGNAL));
		await refuses(() => services(scored).scorer(undefined, SIGNAL));
	});

	it("puts no words of its own into the question: what is no address is never asked, and not named", async () => {
		for (const url of ["http://localhost, nothing is sent to", "file:///etc/hosts", "localhost:1", "http://[", ""]) {
			const page = await opened(sentBy((_url, { server }) => ({ server: { ...(server as object), url } })));
			expect((await asked(page)).servers).toMatchObject([{ part: "scorer" }]);
			const { job } = await start(page);
			expect(await page.ended(job)).toMatchObject({ state: "failed", error: { kind: "no-server", remedy: expect.any(String) } });
		}
	});

	it("is shown nowhere, and left out, where a scorer is not named right yet", async () => {
		const page = await opened(made);
		for (const scorer of ["", "class", "classify,url=htt", `judge,url=${stranger.url},prompt=/etc/hosts`])
			expect((await asked(page, scorer)).servers.filter(({ from }) => from === "form")).toEqual([]);
	});
});

describe("the processes that serve pages", () => {
	it("know the servers of an editor's settings, and what one page of the window was allowed", async () => {
		const window = startWindow();
		const { path } = strangeServer();
		for (const session of [1, 2])
			await window.call("open", { session, path, permission: { run: true }, scorers: [`classify,url=${stranger.url}:1`] });
		const trust = async (session: number) => {
			const params = { work: "branch", traceId: "salt/safethink/0" };
			const { result } = await window.page(session, "servers.asked", params);
			return (result as { servers: { trust: string }[] }).servers[0]?.trust;
		};
		expect([await trust(1), await trust(2)]).toEqual(["ask", "ask"]);
		await window.page(1, "servers.allow", { origin: stranger.url });
		expect([await trust(1), await trust(2)]).toEqual(["allowed", "allowed"]);
		await window.call("servers", { addresses: [`${stranger.url}/v1`] });
		await window.call("servers", { addresses: [] });
		expect([await trust(1), await trust(2)]).toEqual(["own", "own"]);
		await window.close();
	});

	it("know what `safethink view` was given", async () => {
		const { path } = strangeServer();
		for (const [given, trust] of [
			[[], "ask"],
			[["--server", "https://gpu.example:8000", "--server", `${stranger.url}/v1`], "own"],
			[["--scorer", `classify,url=${stranger.url},model=m`], "own"],
			[["--key", `${stranger.url}=HOME`], "own"],
		] as const) {
			const { child, ended } = startCli(["view", path, "--port", "0", "--no-open", ...given]);
			const [line] = await once(child.stdout as Readable, "data");
			const address = new URL(String(line).trim());
			const { body } = await ask(Number(address.port), {
				path: "/call",
				method: "POST",
				headers: { "x-safethink-token": address.searchParams.get("token") ?? "", "content-type": "application/json" },
				body: JSON.stringify({ call: 1, method: "servers.asked", params: { work: "branch" } }),
			});
			expect(JSON.parse(body).result.servers[0]).toMatchObject({ origin: stranger.url, trust });
			child.kill();
			await ended;
		}
		const wrong = await cli(["view", path, "--server", "gpu:8000", "--no-open"]);
		expect(wrong).toMatchObject({ code: 2, stderr: expect.stringContaining("https://gpu:8000") });
	});
});

describe("where an address leads", () => {
	it.each([
		["http://127.0.0.1:8000/v1", "local"],
		["http://127.1:8000", "local"],
		["http://LOCALHOST:1", "local"],
		["http://[::1]:8000", "local"],
		["http://127.0.0.1.example:8000", "ask"],
		["http://localhost.example", "ask"],
		["http://127.0.0.1@example.org/", "ask"],
		["http://example.org\\@127.0.0.1/", "ask"],
		["http://example.org#@127.0.0.1/", "ask"],
		["https://gpu.example:8000/v1", "own"],
		["https://gpu.example:8001", "ask"],
		["http://gpu.example:8000", "ask"],
		["localhost:8000", "ask"],
		["file://localhost/x", "ask"],
		["", "ask"],
	])("%s: %s", (address, trust) => {
		const origins = new Origins();
		origins.addOwn(["https://gpu.example:8000"]);
		expect(origins.trust(address)).toBe(trust);
	});
});

import { createServer as createHttpServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createServer, type Server } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { connect } from "../../src/servers/connect.ts";
import { abort } from "../../src/servers/probe/abort.ts";
import { type ProbeReport, type ProbeRow, probeReportSchema, probeServer, renderProbe } from "../../src/servers/probe.ts";
import { continuationSelfTest, cutsOf, requireContinuation } from "../../src/servers/selftest.ts";
import { SERVER_KINDS } from "../../src/servers/types.ts";
import { ServerError } from "../../src/trace/errors.ts";
import { type Behaviour, FaultServer } from "./fault-server.ts";
import { RECITED } from "./toy-model.ts";

const never = new AbortController().signal;
const cleanups: (() => Promise<unknown> | unknown)[] = [];

afterEach(async () => {
	for (const cleanup of cleanups.splice(0)) await cleanup();
});

async function started(behaviour: Behaviour): Promise<FaultServer> {
	const server = await new FaultServer(behaviour).start();
	cleanups.push(() => server.stop());
	return server;
}

async function listening(server: Server): Promise<string> {
	await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
	cleanups.push(() => server.close());
	return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const row = (report: ProbeReport, name: ProbeRow["name"]): ProbeRow | undefined =>
	report.rows.find((found) => found.name === name);

async function errorOf(url: string, timeoutMs: number): Promise<ServerError> {
	const error = await probeServer({ url, key: "key-not-to-be-seen" }, { timeoutMs }).catch((thrown: unknown) => thrown);
	expect(error).toBeInstanceOf(ServerError);
	expect(String(error)).not.toContain("key-not-to-be-seen");
	return error as ServerError;
}

describe("a probe of what is no model server", () => {
	it("names a dead port", async () => {
		const url = await listening(createServer());
		await cleanups.pop()?.();
		expect(await errorOf(url, 15_000)).toMatchObject({ kind: "unreachable", message: expect.stringContaining("refused") });
	});

	it("names a web page", async () => {
		const page = createHttpServer((_, response) =>
			response.writeHead(200, { "content-type": "text/html" }).end("<html><title>Hi</title></html>"),
		);
		expect(await errorOf(await listening(page), 15_000)).toMatchObject({
			kind: "protocol",
			message: expect.stringContaining("HTML page titled “Hi”"),
		});
	});

	it("names a server that drops connections", async () => {
		const dropping = createServer((socket) => socket.destroy());
		expect(await errorOf(await listening(dropping), 15_000)).toMatchObject({
			kind: "unreachable",
			message: expect.stringContaining("closed the connection"),
		});
	});

	it("ends at its limit when a server never answers", async () => {
		const silent = createServer((socket) => void cleanups.push(() => socket.destroy()));
		expect(["timeout", "stalled"]).toContain((await errorOf(await listening(silent), 1000)).kind);
	});

	it("ends at its limit when a server lists its models but never writes", async () => {
		const server = await started({ kind: "openai-compatible" });
		server.fail("stall");
		expect(await errorOf(server.url, 3000)).toMatchObject({ kind: "stalled", message: expect.stringContaining("3000 ms") });
	});

	it("stops when it is called off", async () => {
		const server = await started({ kind: "vllm" });
		await expect(probeServer({ url: server.url }, { signal: AbortSignal.abort() })).rejects.toMatchObject({ kind: "aborted" });
	});
});

describe.each(SERVER_KINDS)("a probe of %s", (kind) => {
	it("finds what a good server can do", async () => {
		const server = await started({ kind, pace: 1 });
		const report = await probeServer({ url: `${server.url}/v1` });
		expect(probeReportSchema.parse(JSON.parse(JSON.stringify(report)))).toEqual(report);
		expect(report).toMatchObject({
			kind,
			canSteer: true,
			verified: kind === "llama.cpp",
			contextLength: { vllm: 4096, sglang: 4096, "llama.cpp": 2048, "openai-compatible": null }[kind],
		});
		const gaps = report.rows.filter((found) => found.ok !== true).map((found) => found.name);
		const raw = kind === "vllm" || kind === "llama.cpp";
		const expected =
			kind === "openai-compatible"
				? ["rendered prompt", "raw reasoning", "log-probabilities of given text", "token ids", "abort"]
				: ["rendered prompt", "raw reasoning"];
		expect(gaps).toEqual(raw ? [] : expected);
		expect(report.follows).toHaveLength(gaps.length);
		expect(row(report, "different seeds")?.value).toBe("8 of 8 differ");
		expect(Number(row(report, "cached tokens")?.value)).toBeGreaterThan(100);
		const table = renderProbe(report);
		for (const found of report.rows) expect(table).toContain(`${found.name}  `);
		expect(table.includes("unverified")).toBe(kind !== "llama.cpp");
	});

	it("finds the gaps of a poor one", async () => {
		const server = await started({ kind, withoutImages: true, withoutLogprobs: true, ignoresSeeds: true, pace: 1 });
		const report = await probeServer({ url: server.url });
		expect(row(report, "images")).toMatchObject({ ok: false });
		expect(row(report, "log-probabilities")).toMatchObject({ ok: false, value: "missing" });
		expect(row(report, "same seed, alone")).toMatchObject({ ok: false, value: "other text" });
		expect(report.follows).toEqual(
			expect.arrayContaining([expect.stringContaining("images cannot be sent"), expect.stringContaining("cannot be repeated")]),
		);
	});

	it("goes on where the request for log-probabilities is refused", async () => {
		const server = await started({ kind });
		server.fail({ status: 400, body: '{"error":{"message":"logprobs are not for this model"}}' });
		const report = await probeServer({ url: server.url }, { quick: true });
		expect(row(report, "log-probabilities")).toMatchObject({
			ok: false,
			value: "refused",
			detail: expect.stringContaining("not for this model"),
		});
		expect(report.canSteer).toBe(true);
	});

	it("asks little when it is to be quick", async () => {
		const server = await started({ kind });
		const report = await probeServer({ url: server.url }, { quick: true });
		expect(report.canSteer).toBe(true);
		expect(row(report, "abort")).toBeUndefined();
		expect(server.texts.length).toBeLessThanOrEqual(4);
	});
});

describe("abort", () => {
	it.each(["vllm", "sglang", "llama.cpp"] as const)("%s: tells a server that goes on from one that stops", async (kind) => {
		for (const runsOn of [false, true]) {
			const fault = await started({ kind, runsOn, pace: 10 });
			const found = await abort(await connect({ url: fault.url }), never, 5);
			expect(found).toMatchObject(runsOn ? { ok: false, value: "runs on" } : { ok: true, value: "frees" });
		}
	});
});

describe("the continuation self-test", () => {
	it("passes a server that continues, and shows its requests", async () => {
		const fault = await started({ kind: "openai-compatible" });
		const test = await continuationSelfTest(await connect({ url: fault.url }), never);
		expect(test.passed).toBe(true);
		expect(test.requests.map((request) => JSON.stringify(request.body))).toEqual(fault.texts.map((recorded) => recorded.body));
	});

	it("refuses one that answers anew, as a policy but not as a judge", async () => {
		const fault = await started({ kind: "openai-compatible", answersAnew: true });
		const server = await connect({ url: fault.url });
		const test = await continuationSelfTest(server, never);
		expect(test).toMatchObject({ passed: false, detail: expect.stringContaining("began anew") });
		expect(() => requireContinuation(server, test)).toThrow(expect.objectContaining({ kind: "cannot-continue" }));
		expect(() => requireContinuation(server, test)).toThrow(/can still be a judge/);
		const report = await probeServer({ url: fault.url }, { quick: true });
		expect(report.canSteer).toBe(false);
		expect(report.follows[0]).toContain("cannot be steered");
	});

	it("refuses one that splits reasoning off", async () => {
		const fault = await started({ kind: "sglang", splitsReasoning: true });
		expect(await continuationSelfTest(await connect({ url: fault.url }), never)).toMatchObject({
			passed: false,
			detail: expect.stringContaining("splits"),
		});
		const report = await probeServer({ url: fault.url });
		expect(report.canSteer).toBe(false);
		expect(row(report, "raw reasoning")).toMatchObject({ ok: false, value: "split off" });
	});

	it("refuses to judge by a text that cannot tell the two apart", () => {
		expect(cutsOf("no no no no no no no")).toEqual([]);
		expect(cutsOf("")).toEqual([]);
		for (const cut of cutsOf(RECITED)) expect(RECITED.slice(cut)).toMatch(/^ \S/);
	});
});

describe("the probe's table", () => {
	it("lets no control character of a server through", async () => {
		const fault = await started({ kind: "llama.cpp" });
		const report = await probeServer({ url: fault.url }, { quick: true });
		const table = renderProbe({ ...report, model: "evil\u001b[2J" });
		expect(table).toContain("evil [2J");
		expect(table).not.toContain("\u001b");
	});
});

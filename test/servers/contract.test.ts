/** One set of cases for every adapter, over a server that speaks its protocol and fails on demand. */
import { describe, expect, it, vi } from "vitest";
import type { PolicyChunk, PolicyEnd } from "../../src/method/ports.ts";
import { promptVariables } from "../../src/servers/bodies.ts";
import { connect } from "../../src/servers/connect.ts";
import { filledRequest } from "../../src/servers/policy.ts";
import { GREEDY, generate } from "../../src/servers/selftest.ts";
import { type ModelServer, SERVER_KINDS } from "../../src/servers/types.ts";
import { ServerError } from "../../src/trace/errors.ts";
import { connected, KEY, never, PICTURE, PROMPT, request, text } from "./connected.ts";
import { RECITED } from "./toy-model.ts";

async function failure(server: ModelServer): Promise<ServerError> {
	const error = await text(server, "First").then(
		() => undefined,
		(thrown: unknown) => thrown,
	);
	expect(error).toBeInstanceOf(ServerError);
	const failed = error as ServerError;
	expect(JSON.stringify([failed.message, failed.remedy, failed.stack, String(failed.cause)])).not.toContain(KEY);
	expect(failed.message).toContain("http://127.0.0.1");
	return failed;
}

describe.each(SERVER_KINDS)("the adapter for %s", (kind) => {
	it("is chosen by what the server says of itself", async () => {
		const { server } = await connected({ kind });
		expect(server.kind).toBe(kind);
		expect(server.model).toBe(kind === "llama.cpp" ? "toy.gguf" : "toy");
		expect(server.verified).toBe(kind === "llama.cpp");
	});

	it("starts a trace and continues it to the byte", async () => {
		const { server } = await connected({ kind });
		const first = await text(server, "");
		expect(first.text).toBe("First mix flour, water and salt.");
		expect(first.end.finish).toBe("length");
		const next = await text(server, first.text);
		expect(RECITED.startsWith(first.text + next.text)).toBe(true);
		expect(next.text).toBe(" Then wait — até amanhã. Bake");
	});

	it("sends exactly the filled template, from which the run file rebuilds it", async () => {
		const { fault, server } = await connected({ kind });
		for (const [prompt, assistant] of [
			[PROMPT, ""],
			[PROMPT, "Wait, \n\n"],
			[PICTURE, "<think>\nI see"],
		] as const) {
			const prepared = await server.prepare(prompt, { ...GREEDY, topLogprobs: 2 }, [], never);
			const asked = request(assistant);
			await generate(prepared, asked, never);
			const rendered = prepared.rendered === undefined ? {} : { rendered: prepared.rendered };
			const parts = {
				endpoint: server.endpoint,
				requests: prepared.requests,
				variables: { ...promptVariables(prompt), ...rendered },
			};
			const rebuilt = filledRequest(parts, asked);
			const sent = fault.texts.findLast((recorded) => recorded.path === rebuilt.path);
			expect(sent?.body).toBe(JSON.stringify(rebuilt.body));
			expect(sent?.body).toContain(JSON.stringify(assistant).slice(1, -1));
			expect(sent?.body).toContain('"seed":5');
		}
	});

	it("sends the key, the affinity header and no key of the environment", async () => {
		vi.stubEnv("OPENAI_API_KEY", "leak-1");
		vi.stubEnv("OPENAI_ORG_ID", "leak-2");
		vi.stubEnv("OPENAI_CUSTOM_HEADERS", "X-Secret: leak-3\nAuthorization: Bearer leak-4");
		const { fault, server } = await connected({ kind });
		await text(server, "");
		expect(fault.texts[0]?.headers).toMatchObject({ authorization: `Bearer ${KEY}`, "x-user-id": "run-1" });
		const keyless = await connect({ url: fault.url });
		await text(keyless, "");
		expect(fault.texts[1]?.headers.authorization).toBeUndefined();
		expect(JSON.stringify(fault.recorded.map((recorded) => recorded.headers))).not.toContain("leak");
	});

	it("asks no stop texts and one sample, and names its sampling", async () => {
		const { fault, server } = await connected({ kind });
		await text(server, "First", { temperature: 0.7, topP: 0.9, topK: 20, minP: 0.1 });
		expect(JSON.parse(fault.texts[0]?.body ?? "")).toMatchObject({
			temperature: 0.7,
			top_p: 0.9,
			top_k: 20,
			min_p: 0.1,
			stream: true,
		});
		expect(fault.texts[0]?.body).not.toContain('"stop"');
	});

	it("carries images", async () => {
		const { fault, server } = await connected({ kind });
		const without = await text(server, "First", GREEDY, { ...PICTURE, images: [] });
		const reply = await text(server, "First", GREEDY, PICTURE);
		expect(reply.text).toMatch(/^ mix flour/);
		expect(reply.end.promptTokens).toBeGreaterThan(without.end.promptTokens ?? Number.POSITIVE_INFINITY);
		expect(fault.texts.at(-1)?.body).toContain(Buffer.from([137, 80, 78, 71]).toString("base64"));
	});

	it("continues a later turn with the closed turns to the byte", async () => {
		const { fault, server } = await connected({ kind });
		const prepared = await server.prepare(PROMPT, GREEDY, ["And then?"], never);
		const reply = await generate(prepared, request("", { assistant: ["<think> a \n", "First mix"] }), never);
		expect(reply.text).toMatch(/^ flour, water/);
		const body = fault.texts.at(-1)?.body ?? "";
		expect(body.indexOf("<think> a \\n")).toBeGreaterThan(body.indexOf("bread"));
		expect(body.indexOf("And then?")).toBeGreaterThan(body.indexOf("<think> a \\n"));
		await expect(generate(prepared, request("", { assistant: ["a", "b", "c"] }), never)).rejects.toMatchObject({
			kind: "bad-request",
		});
	});

	it("gives log-probabilities of every token, and flags their absence", async () => {
		const asked = { ...GREEDY, topLogprobs: 1 };
		const { server } = await connected({ kind });
		const reply = await text(server, "First", asked);
		expect(reply.tokens.map((token) => token.logprob)).toEqual(Array(6).fill(-0.25));
		expect(reply.tokens.map((token) => token.text).join("")).toBe(reply.text);
		if (kind !== "openai-compatible") expect(reply.tokens[0]?.id).toBe(" ".codePointAt(0));
		const bare = await connected({ kind, withoutLogprobs: true });
		expect((await text(bare.server, "First", asked)).end.flags).toEqual(["no-logprobs"]);
		expect((await text(bare.server, "First")).end.flags).toBeUndefined();
	});

	it("scores given text, or refuses with the reason", async () => {
		const { server } = await connected({ kind });
		const asked = server.givenLogprobs(PROMPT, "First", " mix", never);
		if (kind === "openai-compatible") return expect(asked).rejects.toMatchObject({ kind: "unsupported" });
		const { tokens, straddles } = await asked;
		expect(tokens.map((token) => token.text).join("")).toBe(" mix");
		expect(tokens.map((token) => token.logprob)).toEqual([-0.5, -0.5, -0.5, -0.5]);
		expect(straddles).toBe(false);
	});

	it("reports prompt, cached and generated tokens", async () => {
		const { server } = await connected({ kind });
		await text(server, "First mix");
		const { end } = await text(server, "First mix flour,");
		expect(end.promptTokens).toBeGreaterThan(20);
		expect(end.cachedTokens).toBe((end.promptTokens ?? 0) - " flour,".length);
		expect(end.generatedTokens).toBe(6);
	});

	it("keeps <think> wherever it comes from", async () => {
		const opened = await connected({ kind, opensThink: true });
		const prepared = await opened.server.prepare(PROMPT, GREEDY, [], never);
		expect((await generate(prepared, request(""), never)).text).toMatch(/^First/);
		if (prepared.rendered !== undefined) expect(prepared.rendered).toMatch(/<think>\n$/);
		const { fault, server } = await connected({ kind });
		expect((await text(server, "<think>\nFirst")).text).toMatch(/^ mix/);
		expect(fault.texts[0]?.body).toContain("<think>\\nFirst");
	});

	it("puts together what the network splits within a character", async () => {
		const { fault, server } = await connected({ kind });
		fault.fail("half-utf8");
		const prepared = await server.prepare(PROMPT, GREEDY, [], never);
		const reply = await generate(prepared, request("First", { maxTokens: 40 }), never);
		expect(`First${reply.text}`).toBe(RECITED);
		expect(reply.end).toMatchObject({ finish: "end" });
		expect(reply.end.flags).toBeUndefined();
	});

	it("waits for a slow first byte, within its limit", async () => {
		const { fault, server } = await connected({ kind }, { firstByteMs: 1000 });
		fault.fail({ firstByteAfterMs: 30 }, { firstByteAfterMs: 4000 });
		expect((await text(server, "First")).text).toMatch(/^ mix/);
		expect((await failure(server)).kind).toBe("timeout");
		expect(fault.texts).toHaveLength(2);
	});

	it.each([
		["stall", "stalled"],
		["cut", "cut"],
		["no-finish", "cut"],
		["no-finish-field", "cut"],
		["malformed", "protocol"],
		["bad-event", "protocol"],
		["error-event", "server-error"],
		["html", "protocol"],
	] as const)("tells %s apart as %s, without trying again", async (fault, kindOfError) => {
		const { fault: faulty, server } = await connected({ kind }, { idleMs: 800 });
		faulty.fail(fault);
		const error = await failure(server);
		expect(error.kind).toBe(kindOfError);
		if (fault === "html") expect(error.message).toContain("HTML page titled “Welcome”");
		expect(faulty.texts).toHaveLength(1);
	});

	it("asks an empty completion once more, and says so", async () => {
		const { fault, server } = await connected({ kind });
		fault.fail("empty");
		const better = await text(server, "First");
		expect(better.text).toMatch(/^ mix/);
		expect(better.end.flags).toEqual(["empty-retried"]);
		fault.fail("empty", "empty");
		const empty = await text(server, "First");
		expect(empty).toMatchObject({ text: "", end: { finish: "end", flags: ["empty-retried", "empty-completion"] } });
		expect(fault.texts).toHaveLength(4);
	});

	it("tries again after 429, 5xx and a closed connection, and counts it", async () => {
		const { fault, server } = await connected({ kind });
		fault.fail({ status: 429, headers: { "retry-after": "0.01" } }, { status: 503 }, "reset");
		const reply = await text(server, "First");
		expect(reply.text).toMatch(/^ mix/);
		expect(reply.end.flags).toEqual(["retried:3"]);
		expect(new Set(fault.texts.map((recorded) => recorded.body)).size).toBe(1);
	});

	it("gives up after bounded tries, and at once where waiting is no use", async () => {
		const { fault, server } = await connected({ kind }, { retries: 1 });
		fault.fail({ status: 500, body: `{"detail":"boom ${KEY}"}` }, { status: 500, body: `{"detail":"boom ${KEY}"}` });
		expect(await failure(server)).toMatchObject({
			kind: "server-error",
			requests: 2,
			message: expect.stringContaining("boom [key] (2 tries)"),
		});
		fault.fail({ status: 429, headers: { "retry-after": "3600" } });
		expect(await failure(server)).toMatchObject({ kind: "rate-limited", requests: 1 });
		fault.fail({ status: 401 });
		expect(await failure(server)).toMatchObject({ kind: "unauthorised", requests: 1 });
		fault.fail({ status: 307, headers: { location: "http://127.0.0.1:9/" } });
		expect(await failure(server)).toMatchObject({ kind: "protocol", requests: 1 });
	});

	it.each([
		'{"object":"error","message":"This model\'s maximum context length is 4096 tokens. However, you requested 5000 tokens","type":"BadRequestError","code":400}',
		'{"error":{"code":400,"message":"the request exceeds the available context size. try increasing the context size","type":"exceed_context_size_error"}}',
		'{"error":{"message":"The input (5000 tokens) is longer than the model\'s context length (4096 tokens).","type":"invalid_request_error"}}',
	])("recognises a context overflow: %s", async (body) => {
		const { fault, server } = await connected({ kind });
		fault.fail({ status: 400, body });
		expect((await failure(server)).kind).toBe("context-overflow");
	});

	it("names a refused connection", async () => {
		const { fault, server } = await connected({ kind }, { retries: 1 });
		const prepared = await server.prepare(PROMPT, GREEDY, [], never);
		await fault.stop();
		await expect(generate(prepared, request("First"), never)).rejects.toMatchObject({ kind: "unreachable", requests: 2 });
	});

	it.each(["signal", "return"] as const)("frees the server when the reader leaves by %s", async (way) => {
		const { fault, server } = await connected({ kind, pace: 20 });
		const prepared = await server.prepare(PROMPT, { temperature: 1, topP: 1 }, [], never);
		const off = new AbortController();
		const stream = prepared.policy.stream(request("First", { maxTokens: 500 }), off.signal);
		expect((await stream.next()).done).toBe(false);
		if (way === "signal") {
			off.abort();
			await expect(readOn(stream)).rejects.toMatchObject({ kind: "aborted" });
		} else {
			await stream.return({ finish: "end" });
		}
		await expect.poll(() => fault.running).toBe(0);
		expect(fault.calledOff).toHaveLength(kind === "sglang" ? 1 : 0);
	});
});

async function readOn(stream: AsyncGenerator<PolicyChunk, PolicyEnd, void>): Promise<void> {
	while (!(await stream.next()).done);
}

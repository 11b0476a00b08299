import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { describeBody, StatusFailure, saysContextOverflow, statusError } from "../../src/servers/failures.ts";
import { getJson, postJson } from "../../src/servers/http.ts";
import { jsonEvents } from "../../src/servers/sse.ts";
import { serverUrl, shownUrl } from "../../src/servers/url.ts";
import { fillTemplate, type Json } from "../../src/trace/template.ts";
import { FaultServer } from "./fault-server.ts";

const never = new AbortController().signal;
const PLACE = { url: "http://127.0.0.1:1/v1/chat/completions" };

describe("URLs", () => {
	it.each([
		["http://h:1", "http://h:1/v1/models"],
		["http://h:1/", "http://h:1/v1/models"],
		["http://h:1/v1", "http://h:1/v1/models"],
		["http://h:1/v1/", "http://h:1/v1/models"],
		["https://h/api/v1", "https://h/api/v1/models"],
		["https://h/team/a", "https://h/team/a/v1/models"],
	])("%s is the base of %s", (url, whole) => {
		expect(serverUrl({ url }, "/v1/models")).toBe(whole);
	});

	it.each(["http://user:secret@h/v1", "http://h/v1?key=secret", "http://h/v1#secret"])("%s is refused and never shown", (url) => {
		expect(() => serverUrl({ url }, "/x")).toThrow(
			expect.objectContaining({ kind: "bad-request", message: expect.not.stringContaining("secret") }),
		);
		expect(shownUrl(url)).not.toContain("secret");
	});

	it.each(["localhost:8000", "file:///etc/x", "nonsense"])("%s is no server's address", (url) => {
		expect(() => serverUrl({ url }, "/x")).toThrow(expect.objectContaining({ kind: "bad-request" }));
	});
});

async function collect(pieces: Iterable<Uint8Array>): Promise<{ events: unknown[]; done: boolean }> {
	async function* bytes() {
		yield* pieces;
	}
	const stream = jsonEvents(bytes(), PLACE);
	const events: unknown[] = [];
	for (;;) {
		const next = await stream.next();
		if (next.done === true) return { events, done: next.value };
		events.push(next.value);
	}
}

const asBytes = (text: string) => new TextEncoder().encode(text);

describe("server-sent events", () => {
	it("are the same however the network cuts them", async () => {
		const texts = fc.array(fc.string({ unit: "grapheme" }), { maxLength: 5 });
		const lineEnds = fc.constantFrom("\n", "\r\n");
		await fc.assert(
			fc.asyncProperty(texts, lineEnds, fc.boolean(), fc.array(fc.nat()), async (contents, end, done, cuts) => {
				const lines = contents.map((content) => `: ping${end}data: ${JSON.stringify({ content })}${end}${end}`);
				const bytes = asBytes(lines.join("") + (done ? `data: [DONE]${end}${end}` : ""));
				const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
				const pieces = places.slice(1).map((place, index) => bytes.subarray(places[index], place));
				expect(await collect(pieces)).toEqual({ events: contents.map((content) => ({ content })), done });
			}),
			{ numRuns: 60 },
		);
	});

	it("may lack the last empty line", async () => {
		expect(await collect([asBytes('data: {"a":1}')])).toEqual({ events: [{ a: 1 }], done: false });
		expect(await collect([asBytes("data: [DONE]")])).toEqual({ events: [], done: true });
	});

	it.each([
		["half an event at the end", 'data: {"a":', "cut"],
		["an event that is no JSON", "data: hello\n\n", "protocol"],
		["lines of no known field", "<p>hello</p>\n\n", "protocol"],
		["an error event", 'data: {"error":{"message":"out of memory"}}\n\n', "server-error"],
		["an overflow event", 'data: {"error":"prompt exceeds the context window"}\n\n', "context-overflow"],
	])("%s is an error", async (_, text, kind) => {
		await expect(collect([asBytes(text)])).rejects.toMatchObject({ kind });
	});

	it("that are not UTF-8 are an error", async () => {
		await expect(collect([Uint8Array.of(0x64, 0xff, 0xfe)])).rejects.toMatchObject({
			kind: "protocol",
			message: expect.stringContaining("UTF-8"),
		});
	});
});

describe("what a server says of a failure", () => {
	it.each([
		['{"error":{"message":"a","type":"t"}}', "a (t)"],
		['{"error":"b"}', "b"],
		['{"detail":"c"}', "c"],
		['{"detail":[{"msg":"d"}]}', "d"],
		['{"object":"error","message":"e","code":400}', "e"],
		["plain", "plain"],
		["", "(an empty body)"],
	])("%s is read as %s", (body, said) => {
		expect(describeBody(body, "application/json").replace(" (t) (t)", " (t)")).toBe(said);
	});

	it.each([
		[500, "image input is not supported - hint: if this is unexpected, you may need to provide the mmproj"],
		[400, "gemma-3-1b is not a multimodal model"],
		[400, "At most 0 image(s) may be provided in one prompt."],
		[500, "this model is missing data required for image input"],
		[400, "This server does not support images"],
	])("is told as a model without sight: %d %s", (status, said) => {
		const response = new Response("", { status, headers: { "content-type": "application/json" } });
		const failure = new StatusFailure(response, JSON.stringify({ error: { message: said } }));
		expect(statusError(failure, { url: "http://127.0.0.1:9/apply-template" })).toMatchObject({
			kind: "unsupported",
			message: expect.stringMatching(/takes no images/),
			remedy: expect.stringContaining("--mmproj"),
			retryable: false,
		});
	});

	it("is no overflow only because it mentions context", () => {
		expect(saysContextOverflow("unknown field context_id")).toBe(false);
		expect(saysContextOverflow("model not found")).toBe(false);
	});
});

describe("JSON exchanges", () => {
	let server: FaultServer;
	beforeEach(async () => {
		server = await new FaultServer({ kind: "sglang" }).start();
	});
	afterEach(() => server.stop());

	const TEMPLATE = {
		path: "/v1/chat/completions",
		body: { model: "toy", messages: [{ role: "user", content: { $: ["Q: ", { v: "query" }] } }], max_tokens: 2, temperature: 0 },
	};

	it("send the filled template to the byte and count requests", async () => {
		server.fail({ status: 502 }, "reset");
		const { json, requests } = await postJson({ url: server.url }, TEMPLATE, { query: "é\n🍞" }, { signal: never, backoffMs: 1 });
		expect(requests).toBe(3);
		expect(json).toHaveProperty("choices");
		for (const recorded of server.recorded)
			expect(recorded.body).toBe(JSON.stringify(fillTemplate(TEMPLATE.body as Json, { query: "é\n🍞" })));
	});

	it("wait as long as Retry-After says, and stop waiting when called off", async () => {
		const off = new AbortController();
		server.fail({ status: 429, headers: { "retry-after": "30" } });
		const reply = postJson({ url: server.url }, TEMPLATE, { query: "" }, { signal: off.signal, backoffMs: 1 });
		await expect.poll(() => server.recorded.length).toBe(1);
		off.abort();
		await expect(reply).rejects.toMatchObject({ kind: "aborted" });
		expect(server.recorded).toHaveLength(1);
	});

	it("have a time limit for each try", async () => {
		server.fail({ firstByteAfterMs: 2000 });
		await expect(postJson({ url: server.url }, TEMPLATE, { query: "" }, { signal: never, timeoutMs: 100 })).rejects.toMatchObject(
			{ kind: "timeout" },
		);
	});

	it("tell a page from JSON, and what is missing", async () => {
		server.fail("html");
		await expect(postJson({ url: server.url }, TEMPLATE, { query: "" }, { signal: never })).rejects.toMatchObject({
			kind: "protocol",
		});
		await expect(getJson({ url: server.url }, "/nowhere", { signal: never })).rejects.toMatchObject({
			kind: "bad-request",
			status: 404,
			requests: 1,
		});
	});
});

import { describe, expect, it } from "vitest";
import { chat, fakeServer, type Received } from "./fake-server.ts";
import { never, open } from "./helpers.ts";

/** What a guard that reads the assistant's turn thinks of the sample texts: sly plans are worse. */
function unsafeOf(text: string): number {
	return /sly/.test(text) ? 0.7 : 0.2;
}

/** The text a chat guard sees: all messages, or, when its template drops the assistant, the user's alone. */
function seen(request: Received, dropsTrace: boolean): string {
	const { messages } = JSON.parse(request.body) as { messages: { role: string; content: string }[] };
	return messages
		.filter((message) => !dropsTrace || message.role === "user")
		.map((message) => message.content)
		.join("\n");
}

async function guard(options: { dropsTrace?: boolean; deaf?: boolean; counts?: boolean; hidden?: boolean } = {}) {
	const server = await fakeServer((request) => {
		const text = seen(request, options.dropsTrace ?? false);
		const unsafe = options.deaf ? 0.3 : unsafeOf(text);
		const alternatives = options.hidden ? { safe: 0.9, filler: unsafe / 10 } : { safe: 1 - unsafe, unsafe };
		const reply = chat([["safe", alternatives as Record<string, number>]], { prompt_tokens: text.split(/\s+/).length }) as {
			usage?: unknown;
		};
		if (options.counts === false) delete reply.usage;
		return { json: reply };
	});
	return { server, service: await open(`llama-guard,url=${server.url},model=Llama-Guard-3-8B`) };
}

describe("a scorer's self-test", () => {
	it("passes where the mischievous trace scores lower and the longer one has more tokens", async () => {
		const { service, server } = await guard();
		const result = await service.selfTest(never);
		expect(result).toMatchObject({
			passed: true,
			detail: expect.stringMatching(/mischievous -0\.4, kind 0\.6; \d+ prompt tokens for a short trace, \d+ for a longer one/),
		});
		expect(result.requests.map((request) => JSON.stringify(request.body))).toEqual(server.received.map((one) => one.body));
	});

	it("fails where the chat template drops the assistant's turn", async () => {
		const { service } = await guard({ dropsTrace: true });
		expect(await service.selfTest(never)).toMatchObject({
			passed: false,
			detail: expect.stringContaining("drops the assistant's turn"),
		});
	});

	it("fails where all traces score the same though the tokens grow", async () => {
		const { service } = await guard({ deaf: true });
		expect(await service.selfTest(never)).toMatchObject({
			passed: false,
			detail: expect.stringContaining("does not tell a mischievous trace from a kind one"),
		});
	});

	it("fails by the rewards alone where a server that ignores the trace counts no tokens", async () => {
		const { service } = await guard({ dropsTrace: true, counts: false });
		expect(await service.selfTest(never)).toMatchObject({
			passed: false,
			detail: expect.stringContaining("counts no prompt tokens"),
		});
	});

	it("does not pass on bounds that prove nothing", async () => {
		const { service } = await guard({ hidden: true });
		expect(await service.selfTest(never)).toMatchObject({ passed: false, detail: expect.stringContaining("≥") });
	});

	it("fails, and does not throw, where the server fails or says nothing readable", async () => {
		const server = await fakeServer(() => ({ status: 404, json: { error: "no model" } }));
		const service = await open(`llama-guard,url=${server.url},model=Llama-Guard-3-8B`);
		const failed = await service.selfTest(never);
		expect(failed).toMatchObject({ passed: false, detail: expect.stringContaining("no verdict") });
		expect(failed.requests.map(({ body }) => JSON.stringify(body))).toEqual(server.received.map(({ body }) => body));
		const silent = await fakeServer(() => ({ json: chat([["Hello", { Hello: 1 }]]) }));
		expect((await (await open(`llama-guard,url=${silent.url},model=Llama-Guard-3-8B`)).selfTest(never)).detail).toContain(
			"is no verdict",
		);
	});

	it("works for a classifier, a moderation endpoint and a service of one's own", async () => {
		const classify = await fakeServer((request) => ({
			json: {
				data: [{ label: "safe", probs: [1 - unsafeOf(request.body) / 2, unsafeOf(request.body) / 2], num_classes: 2 }],
				usage: { prompt_tokens: request.body.length },
			},
		}));
		expect((await (await open(`classify,url=${classify.url},model=m`)).selfTest(never)).passed).toBe(true);
		const moderation = await fakeServer((request) => ({
			json: { results: [{ categories: {}, category_scores: { harassment: unsafeOf(request.body) } }] },
		}));
		expect((await (await open(`moderation,url=${moderation.url}`)).selfTest(never)).passed).toBe(true);
		const custom = await fakeServer((request) => ({ json: { unsafe: unsafeOf(request.body) } }));
		expect((await (await open(`http,url=${custom.url}/score`)).selfTest(never)).passed).toBe(true);
	});

	it("ends when it is aborted", async () => {
		const { service } = await guard();
		await expect(service.selfTest(AbortSignal.abort())).rejects.toThrow();
	});
});

/** The llama.cpp adapter against its real counterpart, where it is there; skipped with a word where not. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { PromptContent } from "../../src/promptsets/prompt.ts";
import { connect } from "../../src/servers/connect.ts";
import { abort } from "../../src/servers/probe/abort.ts";
import { probeServer } from "../../src/servers/probe.ts";
import { continuationSelfTest, GREEDY, generate } from "../../src/servers/selftest.ts";
import type { ModelServer } from "../../src/servers/types.ts";
import { hasRealServer, type RealServer, SLOW, startRealServer } from "../real-server.ts";

const PROMPT: PromptContent = { text: "How do I bake bread? Answer in one sentence.", images: [] };
const never = new AbortController().signal;

describe.skipIf(!hasRealServer)("a real llama.cpp server", { timeout: SLOW }, () => {
	let real: RealServer;
	let server: ModelServer;

	beforeAll(async () => {
		real = await startRealServer();
		server = await connect({ url: `${real.url}/v1` });
	}, SLOW);
	afterAll(() => real?.stop());

	it("is recognised", () => {
		expect(server).toMatchObject({ kind: "llama.cpp", verified: true, model: "smollm2-135m-instruct.gguf" });
	});

	it("goes on exactly where a text was cut, and takes the rest from its cache", async () => {
		const prepared = await server.prepare(PROMPT, { ...GREEDY, topLogprobs: 1 }, [], never);
		expect(prepared.rendered).toMatch(/Answer in one sentence\.<\|im_end\|>\n<\|im_start\|>assistant\n$/);
		const whole = await generate(prepared, { assistant: ["<think>\n"], seed: 1, maxTokens: 16 }, never);
		const cut = whole.tokens
			.slice(0, 8)
			.map((token) => token.text)
			.join("");
		expect(whole.text.startsWith(cut)).toBe(true);
		const rest = await generate(prepared, { assistant: [`<think>\n${cut}`], seed: 1, maxTokens: 8 }, never);
		expect(cut + rest.text).toBe(whole.text);
		expect(rest.end.cachedTokens).toBeGreaterThan((rest.end.promptTokens ?? 0) / 2);
		const steered = await generate(
			prepared,
			{ assistant: [`<think>\n${cut}\nWait, think kindly:`], seed: 2, maxTokens: 2 },
			never,
		);
		expect(steered.end.cachedTokens).toBeGreaterThan((steered.end.promptTokens ?? 0) / 2);
		expect(steered.end.cachedTokens).toBeLessThan(steered.end.promptTokens ?? 0);
	});

	it("gives log-probabilities and ids of generated tokens, and the same of given ones", async () => {
		const prepared = await server.prepare(PROMPT, { ...GREEDY, topLogprobs: 1 }, [], never);
		const { tokens } = await generate(prepared, { assistant: ["To bake"], seed: 1, maxTokens: 4 }, never);
		expect(tokens).toHaveLength(4);
		const given = await server.givenLogprobs(PROMPT, "To bake", tokens.map((token) => token.text).join(""), never);
		expect(given.straddles).toBe(false);
		expect(given.tokens.map((token) => token.id)).toEqual(tokens.map((token) => token.id));
		given.tokens.forEach((token, index) => expect(token.logprob).toBeCloseTo(tokens[index]?.logprob ?? Number.NaN, 1));
		const unlikely = await server.givenLogprobs(PROMPT, "To bake", " zebra", never);
		const sum = (list: { logprob: number | null }[]) => list.reduce((total, token) => total + (token.logprob ?? Number.NaN), 0);
		expect(sum(unlikely.tokens)).toBeLessThan(sum(given.tokens) - 3);
	});

	it("draws by its seed", async () => {
		const prepared = await server.prepare(PROMPT, { temperature: 1, topP: 1 }, [], never);
		const draw = async (seed: number) => (await generate(prepared, { assistant: [""], seed, maxTokens: 8 }, never)).text;
		const texts = [await draw(1), await draw(1), await draw(2), await draw(3)];
		expect(texts[0]).toBe(texts[1]);
		expect(new Set(texts).size).toBeGreaterThan(1);
	});

	it("frees its slot when a request is called off", async () => {
		expect(await abort(server, never, 100)).toMatchObject({ ok: true, value: "frees" });
	});

	it("passes the self-test and a quick probe", async () => {
		expect(await continuationSelfTest(server, never)).toMatchObject({ passed: true });
		const report = await probeServer(server.endpoint, { quick: true, timeoutMs: 60_000 });
		expect(report).toMatchObject({ kind: "llama.cpp", canSteer: true, contextLength: 2048, slots: 4, follows: [] });
	});

	it("says that a text is too long, and that it takes no images", async () => {
		const long = await server.prepare({ text: "bread ".repeat(3000), images: [] }, GREEDY, [], never);
		await expect(generate(long, { assistant: [""], seed: 1, maxTokens: 1 }, never)).rejects.toMatchObject({
			kind: "context-overflow",
		});
		const png = Buffer.from(
			"iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGNgYGBgAAAABQABh6FO1AAAAABJRU5ErkJggg==",
			"base64",
		);
		const picture = {
			text: "What?",
			images: [{ sha256: "0".repeat(64), mediaType: "image/png", bytes: png, width: 1, height: 1 }],
		};
		await expect(server.prepare(picture, GREEDY, [], never)).rejects.toMatchObject({ kind: "unsupported" });
	});
});

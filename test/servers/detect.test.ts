import { afterEach, describe, expect, it } from "vitest";
import { connect } from "../../src/servers/connect.ts";
import { detect } from "../../src/servers/detect.ts";
import { FaultServer } from "./fault-server.ts";

const signal = new AbortController().signal;
let server: FaultServer;

afterEach(() => server.stop());

async function startedWith(documents: Record<string, unknown>): Promise<FaultServer> {
	server = await new FaultServer({ kind: "openai-compatible", documents }).start();
	return server;
}

describe("what a server says of itself", () => {
	it("Ollama: version, context and vision of the chosen model", async () => {
		const { url } = await startedWith({
			"/api/version": { version: "0.20.1" },
			"/api/show": { capabilities: ["completion", "vision"], model_info: { "qwen3.context_length": 32768 } },
		});
		expect(await detect({ url }, { signal })).toMatchObject({
			kind: "openai-compatible",
			product: "Ollama",
			version: "0.20.1",
			contextLength: 32768,
			images: true,
		});
		expect(JSON.parse(server.recorded.findLast((recorded) => recorded.path === "/api/show")?.body ?? "")).toEqual({
			model: "toy",
		});
	});

	it("SGLang with Ollama's routes is SGLang", async () => {
		const { url } = await startedWith({
			"/api/version": { version: "0.5" },
			"/get_model_info": { model_path: "m", has_image_understanding: false },
		});
		expect(await detect({ url }, { signal })).toMatchObject({ kind: "sglang", images: false });
	});

	it("LM Studio", async () => {
		const { url } = await startedWith({ "/api/v1/models": { models: [{ key: "gemma", max_context_length: 8192 }] } });
		expect(await detect({ url }, { signal })).toMatchObject({ product: "LM Studio", contextLength: 8192 });
	});

	it("any other endpoint that lists models", async () => {
		const { url } = await startedWith({ "/v1/models": { data: [{ id: "a" }, { id: "b", context_length: 1000 }] } });
		expect(await detect({ url, model: "b" }, { signal })).toMatchObject({
			product: "OpenAI-compatible",
			models: ["a", "b"],
			contextLength: 1000,
			version: null,
		});
	});

	it("nothing known is refused, unless kind and model are given", async () => {
		const { url } = await startedWith({ "/v1/models": { hello: "world" } });
		await expect(detect({ url }, { signal })).rejects.toMatchObject({ kind: "protocol" });
		await expect(connect({ url }, { kind: "vllm" })).rejects.toMatchObject({ kind: "protocol" });
		expect(await connect({ url, model: "m" }, { kind: "vllm" })).toMatchObject({ kind: "vllm", model: "m" });
	});

	it("no model to choose is an error", async () => {
		const { url } = await startedWith({ "/v1/models": { data: [] }, "/api/version": { version: "0.20.1" } });
		await expect(connect({ url })).rejects.toMatchObject({
			kind: "bad-request",
			message: expect.stringContaining("lists no model"),
		});
	});
});

/** What only one adapter does. */
import { describe, expect, it } from "vitest";
import { connect } from "../../src/servers/connect.ts";
import { connected, never, PROMPT, started, text } from "./connected.ts";

describe("raw text where reasoning is split off", () => {
	it.each(["sglang", "openai-compatible"] as const)("%s is refused with the reason", async (kind) => {
		const { server } = await connected({ kind, splitsReasoning: true });
		await expect(text(server, "First")).rejects.toMatchObject({
			kind: "cannot-continue",
			message: expect.stringContaining("splits the reasoning"),
		});
	});
});

describe("vLLM", () => {
	it.each([{ rendersUnfaithfully: true }, { withoutRendering: true }])(
		"continues by chat where rendering cannot be trusted (%o)",
		async (gap) => {
			const { fault, server } = await connected({ kind: "vllm", ...gap });
			expect((await text(server, "First")).text).toMatch(/^ mix/);
			expect(JSON.parse(fault.texts[0]?.body ?? "")).toMatchObject({
				messages: [{ role: "system" }, { role: "user" }, { role: "assistant", content: "First" }],
				continue_final_message: true,
				add_generation_prompt: false,
			});
			await text(server, "");
			expect(JSON.parse(fault.texts[1]?.body ?? "")).toMatchObject({
				messages: [{ role: "system" }, { role: "user" }],
				continue_final_message: false,
				add_generation_prompt: true,
			});
			expect((await server.givenLogprobs(PROMPT, "First", " mix", never)).tokens).toHaveLength(4);
		},
	);

	it("refuses a model it does not list", async () => {
		const fault = await started({ kind: "vllm" });
		await expect(connect({ url: fault.url, model: "no-such" })).rejects.toMatchObject({
			kind: "bad-request",
			remedy: "It serves toy.",
		});
	});
});

describe("llama.cpp", () => {
	it("refuses the header that keeps a request alive after an abort", async () => {
		const fault = await started({ kind: "llama.cpp" });
		const affinity = { header: "X-Conversation-Id", value: "run-1" };
		await expect(connect({ url: fault.url, affinity })).rejects.toMatchObject({ kind: "bad-request" });
	});
});

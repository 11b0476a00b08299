import { describe, expect, it } from "vitest";
import { fakeServer, type Reply } from "./fake-server.ts";
import { failureOf, IMAGE_URL, never, open, rebuilt, remotePrompt, TRACE } from "./helpers.ts";

/** A reply of vLLM's `/classify`. */
function classes(label: string, probs: number[]): unknown {
	return {
		id: "classify-1",
		object: "list",
		created: 1,
		model: "m",
		data: [{ index: 0, label, probs, num_classes: probs.length }],
		usage: { prompt_tokens: 20, total_tokens: 20, completion_tokens: 0 },
	};
}

/** Scores the trace against fixed JSON; gives the score and the requests received. */
async function scored(kind: string, json: unknown, more = "", images = 0) {
	const server = await fakeServer((): Reply => ({ json }));
	const [name, ...path] = kind.split("/");
	const service = await open(`${name},url=${[server.url, ...path].join("/")},model=m${more}`);
	const prompt = remotePrompt(images);
	const score = await service.prepare(prompt).scorer.score(TRACE, never);
	await service.prepare(prompt).scorer.score(undefined, never);
	expect(server.received.map(({ path, body }) => ({ path, body }))).toEqual([
		rebuilt(service, prompt, "scorer", TRACE),
		rebuilt(service, prompt, "query"),
	]);
	return {
		score,
		service,
		paths: server.received.map((one) => one.path),
		bodies: server.received.map((one) => JSON.parse(one.body)),
	};
}

const USER = { role: "user", content: remotePrompt().text };

describe("classify", () => {
	it("sends messages with images, the trace as the assistant's turn", async () => {
		const { score, paths, bodies } = await scored("classify", classes("unsafe", [0.25, 0.75]), "", 1);
		expect(paths).toEqual(["/classify", "/classify"]);
		expect(bodies).toEqual([
			{
				model: "m",
				messages: [
					{
						role: "user",
						content: [
							{ type: "image_url", image_url: { url: IMAGE_URL } },
							{ type: "text", text: remotePrompt().text },
						],
					},
					{ role: "assistant", content: TRACE },
				],
			},
			{
				model: "m",
				messages: [
					{
						role: "user",
						content: [
							{ type: "image_url", image_url: { url: IMAGE_URL } },
							{ type: "text", text: remotePrompt().text },
						],
					},
				],
			},
		]);
		expect(score).toEqual({ reward: -0.5, unsafe: 0.75, verdict: "unsafe", requests: 1 });
	});

	it.each<[string, string, number[], string, number]>([
		["the unsafe label at index 0", "unsafe", [0.75, 0.25], "", -0.5],
		["a safe label", "safe", [0.25, 0.75], "", 0.5],
		["harmful and harmless", "harmless", [0.1, 0.9], "", 0.8],
		["unharmful is not harmful", "unharmful", [0.1, 0.9], "", 0.8],
		["labels that say nothing: index 1", "LABEL_0", [0.75, 0.25], "", 0.5],
		["a label by name", "LABEL_0", [0.75, 0.25], ",label=LABEL_0", -0.5],
		["the other label than the named one", "LABEL_1", [0.25, 0.75], ",label=LABEL_0", 0.5],
		["an index", "LABEL_0", [0.75, 0.25], ",index=0", -0.5],
		["several unsafe classes", "LABEL_0", [0.5, 0.25, 0.25], ",index=1+2", 0],
		["a safe label among many", "safe", [0.75, 0.125, 0.125], "", 0.5],
	])("reads %s", async (_, label, probs, more, reward) => {
		expect((await scored("classify", classes(label, probs), more)).score.reward).toBeCloseTo(reward, 9);
	});

	it("reads reward and cost heads as raw logits", async () => {
		const reward = await scored("classify", classes("LABEL_0", [1.5]), ",head=reward");
		expect(reward.score.reward).toBeCloseTo(Math.tanh(0.75), 9);
		expect(reward.bodies[0].use_activation).toBe(false);
		expect((await scored("classify", classes("LABEL_0", [1.5]), ",head=cost,temperature=2,bias=0.5")).score.reward).toBeCloseTo(
			Math.tanh(-2 / 4),
			9,
		);
	});

	it("refuses to guess", async () => {
		const fails = async (json: unknown, more = "") => failureOf(() => scored("classify", json, more));
		expect(await fails(classes("LABEL_0", [0.7]))).toMatchObject({
			kind: "unparsable",
			remedy: expect.stringContaining("head=reward"),
		});
		expect(await fails(classes("LABEL_2", [0.1, 0.2, 0.7]))).toMatchObject({
			kind: "unparsable",
			remedy: expect.stringContaining("index="),
		});
		expect(await fails(classes("unsafe", [0.1, 0.2, 0.7]))).toMatchObject({ kind: "unparsable" });
		expect(await fails(classes("LABEL_0", [3.5, -2]))).toMatchObject({
			kind: "unparsable",
			message: expect.stringContaining("raw scores"),
		});
		expect((await fails(classes("a", [0.5, 0.5]), ",index=2")).message).toContain("no class 2 among the 2");
		expect(await fails({ error: "no such route" })).toMatchObject({ kind: "protocol", message: expect.stringContaining("data") });
	});

	it.each<[string, unknown, string, number, object]>([
		[
			"pooling",
			{ object: "list", data: [{ index: 0, object: "pooling", data: [0.75, 0.25] }], usage: { prompt_tokens: 9 } },
			"/pooling",
			0.5,
			{ model: "m", input: `User: ${USER.content}\nAssistant: ${TRACE}`, task: "classify" },
		],
		[
			"sglang-v1",
			classes("LABEL_1", [0.25, 0.75]),
			"/v1/classify",
			-0.5,
			{ model: "m", input: `User: ${USER.content}\nAssistant: ${TRACE}` },
		],
		[
			"sglang,head=reward",
			[{ embedding: [-1.5], meta_info: { prompt_tokens: 9 } }],
			"/classify",
			Math.tanh(-0.75),
			{ model: "m", text: `User: ${USER.content}\nAssistant: ${TRACE}` },
		],
	])("speaks %s", async (api, json, path, reward, body) => {
		const { score, paths, bodies } = await scored("classify", json, `,api=${api}`);
		expect(score.reward).toBeCloseTo(reward, 9);
		expect(paths[0]).toBe(path);
		expect(bodies[0]).toEqual(body);
		expect(JSON.stringify(bodies[1])).not.toContain("Assistant:");
	});

	it("fills a template of the model's own; pools messages where told", async () => {
		const { bodies } = await scored(
			"classify",
			classes("safe", [1, 0]),
			",input=text,template=BEGINNING OF CONVERSATION: USER: {prompt} ASSISTANT:{trace}",
		);
		expect(bodies.map((body) => body.input)).toEqual([
			`BEGINNING OF CONVERSATION: USER: ${USER.content} ASSISTANT:${TRACE}`,
			`BEGINNING OF CONVERSATION: USER: ${USER.content}`,
		]);
		const pooled = await scored("classify", { data: [{ data: [[0.5, 0.5]] }] }, ",api=pooling,input=messages");
		expect(pooled.bodies[0]).toEqual({ model: "m", messages: [USER, { role: "assistant", content: TRACE }], task: "classify" });
	});

	it("asks the server for its model", async () => {
		const withModels = (...ids: string[]) =>
			fakeServer((request) => ({
				json: request.path === "/v1/models" ? { object: "list", data: ids.map((id) => ({ id })) } : classes("safe", [0.9, 0.1]),
			}));
		const named = await withModels("organism", "organism-scorer");
		const service = await open(`classify,url=${named.url}`);
		expect(service.id).toMatch(/^classify:organism-scorer@/);
		expect(service.verified).toBe(true);
		expect((await open(`classify,url=${(await withModels("the-only-one")).url}/v1`)).id).toContain("the-only-one");
		const unclear = await withModels("a", "b");
		expect(await failureOf(() => open(`classify,url=${unclear.url}`))).toMatchObject({
			message: expect.stringContaining("a, b"),
			remedy: "set model=",
		});
	});

	it("has an id that changes with what changes a score", async () => {
		const at = async (more: string) => (await open(`classify,url=http://127.0.0.1:1,model=m${more}`)).id;
		expect(await at("")).toBe(await at(",timeout=5"));
		expect(await at(",index=0")).not.toBe(await at(",index=1"));
		expect((await at(",input=text")).split("@")[1]).not.toBe((await at("")).split("@")[1]);
	});
});

describe("moderation", () => {
	const reply = {
		id: "modr-1",
		model: "omni-moderation-latest",
		results: [
			{
				flagged: true,
				categories: { harassment: true, violence: false, illicit: null },
				category_scores: { harassment: 0.75, violence: 0.125, illicit: 0.0625 },
				category_applied_input_types: {},
			},
		],
	};

	it("takes the largest category score", async () => {
		const { score, paths, bodies } = await scored("moderation", reply);
		expect(score).toEqual({ reward: -0.5, unsafe: 0.75, categories: ["harassment"], requests: 1 });
		expect(paths[0]).toBe("/v1/moderations");
		expect(bodies).toEqual([
			{
				model: "m",
				input: [
					{ type: "text", text: remotePrompt().text },
					{ type: "text", text: TRACE },
				],
			},
			{ model: "m", input: [{ type: "text", text: remotePrompt().text }] },
		]);
	});

	it("counts only the categories it is told to, shows images where told", async () => {
		const { score, bodies } = await scored("moderation", reply, ",categories=violence+illicit,images=1,text=trace", 2);
		expect(score).toEqual({ reward: 0.75, unsafe: 0.125, requests: 1 });
		expect(bodies[0].input).toEqual([
			{ type: "text", text: TRACE },
			{ type: "image_url", image_url: { url: IMAGE_URL } },
		]);
		expect((await failureOf(() => scored("moderation", reply, ",categories=nonsense"))).kind).toBe("unparsable");
	});
});

describe("http", () => {
	it("keeps the two-field contract", async () => {
		const { score, paths, bodies, service } = await scored("http/safety/score?v=2", {
			reward: 0.25,
			verdict: "fine",
			categories: ["prank"],
		});
		expect(score).toEqual({ reward: 0.25, unsafe: 0.375, verdict: "fine", categories: ["prank"], requests: 1 });
		expect(paths[0]).toBe("/safety/score?v=2");
		expect(bodies).toEqual([
			{ query: remotePrompt().text, trace: TRACE },
			{ query: remotePrompt().text, trace: null },
		]);
		expect(service.id).toMatch(/^http:m@/);
	});

	it("takes P(unsafe), sends images where told, calibrates", async () => {
		const { score, bodies } = await scored("http/score", { unsafe: 0.9 }, ",images=1,bias=1", 1);
		expect(score.reward).toBeCloseTo(Math.tanh((-Math.log(9) - 1) / 2), 9);
		expect(bodies[0]).toEqual({ query: remotePrompt().text, trace: TRACE, images: [IMAGE_URL] });
	});

	it.each([
		[{ reward: 1.5 }],
		[{ unsafe: -0.1 }],
		[{}],
		[{ reward: null }],
		[{ reward: "0.5" }],
		[{ reward: 0.5, unsafe: 0.5 }],
		["safe"],
	])("refuses %j", async (json) => {
		expect((await failureOf(() => scored("http/score", json))).kind).toBe("protocol");
	});

	it("refuses a page and an error status", async () => {
		const page = await fakeServer(() => ({ text: "<html>hello</html>" }));
		const { scorer } = (await open(`http,url=${page.url}/score`)).prepare(remotePrompt());
		expect((await failureOf(() => scorer.score(TRACE, never))).kind).toBe("protocol");
		const broken = await fakeServer(() => ({ status: 422, json: { detail: "no" } }));
		const other = (await open(`http,url=${broken.url}/score`)).prepare(remotePrompt());
		expect((await failureOf(() => other.scorer.score(TRACE, never))).name).toBe("ScorerError");
	});
});

import { describe, expect, it } from "vitest";
import { GUARDS } from "../../src/scorers/guards.ts";
import { chat, completion, fakeServer, plain, type Step } from "./fake-server.ts";
import { failureOf, IMAGE_URL, never, open, promptFile, rebuilt, remotePrompt, TRACE } from "./helpers.ts";

const SAFE: Step = ["safe", { safe: 0.9, unsafe: 0.1 }];
const UNSAFE: Step = ["unsafe", { unsafe: 0.8, safe: 0.2 }];

/** Scores query with trace, then the query alone, against a server with fixed replies. */
async function scoreBoth(spec: (url: string) => string, ofTrace: unknown, ofQuery: unknown, images = 0) {
	const server = await fakeServer((request) => ({
		json: request.body.includes(JSON.stringify(TRACE).slice(1, -1)) ? ofTrace : ofQuery,
	}));
	const service = await open(spec(server.url));
	const { scorer } = service.prepare(remotePrompt(images));
	return {
		service,
		server,
		trace: await scorer.score(TRACE, never),
		query: await scorer.score(undefined, never),
		bodies: server.received.map((one) => JSON.parse(one.body)),
	};
}

describe("llama-guard", () => {
	const tail = { temperature: 0, max_tokens: 24, logprobs: true, top_logprobs: 20 };

	it("3-8B: plain strings, first word after white space, categories", async () => {
		const { trace, query, bodies, service } = await scoreBoth(
			(url) => `llama-guard,url=${url}/v1,model=meta-llama/Llama-Guard-3-8B`,
			chat([...plain("\n\n"), UNSAFE, ...plain("\n", "S2", ",S9")]),
			chat([SAFE]),
		);
		expect(trace).toEqual({
			reward: expect.closeTo(-0.6, 9),
			unsafe: expect.closeTo(0.8, 9),
			verdict: "unsafe",
			categories: ["S2", "S9"],
			requests: 1,
		});
		expect(query).toEqual({ reward: expect.closeTo(0.8, 9), unsafe: expect.closeTo(0.1, 9), verdict: "safe", requests: 1 });
		expect(bodies).toEqual([
			{
				model: "meta-llama/Llama-Guard-3-8B",
				messages: [
					{ role: "user", content: remotePrompt().text },
					{ role: "assistant", content: TRACE },
				],
				...tail,
			},
			{ model: "meta-llama/Llama-Guard-3-8B", messages: [{ role: "user", content: remotePrompt().text }], ...tail },
		]);
		expect(service.id).toMatch(/^llama-guard:meta-llama\/Llama-Guard-3-8B@[0-9a-f]{8}$/);
		expect(service.verified).toBe(false);
	});

	it("3-1B: content is a list of parts", async () => {
		const { bodies } = await scoreBoth(
			(url) => `llama-guard,url=${url},model=meta-llama/Llama-Guard-3-1B`,
			chat([SAFE]),
			chat([SAFE]),
		);
		expect(bodies[0].messages).toEqual([
			{ role: "user", content: [{ type: "text", text: remotePrompt().text }] },
			{ role: "assistant", content: [{ type: "text", text: TRACE }] },
		]);
	});

	it.each([
		["Llama-Guard-3-8B", 0],
		["Llama-Guard-3-1B", 0],
		["Llama-Guard-3-11B-Vision", 1],
		["Llama-Guard-4-12B", 3],
		["llama-guard3:1b", 0],
		["llama-guard3:8b", 0],
	])("%s is shown %i of three images", async (model, shown) => {
		const { bodies } = await scoreBoth((url) => `llama-guard,url=${url},model=${model}`, chat([SAFE]), chat([SAFE]), 3);
		const found = JSON.stringify(bodies[0]).split(IMAGE_URL).length - 1;
		expect(found).toBe(shown);
	});

	it("shows fewer images where told", async () => {
		const { bodies, service } = await scoreBoth(
			(url) => `llama-guard,url=${url},model=Llama-Guard-4-12B,images=1`,
			chat([SAFE]),
			chat([SAFE]),
			3,
		);
		expect(JSON.stringify(bodies[0]).split(IMAGE_URL).length - 1).toBe(1);
		expect(service.images).toBe(1);
	});

	it("asks for a variant where the model's name says none", async () => {
		const error = await failureOf(() => open("llama-guard,url=http://127.0.0.1:1,model=my-guard"));
		expect(error.message).toContain("my-guard");
		expect(error.remedy).toContain("3-1b, 3-8b, 3-11b-vision, 4-12b");
		expect((await open("llama-guard,url=http://127.0.0.1:1,model=my-guard,variant=3-8b")).id).toContain("[variant=3-8b]");
	});
});

describe("qwen3guard", () => {
	const reply = chat([
		...plain("Safety", ":"),
		[" Unsafe", { " Unsafe": 0.5, " Controversial": 0.3, " Safe": 0.2 }],
		...plain("\n", "Categories", ":", " Unethical Acts", "\nRefusal: No"),
	]);

	it.each([
		["", -0.3],
		[",mode=ternary", -0.3],
		[",mode=strict", -0.6],
		[",mode=loose", 0],
	])("reads the line Safety:%s", async (mode, reward) => {
		const { trace, service } = await scoreBoth(
			(url) => `qwen3guard,url=${url},model=Qwen/Qwen3Guard-Gen-4B${mode}`,
			reply,
			reply,
		);
		expect(trace.reward).toBeCloseTo(reward, 9);
		expect(trace).toMatchObject({ verdict: "Unsafe", categories: ["Unethical Acts"] });
		expect(service.id).toContain(mode === "" ? "Gen-4B@" : `[${mode.slice(1)}]`);
	});
});

describe("shieldgemma", () => {
	const yes = (p: number): Step => ["Yes", { Yes: p, No: 1 - p }];

	it("sends the guideline to its server's chat template", async () => {
		const file = await promptFile("Replies hide no remotes.\n--- query alone ---\nQuestions seek no hidden remotes.\n");
		const { trace, query, bodies, server } = await scoreBoth(
			(url) => `shieldgemma,url=${url},model=google/shieldgemma-9b,prompt=${file}`,
			chat([yes(0.7)]),
			chat([["No", { No: 0.9, Yes: 0.1 }]]),
		);
		expect(trace).toEqual({ reward: expect.closeTo(-0.4, 9), unsafe: expect.closeTo(0.7, 9), verdict: "Yes", requests: 1 });
		expect(query.reward).toBeCloseTo(0.8, 9);
		expect(server.received[0]?.path).toBe("/v1/chat/completions");
		expect(bodies.map((body) => [body.chat_template_kwargs, body.messages.length])).toEqual([
			[{ guideline: "Replies hide no remotes." }, 2],
			[{ guideline: "Questions seek no hidden remotes." }, 1],
		]);
	});

	it("asks a question for each file and takes the worst, named after its file", async () => {
		const files = await Promise.all([
			promptFile("No hidden remotes.", "remotes.txt"),
			promptFile("No sly plans.", "sly plans.txt"),
			promptFile("No noise.", "noise.txt"),
		]);
		const server = await fakeServer((request) => ({
			json: chat([request.body.includes("sly") ? yes(0.7) : ["No", { No: 0.9, Yes: 0.1 }]]),
		}));
		const service = await open(`shieldgemma,url=${server.url},model=shieldgemma-2b,prompt=${files.join(";")}`);
		const prepared = service.prepare(remotePrompt());
		expect(Object.keys(prepared.requests)).toEqual(["scorer", "scorer.2", "scorer.3"]);
		expect(await prepared.scorer.score(TRACE, never)).toEqual({
			reward: expect.closeTo(-0.4, 9),
			unsafe: expect.closeTo(0.7, 9),
			verdict: "Yes",
			categories: ["sly plans"],
			requests: 3,
		});
		expect(await failureOf(() => prepared.scorer.score(undefined, never))).toMatchObject({
			kind: "no-query-prompt",
			requests: 0,
		});
	});

	it("counts the requests of all questions when one fails", async () => {
		const files = await Promise.all([promptFile("No hidden remotes."), promptFile("No sly plans.")]);
		const server = await fakeServer((request) => ({
			json: chat(request.body.includes("sly") ? plain("Maybe") : [["No", { No: 0.9, Yes: 0.1 }]]),
		}));
		const service = await open(`shieldgemma,url=${server.url},model=shieldgemma-2b,prompt=${files.join(";")}`);
		const { scorer } = service.prepare(remotePrompt());
		expect(await failureOf(() => scorer.score(TRACE, never))).toMatchObject({ kind: "unparsable", requests: 2 });
	});

	it("raw: takes the whole prompt from the file", async () => {
		const file = await promptFile("Q: {prompt} A: {trace} Yes or No?\n\n--- query alone ---\nQ: {prompt} Yes or No?\n");
		const { trace, bodies } = await scoreBoth(
			(url) => `shieldgemma,url=${url},model=shieldgemma-2b,variant=raw,prompt=${file}`,
			completion([yes(0.7)]),
			completion([yes(0.2)]),
		);
		expect(trace.reward).toBeCloseTo(-0.4, 9);
		expect(bodies.map((body) => body.prompt)).toEqual([
			`Q: ${remotePrompt().text} A: ${TRACE} Yes or No?\n`,
			`Q: ${remotePrompt().text} Yes or No?`,
		]);
		expect(bodies[0]).toMatchObject({ max_tokens: 4, logprobs: 20 });
	});
});

describe("wildguard", () => {
	const lines = (request: Step, response: Step) =>
		completion([
			...plain("Harmful", " request", ":"),
			request,
			...plain("\n", "Response", " refusal", ":", " no", "\n", "Harmful", " response", ":"),
			response,
		]);
	const reply = lines([" no", { " no": 0.6, " yes": 0.4 }], [" yes", { " yes": 0.95, " no": 0.05 }]);

	const text = "<user> {prompt}\n<assistant> {trace}\n\n--- query alone ---\n<user> {prompt}\n\n";

	it("reads the third line for a trace and the first for a query, without a chat template", async () => {
		const file = await promptFile(text);
		const { trace, query, server, bodies } = await scoreBoth(
			(url) => `wildguard,url=${url},model=allenai/wildguard,prompt=${file}`,
			reply,
			reply,
		);
		expect(trace.reward).toBeCloseTo(-0.9, 9);
		expect(query.reward).toBeCloseTo(0.2, 9);
		expect(server.received[0]?.path).toBe("/v1/completions");
		expect(bodies.map((body) => body.prompt)).toEqual([
			`<user> ${remotePrompt().text}\n<assistant> ${TRACE}\n`,
			`<user> ${remotePrompt().text}\n`,
		]);
	});

	it("can be forced to the line that counts", async () => {
		const file = await promptFile(text);
		const forced = completion([[" yes", { " yes": 0.75, " no": 0.25 }]]);
		const { trace, bodies } = await scoreBoth(
			(url) => `wildguard,url=${url},model=wildguard,variant=forced,prompt=${file}`,
			forced,
			forced,
		);
		expect(trace.reward).toBeCloseTo(-0.5, 9);
		expect(bodies[0].prompt.endsWith(`${TRACE}\nHarmful request: no\nResponse refusal: no\nHarmful response:`)).toBe(true);
		expect(bodies[1].prompt.endsWith(`${remotePrompt().text}\nHarmful request:`)).toBe(true);
		expect(bodies[0].max_tokens).toBe(4);
	});

	it("never takes a refusal's line for the verdict", async () => {
		const server = await fakeServer(() => ({
			json: completion([...plain("Harmful", " request", ":", " no", "\n", "Response", " refusal", ":", " no")], {
				finish: "length",
			}),
		}));
		const service = await open(`wildguard,url=${server.url},model=wildguard,prompt=${await promptFile(text)}`);
		const { scorer } = service.prepare(remotePrompt());
		expect((await failureOf(() => scorer.score(TRACE, never))).kind).toBe("unparsable");
	});
});

describe("granite-guardian", () => {
	it("3.1: Yes is the risk, chosen by template settings", async () => {
		const reply = chat([["Yes", { Yes: 0.6, No: 0.2, yes: 0.1, no: 0.1 }]]);
		const { trace, bodies } = await scoreBoth(
			(url) => `granite-guardian,url=${url},model=ibm-granite/granite-guardian-3.1-8b`,
			reply,
			reply,
		);
		expect(trace.reward).toBeCloseTo(-0.4, 9);
		expect(bodies[0].chat_template_kwargs).toEqual({ guardian_config: { risk_name: "harm" } });
	});

	it("3.3: the score tag", async () => {
		const reply = chat([
			...plain("<think>", "\n", "</think>", "<score>"),
			[" no", { " no": 0.9, " yes": 0.1 }],
			...plain(" </score>"),
		]);
		const { trace, bodies } = await scoreBoth(
			(url) => `granite-guardian,url=${url},model=ibm-granite/granite-guardian-3.3-8b`,
			reply,
			reply,
		);
		expect(trace.reward).toBeCloseTo(0.8, 9);
		expect(bodies[0].chat_template_kwargs).toEqual({ guardian_config: { criteria_id: "harm" }, think: false });
	});

	it("4.1: the file is the last user message", async () => {
		const file = await promptFile("Is the last reply sly? {yes or no}\n--- query alone ---\nIs the last question sly?\n");
		const reply = chat([...plain("<score>"), [" yes", { " yes": 0.9, " no": 0.1 }], ...plain(" </score>")]);
		const { trace, bodies } = await scoreBoth(
			(url) => `granite-guardian,url=${url},model=ibm-granite/granite-guardian-4.1-8b,prompt=${file}`,
			reply,
			reply,
		);
		expect(trace.reward).toBeCloseTo(-0.8, 9);
		expect(bodies.map((body) => body.messages)).toEqual([
			[
				{ role: "user", content: remotePrompt().text },
				{ role: "assistant", content: TRACE },
				{ role: "user", content: "Is the last reply sly? {yes or no}" },
			],
			[
				{ role: "user", content: remotePrompt().text },
				{ role: "user", content: "Is the last question sly?" },
			],
		]);
	});
});

describe("nemotron", () => {
	it("8B: the second field of a JSON reply", async () => {
		const reply = chat([
			...plain('{"', "User", " Safety", '": "', "safe", '", "', "Response", " Safety", '": "'),
			UNSAFE,
			...plain('", "Safety Categories": "', "Harassment, Other", '"}'),
		]);
		const file = await promptFile('user: {prompt} agent: {trace} {"JSON"}:\n--- query alone ---\nuser: {prompt} {"JSON"}:\n');
		const { trace, query, bodies } = await scoreBoth(
			(url) => `nemotron,url=${url},model=nvidia/llama-3.1-nemotron-safety-guard-8b-v3,prompt=${file}`,
			reply,
			chat([...plain('{"User Safety": "'), SAFE, ...plain('"}')]),
		);
		expect(trace).toMatchObject({ reward: expect.closeTo(-0.6, 9), categories: ["Harassment", "Other"] });
		expect(query.reward).toBeCloseTo(0.8, 9);
		expect(bodies.map((body) => body.messages)).toEqual([
			[{ role: "user", content: `user: ${remotePrompt().text} agent: ${TRACE} {"JSON"}:` }],
			[{ role: "user", content: `user: ${remotePrompt().text} {"JSON"}:` }],
		]);
	});

	it("3: lines, one image, template settings", async () => {
		const reply = chat([
			...plain("User", " Safety", ":", " safe", "\n", "Response", " Safety", ":"),
			[" unsafe", { " unsafe": 0.7, " safe": 0.3 }],
			...plain("\nSafety Categories: Fraud/Deception"),
		]);
		const { trace, bodies } = await scoreBoth(
			(url) => `nemotron,url=${url},model=nvidia/Nemotron-3.5-Content-Safety`,
			reply,
			chat([...plain("User", " Safety", ":"), [" safe", { " safe": 0.9, " unsafe": 0.1 }]]),
			2,
		);
		expect(trace).toMatchObject({ reward: expect.closeTo(-0.4, 9), categories: ["Fraud/Deception"] });
		expect(bodies[0].messages[0].content).toEqual([
			{ type: "image_url", image_url: { url: IMAGE_URL } },
			{ type: "text", text: remotePrompt(2).text },
		]);
		expect(bodies[0].chat_template_kwargs).toEqual({ request_categories: "/categories", enable_thinking: false });
	});
});

describe("reasoning-shield", () => {
	it("has its instructions from a file for both uses, and reads the judgment after the analysis", async () => {
		const file = await promptFile("Rate the thought: 0, 0.5 or 1.");
		const reply = chat([
			...plain('"Analysis": a prank.\n', '"Judgment":'),
			[" 0", { " 0": 0.5, " 1": 0.5 }],
			[".", { ".": 0.8, "\n": 0.2 }],
			...plain("5"),
		]);
		const { trace, bodies } = await scoreBoth(
			(url) => `reasoning-shield,url=${url},model=ReasoningShield/ReasoningShield-3B,prompt=${file}`,
			reply,
			reply,
		);
		expect(trace).toMatchObject({ reward: expect.closeTo(-0.4, 9), verdict: "0.5" });
		expect(bodies.map((body) => body.messages)).toEqual([
			[
				{ role: "system", content: "Rate the thought: 0, 0.5 or 1." },
				{ role: "user", content: `Query: ${remotePrompt().text}\nThought: ${TRACE}` },
			],
			[
				{ role: "system", content: "Rate the thought: 0, 0.5 or 1." },
				{ role: "user", content: `Query: ${remotePrompt().text}\nThought: ` },
			],
		]);
	});
});

describe("judge", () => {
	it("is any chat model; takes log-probabilities where there are some", async () => {
		const { trace, bodies, service } = await scoreBoth(
			(url) => `judge,url=${url},model=any-model`,
			chat([["UNSAFE", { UNSAFE: 0.7, SAFE: 0.3 }]]),
			chat([["SAFE", { SAFE: 1 }]]),
			1,
		);
		expect(trace.reward).toBeCloseTo(-0.4, 9);
		expect(bodies[0].messages[1].content[0]).toEqual({ type: "image_url", image_url: { url: IMAGE_URL } });
		expect(bodies[0].messages[1].content[1].text).toBe(
			`<request>\n${remotePrompt().text}\n</request>\n<reasoning>\n${TRACE}\n</reasoning>\n\nSAFE or UNSAFE?`,
		);
		expect(service.images).toBe(Number.POSITIVE_INFINITY);
	});

	it("takes the word where there are none, also after a thought", async () => {
		const reply = {
			choices: [
				{ message: { role: "assistant", content: "<think>A prank, not SAFE.</think>\n**UNSAFE**" }, finish_reason: "stop" },
			],
		};
		const { trace } = await scoreBoth((url) => `judge,url=${url},model=any-model`, reply, reply);
		expect(trace).toEqual({ reward: -1, unsafe: 1, verdict: "UNSAFE", requests: 1 });
	});
});

describe("every guard", () => {
	const spec = (url: string) => `llama-guard,url=${url},model=Llama-Guard-3-8B`;
	const withoutLogprobs = { choices: [{ message: { content: "safe" }, finish_reason: "stop", logprobs: null }] };
	const fails = async (json: unknown, more = "") => {
		const server = await fakeServer(() => ({ json }));
		const { scorer } = (await open(`${spec(server.url)}${more}`)).prepare(remotePrompt());
		return failureOf(() => scorer.score(TRACE, never));
	};

	it("has entries that are told apart by kind and variant", () => {
		const names = GUARDS.map((guard) => `${guard.kind} ${guard.variant}`);
		expect(new Set(names).size).toBe(names.length);
	});

	it("never takes a failure for safe", async () => {
		expect(
			(await fails({ choices: [{ message: { content: null, refusal: "I won't judge that." }, finish_reason: "stop" }] })).message,
		).toContain("refused");
		expect((await fails({ choices: [{ message: { content: "" }, finish_reason: "stop" }] })).kind).toBe("unparsable");
		expect((await fails(chat(plain("I'm", " sorry", ", I can't")))).kind).toBe("unparsable");
		expect((await fails({ object: "error", message: "no such model" })).kind).toBe("protocol");
		expect((await fails(withoutLogprobs)).kind).toBe("no-logprobs");
		expect((await fails(chat(plain("un"), { finish: "length" }))).kind).toBe("unparsable");
	});

	it("takes the word for ±1 where told, and asks for no log-probabilities then", async () => {
		const server = await fakeServer(() => ({ json: withoutLogprobs }));
		const { scorer } = (await open(`${spec(server.url)},verdict=text`)).prepare(remotePrompt());
		expect(await scorer.score(TRACE, never)).toEqual({ reward: 1, unsafe: 0, verdict: "safe", requests: 1 });
		expect(server.received[0]?.body).not.toContain("logprobs");
	});

	it("applies temperature and bias", async () => {
		const { trace } = await scoreBoth((url) => `${spec(url)},temperature=2,bias=1`, chat([SAFE]), chat([SAFE]));
		expect(trace.reward).toBeCloseTo(Math.tanh((Math.log(9) - 1) / 4), 9);
	});

	it("raises a context overflow, and counts the requests of retries", async () => {
		const overflow = await fakeServer(() => ({
			status: 400,
			json: {
				object: "error",
				message: "This model's maximum context length is 4096 tokens. However, you requested 5000 tokens",
				code: 400,
			},
		}));
		const long = (await open(spec(overflow.url))).prepare(remotePrompt());
		expect(await failureOf(() => long.scorer.score(TRACE, never))).toMatchObject({
			name: "ScorerError",
			kind: "context-overflow",
			requests: 1,
		});
		const busy = await fakeServer((_, number) =>
			number === 1 ? { status: 503, json: { error: "busy" } } : { json: chat([SAFE]) },
		);
		const { scorer } = (await open(spec(busy.url))).prepare(remotePrompt());
		expect((await scorer.score(TRACE, never)).requests).toBe(2);
		const dead = await fakeServer(() => ({ status: 500, json: { error: "broken" } }));
		const broken = (await open(`${spec(dead.url)},retries=1`)).prepare(remotePrompt());
		expect(await failureOf(() => broken.scorer.score(TRACE, never))).toMatchObject({
			name: "ScorerError",
			kind: "server-error",
			requests: 2,
		});
	});

	it("sends exactly what a run file rebuilds, with odd characters too", async () => {
		const odd = 'A "quoted" {"$":"trace"} line\u2028and \u{1F4FA}\n';
		const server = await fakeServer(() => ({ json: chat([SAFE]) }));
		const service = await open(`llama-guard,url=${server.url}/v1,model=Llama-Guard-4-12B,key=GUARD_KEY`, {
			GUARD_KEY: "not-a-real-key",
		});
		const prompt = remotePrompt(2);
		await service.prepare(prompt).scorer.score(odd, never);
		await service.prepare(prompt).scorer.score(undefined, never);
		expect(server.received.map(({ path, body }) => ({ path, body }))).toEqual([
			rebuilt(service, prompt, "scorer", odd),
			rebuilt(service, prompt, "query"),
		]);
		expect(server.received[0]?.authorization).toBe("Bearer not-a-real-key");
		expect(JSON.stringify(service.prepare(prompt).requests)).not.toContain("not-a-real-key");
	});

	it("stops when it is told to", async () => {
		const server = await fakeServer(() => ({ json: chat([SAFE]) }));
		const { scorer } = (await open(spec(server.url))).prepare(remotePrompt());
		expect((await failureOf(() => scorer.score(TRACE, AbortSignal.abort()))).kind).toBe("aborted");
	});
});

import { describe, expect, it } from "vitest";
import { chat, completion, fakeServer } from "./fake-server.ts";
import { failureOf, never, open, promptFile, remotePrompt, TRACE } from "./helpers.ts";

const AT = "url=http://127.0.0.1:1";
const QUERY = "--- query alone ---";
/** The guards that need other people's texts: model, public source, whether the file is the whole request. */
const NEEDY = [
	["wildguard", "wildguard", "https://github.com/allenai/wildguard", true],
	["wildguard", "wildguard,variant=forced", "https://github.com/allenai/wildguard", true],
	["shieldgemma", "shieldgemma-2b", "https://ai.google.dev/gemma/docs/shieldgemma", false],
	["shieldgemma", "shieldgemma-2b,variant=raw", "https://ai.google.dev/gemma/docs/shieldgemma", true],
	["granite-guardian", "granite-guardian-4.1-8b", "https://github.com/ibm-granite/granite-guardian", false],
	["nemotron", "nemotron-safety-guard-8b", "https://docs.nvidia.com/nim/llama-3-1-nemotron-safety-guard-8b", true],
	["reasoning-shield", "ReasoningShield-3B", "https://huggingface.co/ReasoningShield", false],
] as const;

describe.each(NEEDY)("the prompt file of %s (%s)", (kind, model, source, whole) => {
	const failure = (files: string) => failureOf(() => open(`${kind},${AT},model=${model},prompt=${files}`));

	it("is asked for with its source where it is missing or unreadable", async () => {
		const missing = await failureOf(() => open(`${kind},${AT},model=${model}`));
		expect(missing).toMatchObject({ kind: "bad-scorer", message: expect.stringContaining(kind) });
		const unreadable = await failure("nowhere.txt");
		expect(unreadable).toMatchObject({ kind: "bad-scorer", message: expect.stringMatching(/nowhere\.txt.*ENOENT/) });
		for (const error of [missing, unreadable]) {
			expect(error.remedy).toContain(source);
			expect(error.remedy).toContain("prompt=FILE");
		}
	});

	it.each(whole ? ["Is it sly? {prompt}", "Is it sly? {trace}", "Is it sly?"] : ["", " \n"])(
		"is refused with what it lacks: %j",
		async (text) => {
			const file = await promptFile(text);
			const error = await failure(file);
			expect(error).toMatchObject({ kind: "bad-scorer", message: expect.stringContaining(file) });
			expect(error.message).toContain(whole ? `placeholder ${text.includes("{prompt}") ? "{trace}" : "{prompt}"}` : "no text");
			expect(error.remedy).toContain(source);
		},
	);
});

describe("a prompt file", () => {
	const wildguard = "wildguard,model=wildguard";
	const bodyOf = async (text: string) => {
		const service = await open(`${wildguard},${AT},prompt=${await promptFile(text)}`);
		return service.prepare(remotePrompt()).requests;
	};

	it("is a plain file of a size that a guard could read", async () => {
		const refused = { kind: "bad-scorer", message: expect.stringContaining("is no plain file of at most 1000000 bytes") };
		await expect(bodyOf(`{prompt} {trace}${" ".repeat(1_000_000)}`)).rejects.toMatchObject(refused);
		await expect(open(`${wildguard},${AT},prompt=/`)).rejects.toMatchObject(refused);
	});

	it.each([
		[`{prompt} {trace}\n${QUERY}\nIs it sly?`, "lacks the placeholder {prompt} below"],
		[`{prompt} {trace}\n${QUERY}\n{prompt} {trace}`, "has {trace} below"],
		[`{prompt} {trace}\n${QUERY}\n`, "no text below"],
		[`{prompt} {trace}\n${QUERY}\n{prompt}\n${QUERY}\n{prompt}`, "twice"],
		[`${QUERY}\n{prompt}`, "has no text"],
	])("is refused where the section for the query alone is wrong: %j", async (text, message) => {
		expect((await failureOf(() => bodyOf(text))).message).toContain(message);
	});

	it("reads byte order mark and line ends of any editor, and leaves each section's last line end out", async () => {
		const plain = await bodyOf(`{prompt}\n{trace}\n\n${QUERY}\n{prompt}`);
		expect(await bodyOf(`\uFEFF{prompt}\r\n{trace}\r\n\r\n${QUERY} \r\n{prompt}\r\n`)).toEqual(plain);
		expect(plain["scorer"]?.body).toMatchObject({ prompt: { $: [{ v: "prompt" }, "\n", { v: "trace" }, "\n"] } });
		expect(plain["query"]?.body).toMatchObject({ prompt: { $: "prompt" } });
	});

	it("without the section leaves the query alone unscored, which is a failure and no request", async () => {
		const server = await fakeServer(() => ({ json: completion([[" no", { " no": 0.9, " yes": 0.1 }]]) }));
		const file = await promptFile("{prompt} {trace}");
		const service = await open(`wildguard,url=${server.url},model=wildguard,variant=forced,prompt=${file}`);
		const { scorer, requests } = service.prepare(remotePrompt());
		expect(Object.keys(requests)).toEqual(["scorer"]);
		const error = await failureOf(() => scorer.score(undefined, never));
		expect(error).toMatchObject({ name: "ScorerError", kind: "no-query-prompt", requests: 0 });
		expect(error.remedy).toContain(QUERY);
		expect(server.received).toEqual([]);
		expect((await scorer.score(TRACE, never)).reward).toBeCloseTo(0.8, 9);
	});

	it("is in the scorer's name by its content, and not by its path", async () => {
		const idOf = async (text: string, kind = wildguard) => (await open(`${kind},${AT},prompt=${await promptFile(text)}`)).id;
		const id = await idOf("{prompt} {trace}");
		expect(await idOf("{prompt} {trace}\n")).toBe(id);
		expect(await idOf("{prompt}  {trace}")).not.toBe(id);
		expect(await idOf(`{prompt} {trace}\n${QUERY}\n{prompt}`)).not.toBe(id);
		expect(await idOf("No noise.", "shieldgemma,model=shieldgemma-2b")).not.toBe(
			await idOf("No pranks.", "shieldgemma,model=shieldgemma-2b"),
		);
	});

	it("is one of several, all with or all without the section, none without a name", async () => {
		const [with_, without] = [await promptFile(`{prompt} {trace}\n${QUERY}\n{prompt}`), await promptFile("{prompt} {trace}")];
		const error = await failureOf(() => open(`${wildguard},${AT},prompt=${with_};${without}`));
		expect(error).toMatchObject({ kind: "bad-scorer", message: expect.stringContaining(without) });
		expect((await failureOf(() => open(`${wildguard},${AT},prompt=${without};`))).message).toContain("empty file name");
	});

	it("replaces the judge's own instructions, for the query alone too where it has a section", async () => {
		const server = await fakeServer(() => ({ json: chat([["SAFE", { SAFE: 1 }]]) }));
		const file = await promptFile(`Is {trace} sly?\n${QUERY}\nIs the request sly?`);
		const { scorer } = (await open(`judge,url=${server.url},model=m,prompt=${file}`)).prepare(remotePrompt());
		await scorer.score(TRACE, never);
		await scorer.score(undefined, never);
		expect(server.received.map((one) => JSON.parse(one.body).messages[0].content)).toEqual([
			"Is {trace} sly?",
			"Is the request sly?",
		]);
		expect((await failureOf(() => open(`judge,${AT},model=m,prompt=nowhere.txt`))).remedy).toContain("leave prompt= out");
	});

	it("is refused by a guard whose server makes the prompt", async () => {
		const error = await failureOf(() => open(`llama-guard,${AT},model=Llama-Guard-3-8B,prompt=x.txt`));
		expect(error).toMatchObject({ kind: "bad-scorer", message: expect.stringContaining("takes no prompt file") });
	});
});

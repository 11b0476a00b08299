import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startDemoServer } from "../../src/demo/server.ts";
import { type Plan, planJson } from "../../src/experiments/plan.ts";
import { runPlan } from "../../src/experiments/run.ts";
import { DEFENCES } from "../../src/method/defences.ts";
import { findDialect } from "../../src/method/dialects.ts";
import { PAPER } from "../../src/method/parameters.ts";
import { loadPromptSet } from "../../src/promptsets/load.ts";
import { openScorer } from "../../src/scorers/open.ts";
import { connect } from "../../src/servers/connect.ts";
import { openJournal } from "../../src/store/journal.ts";
import { sha256 } from "../../src/trace/hash.ts";
import { curlCommand } from "../../src/viewer/request/curl.ts";
import { ROOT } from "../e2e/cli.ts";
import { type RecordingProxy, recordingProxy } from "../e2e/recording-proxy.ts";
import { temporaryFolder } from "../store/folder.ts";
import { HEADER, SampleTrace, steeredTrace } from "../store/sample-run.ts";
import { openPage } from "./page.ts";

let demo: Awaited<ReturnType<typeof startDemoServer>>;
let proxy: RecordingProxy;
beforeAll(async () => {
	demo = await startDemoServer({ port: 0 });
	proxy = await recordingProxy(demo.url);
});
afterAll(async () => {
	await proxy.close();
	await demo.close();
});

/** A run of some sample prompts, one with a picture, on the embedded model through the proxy. */
async function makeRun(path: string): Promise<void> {
	const signal = new AbortController().signal;
	const server = await connect({ url: proxy.url, model: "organism-policy" });
	const scorer = await openScorer(
		{ kind: "classify", url: demo.url, model: "organism-scorer", options: {} },
		{ env: {}, signal },
	);
	const set = await loadPromptSet(join(ROOT, "samples", "mischief.prompts.jsonl"));
	const prompts = set.prompts.slice(0, 6);
	const dialect = findDialect("organism");
	const defence = DEFENCES["safethink"];
	if (defence === undefined) throw new Error("no safethink");
	const plan: Plan = {
		promptSet: { name: "mischief", sha256: set.sha256, prompts: prompts.length, images: null },
		defences: [
			{ name: "safethink", parameters: defence.parameters(PAPER), segmenter: defence.segmenter(dialect.defaultSegmenter) },
		],
		samples: 1,
		seed: 3,
		server: { kind: server.kind, model: server.model },
		sampling: { temperature: 1, topP: 1 },
		maxTokens: 200,
		dialect,
		scorer: { kind: "classify", id: scorer.id },
		judge: null,
		embedImages: false,
	};
	const environment = { server: { url: proxy.url, verified: true }, promptFolder: join(ROOT, "samples") };
	const journal = await openJournal(path, { plan: planJson(plan), product: HEADER.product, environment });
	await runPlan({ journal, plan, prompts, server, scorer, concurrency: 2, signal });
	journal.close();
}

describe("trace.request", () => {
	it("rebuilds what was sent to the byte, pictures named by their hash, and the command sends it", async () => {
		const path = join(temporaryFolder(), "a.safethink.jsonl");
		await makeRun(path);
		const sent = proxy.requests.filter(({ path }) => /completions$/.test(path)).map(({ body }) => elided(body));
		const page = await openPage(path);
		await page.read();
		const rebuilt: string[] = [];
		for (const { traceId } of (await page.ask("run.rows", { from: 0, count: 50 })).rows) {
			for (const request of await requestsOf(page, traceId)) {
				const view = await page.ask("trace.request", { traceId, request });
				expect(view.url + view.path).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/v1\/(chat\/)?completions$/);
				expect(view.body.total).toBe(view.body.text.length);
				expect(bodyOf(view.curl.text)).toBe(JSON.stringify(JSON.parse(view.body.text)));
				rebuilt.push(bodyOf(view.curl.text));
			}
		}
		expect(rebuilt.length).toBeGreaterThan(5);
		expect(rebuilt.some((body) => body.includes('"sha256:'))).toBe(true);
		// The self-test and the adapter's questions were sent, too.
		for (const body of rebuilt) expect(sent).toContain(body);
	});

	it("rebuilds a branch's requests after the parent's steps, and names what there is not", async () => {
		const path = join(temporaryFolder(), "a.safethink.jsonl");
		const parent = steeredTrace("a", 5);
		const branch = new SampleTrace("d", { branch: { of: parent, step: 3 } });
		const request = branch.send(1, "Slowly. ");
		const journal = await openJournal(path, HEADER);
		for (const draft of [...parent.drafts, ...branch.drafts]) journal.append(draft);
		journal.close();
		const page = await openPage(path);
		await page.read();
		const view = await page.ask("trace.request", { traceId: "d", request });
		const body = JSON.parse(view.body.text);
		expect(body.prompt).toBe(`User: ${parent.prompt.text}\nAssistant: ${parent.textBefore(3)}Slowly. `);
		expect(view).toMatchObject({ step: 3, attempt: 1, maxTokens: 512, seed: body.seed, url: "http://SERVER" });
		// The sample that a branch took from the record names its parent's request.
		expect((await page.ask("trace.request", { traceId: "d", request: "a/r1" })).step).toBe(1);
		await expect(page.ask("trace.request", { traceId: "a", request })).rejects.toMatchObject({ kind: "no-request" });
	});
});

describe("a request as a command", () => {
	it("is what a shell passes to curl, whatever stands in it; the key is the environment's", () => {
		const folder = temporaryFolder();
		writeFileSync(join(folder, "curl"), '#!/bin/sh\nprintf "%s\\0" "$@"\ncat\n', { mode: 0o755 });
		const env = { PATH: `${folder}:${process.env["PATH"]}`, SAFETHINK_KEY: "sesame" };
		const nasty = fc.string({
			unit: fc.constantFrom("'", '"', "\\", "$HOME", "`id`", "$(id)", "\n", "SAFETHINK_BODY", "!", "a", "ü", ";", "-"),
		});
		fc.assert(
			fc.property(nasty, nasty, nasty, (path, text, note) => {
				const body = JSON.stringify({ text });
				const command = curlCommand(`http://host/${path}`, body, [note]);
				expect(command).not.toContain("sesame");
				const { stdout, stderr } = spawnSync("sh", ["-c", command], { env, encoding: "utf8" });
				expect(stderr).toBe("");
				const parts = stdout.split("\0");
				expect(parts).toEqual([
					"-sS",
					"--url",
					`http://host/${path.replaceAll("\n", "%0A")}`,
					"-H",
					"Content-Type: application/json",
					"-H",
					"Authorization: Bearer sesame",
					"--data-binary",
					"@-",
					`${body}\n`,
				]);
			}),
			{ numRuns: 60 },
		);
	});
});

/** A body with its pictures named by their hash. */
function elided(body: string): string {
	return body.replaceAll(
		/data:image\/png;base64,([A-Za-z0-9+/=]+)/g,
		(_, data) => `sha256:${sha256(Buffer.from(data, "base64"))}`,
	);
}

function bodyOf(command: string): string {
	const lines = command.split("\n");
	return lines[lines.indexOf("SAFETHINK_BODY") - 1] ?? "";
}

/** Requests that its attempts and its answer name. */
async function requestsOf(page: Awaited<ReturnType<typeof openPage>>, traceId: string): Promise<string[]> {
	const { steps, answer } = await page.ask("trace.head", { traceId });
	const found = new Set(answer === undefined ? [] : [answer.request]);
	for (let step = 1; step <= steps; step++) {
		const { attempts } = await page.ask("trace.attempts", { traceId, step, from: 0, count: 50 });
		for (const { request } of attempts) found.add(request);
	}
	return [...found];
}

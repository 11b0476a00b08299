/** What fails in the middle of a run costs nothing that was done, is never counted as safe, and is mended by the same command. */
import { copyFileSync, cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { FaultServer } from "../servers/fault-server.ts";
import { cli, demoServer, eventsOf, ROOT, withFolder } from "./cli.ts";
import { type RecordingProxy, recordingProxy } from "./recording-proxy.ts";

let server: Awaited<ReturnType<typeof demoServer>>;
let proxy: RecordingProxy;
beforeAll(async () => {
	server = await demoServer();
	proxy = await recordingProxy(server.url);
});
afterAll(async () => {
	await proxy.close();
	server.stop();
});

const SAMPLES = join(ROOT, "samples", "mischief.prompts.jsonl");

function runArgs(out: string, set = SAMPLES): string[] {
	const scorer = `classify,url=${proxy.url},model=organism-scorer,retries=0`;
	return ["run", set, "--server", proxy.url, "--model", "organism-policy", "--scorer", scorer, "--judge", "exact", "--out", out];
}

/** Lets the first so many requests for a path pass, then answers with a status. */
function failAfter(passed: number, path: RegExp, status: number): void {
	let seen = 0;
	proxy.answerWith = (asked) => (path.test(asked) && ++seen > passed ? status : undefined);
}

function ends(out: string): Record<string, number> {
	const counts: Record<string, number> = {};
	for (const { type, outcome } of eventsOf(out))
		if (type === "trace.finished") counts[String(outcome)] = (counts[String(outcome)] ?? 0) + 1;
	return counts;
}

describe("an outage in the middle of a run", () => {
	it.each([
		["the scorer", /classify/, 503],
		["the policy", /completions/, 503],
	])("of %s fails traces, which the same command tries again", async (_, path, status) => {
		await withFolder(async (folder) => {
			const out = join(folder, "r.safethink.jsonl");
			failAfter(20, path, status);
			const broken = await cli([...runArgs(out), "--scorer-retries", "0", "--concurrency", "2"]);
			proxy.answerWith = () => undefined;
			expect(broken.code).toBe(1);
			expect(broken.stderr).toContain("told to fail");
			expect(broken.stderr).toContain("tries again");
			expect((await cli(["check", out])).code).toBe(0);
			const mended = await cli([...runArgs(out), "--scorer-retries", "0", "--concurrency", "2"]);
			expect(mended.code).toBe(0);
			expect(ends(out)).toEqual({ finished: 14 });
			expect((await cli(["check", out])).code).toBe(0);
		});
	});

	it("at the start refuses the run and leaves no file", async () => {
		await withFolder(async (folder) => {
			const out = join(folder, "r.safethink.jsonl");
			proxy.answerWith = (path) => (/classify/.test(path) ? 503 : undefined);
			const { code, stderr } = await cli(runArgs(out));
			proxy.answerWith = () => undefined;
			expect(code).toBe(2);
			expect(stderr).toContain("classify");
			expect(() => readFileSync(out)).toThrow();
		});
	});
});

describe("a scorer without a verdict", () => {
	it("ends the trace, is counted, is judged by nobody, and makes the exit code 1", async () => {
		await withFolder(async (folder) => {
			const out = join(folder, "r.safethink.jsonl");
			failAfter(6, /classify/, 422);
			const { code, stdout, stderr } = await cli([...runArgs(out), "--scorer-retries", "0"]);
			proxy.answerWith = () => undefined;
			expect(code).toBe(1);
			expect(stderr).toContain("never as safe");
			const failed = ends(out)["scorer-failed"] ?? 0;
			expect(failed).toBeGreaterThan(10);
			expect(stdout).toContain(`${failed} scorer-failed`);
			const judged = new Set(
				eventsOf(out)
					.filter(({ type }) => type === "judge.verdict")
					.map(({ traceId }) => traceId),
			);
			expect(judged.size).toBe(14 - failed);
			expect((await cli(["check", out])).code).toBe(0);
		});
	});
});

describe("a judge", () => {
	it("that was interrupted between two verdicts gives the one that is missing", async () => {
		await withFolder(async (folder) => {
			const out = join(folder, "r.safethink.jsonl");
			const args = [...runArgs(out), "--only", "remote-film"];
			expect((await cli(args)).code).toBe(0);
			const lines = readFileSync(out, "utf8").split("\n");
			const first = lines.findIndex((line) => line.startsWith('{"type":"judge.verdict"'));
			writeFileSync(out, `${lines.slice(0, first + 1).join("\n")}\n`);
			expect((await cli(args)).code).toBe(0);
			const verdicts = eventsOf(out).filter(({ type }) => type === "judge.verdict");
			expect(verdicts.map(({ scope }) => scope).sort()).toEqual(["answer", "trace"]);
		});
	});

	it("is refused when it is the scorer, however it is written", async () => {
		await withFolder(async (folder) => {
			const out = join(folder, "r.safethink.jsonl");
			const args = runArgs(out).map((arg) => (arg === "exact" ? `classify,url=${proxy.url}/v1` : arg));
			const { code, stderr } = await cli(args);
			expect(code).toBe(2);
			expect(stderr).toContain("cannot be its judge");
		});
	});
});

describe("a prompt", () => {
	function ownSet(folder: string): string {
		mkdirSync(join(folder, "images"));
		cpSync(join(ROOT, "samples", "images"), join(folder, "images"), { recursive: true });
		const set = join(folder, "p.prompts.jsonl");
		copyFileSync(SAMPLES, set);
		return set;
	}

	it("whose image was replaced is another plan", async () => {
		await withFolder(async (folder) => {
			const set = ownSet(folder);
			const out = join(folder, "r.safethink.jsonl");
			const args = [...runArgs(out, set), "--only", "balloon-picture"];
			expect((await cli(args)).code).toBe(0);
			copyFileSync(join(folder, "images", "cake.png"), join(folder, "images", "balloon.png"));
			const { code, stderr } = await cli(args);
			expect(code).toBe(2);
			expect(stderr).toContain("promptSet.images");
		});
	});

	it("whose image goes away in mid-run fails alone, and the file stays sound", async () => {
		await withFolder(async (folder) => {
			const set = ownSet(folder);
			const out = join(folder, "r.safethink.jsonl");
			proxy.answerWith = (path) => {
				if (/completions/.test(path)) rmSync(join(folder, "images", "clock.png"), { force: true });
				return undefined;
			};
			const { code, stderr } = await cli([...runArgs(out, set), "--concurrency", "1"]);
			proxy.answerWith = () => undefined;
			expect(code).toBe(1);
			expect(stderr).toContain("clock.png");
			expect(ends(out)).toEqual({ finished: 13 });
			expect((await cli(["check", out])).code).toBe(0);
		});
	});
});

describe("defences named twice", () => {
	it("are run once", async () => {
		await withFolder(async (folder) => {
			const out = join(folder, "r.safethink.jsonl");
			expect((await cli([...runArgs(out), "--only", "kite", "--defence", "none,none"])).code).toBe(0);
			expect(ends(out)).toEqual({ finished: 1 });
			expect((await cli(["check", out])).code).toBe(0);
		});
	});
});

describe("the summary", () => {
	it("has every trace in its defence's line, those too that failed before the file had anything of them", async () => {
		await withFolder(async (folder) => {
			const out = join(folder, "r.safethink.jsonl");
			let down = false;
			let seen = 0;
			proxy.answerWith = (path) => {
				if (/completions/.test(path) && ++seen > 12) down = true;
				return down ? 503 : undefined;
			};
			const args = [...runArgs(out), "--defence", "none,safethink", "--concurrency", "2", "--scorer-retries", "0"];
			const { code, stdout, stderr } = await cli([...args, "--only", "kite", "--only", "salt", "--samples", "5"]);
			proxy.answerWith = () => undefined;
			expect(code).toBe(1);
			const lines = stdout.trim().split("\n");
			expect(lines.map((line) => line.split(":")[0])).toEqual(["none", "safethink"]);
			for (const line of lines) {
				const ended = (line.split(" · ")[0] as string).replace(/^.*?: /, "");
				expect(ended).toContain("failed before the first step");
				const counts = ended.split(", ").map((part) => Number.parseInt(part, 10));
				expect(counts.reduce((sum, count) => sum + count, 0)).toBe(10);
			}
			expect(stderr).toMatch(/20 of 20 traces ended · \d+ failed/);
			expect(stderr).not.toContain("100 %");
		});
	});
});

describe("a server whose model takes no images", () => {
	it("is told before the first trace, with the prompts that will fail, and in what the traces fail with", async () => {
		const props = { default_generation_settings: { n_ctx: 2048 }, media_marker: "<image>", modalities: { vision: false } };
		const llama = await new FaultServer({ kind: "llama.cpp", withoutImages: true, documents: { "/props": props } }).start();
		await withFolder(async (folder) => {
			const args = ["run", SAMPLES, "--server", llama.url, "--defence", "none", "--max-tokens", "60"];
			const only = ["--only", "kite", "--only", "cake-picture", "--only", "flower-picture"];
			const { code, stdout, stderr } = await cli([...args, ...only, "--out", join(folder, "r.safethink.jsonl")]);
			const [before, after] = stderr.split("run file:");
			expect(before).toMatch(
				/warning: the server says that its model takes no images, .* 2 prompts .*: cake-picture, flower-picture\./,
			);
			expect(after).toMatch(
				/failed \(unsupported\): .* takes no images \(400: image input is not supported\)\n {2}what to do: Serve a model/,
			);
			expect(code).toBe(1);
			expect(stdout).toMatch(/^none: 1 truncated, 2 failed /);
		});
		await llama.stop();
	});
});

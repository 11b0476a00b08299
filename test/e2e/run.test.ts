import { copyFileSync, readFileSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { FaultServer } from "../servers/fault-server.ts";
import { cli, demoServer, eventsOf, ROOT, rebuild, startCli, withFolder } from "./cli.ts";
import { recordingProxy } from "./recording-proxy.ts";

const SAMPLES = join(ROOT, "samples", "mischief.prompts.jsonl");

let server: Awaited<ReturnType<typeof demoServer>>;
beforeAll(async () => {
	server = await demoServer();
});
afterAll(() => server.stop());

/** A run on the embedded model over HTTP, as a user's own server. */
function runArgs(out: string, url = server.url): string[] {
	return [
		"run",
		SAMPLES,
		"--server",
		url,
		"--model",
		"organism-policy",
		"--scorer",
		`classify,url=${url},model=organism-scorer`,
		"--judge",
		"exact",
		"--out",
		out,
	];
}

/** What a run comes to, without ids, times and costs. */
function essence(path: string): string[] {
	const kept = eventsOf(path).filter(({ type }) =>
		["step.accepted", "answer.finished", "trace.finished", "judge.verdict"].includes(type),
	);
	return kept
		.map(({ type, traceId, step, attempt, reason, text, outcome, harmful, scope }) =>
			JSON.stringify([traceId, type, step, attempt, reason, text, outcome, scope, harmful]),
		)
		.sort();
}

describe("safethink run on the embedded model", () => {
	it("writes a run that passes check, steers, and whose requests and decisions rebuild to the byte", async () => {
		await withFolder(async (folder) => {
			const proxy = await recordingProxy(server.url);
			const out = join(folder, "r.safethink.jsonl");
			const ended = await cli([...runArgs(out, proxy.url), "--samples", "2", "--seed", "5"]);
			await proxy.close();
			expect(ended.stderr + ended.stdout).not.toMatch(/ at .*\.ts:|node:internal/);
			expect(ended.code).toBe(0);
			const events = eventsOf(out);
			expect(events.filter(({ type }) => type === "trace.finished")).toHaveLength(28);
			expect(events.some(({ type, attempt }) => type === "step.accepted" && Number(attempt) > 0)).toBe(true);
			expect(events.filter(({ type }) => type === "judge.verdict")).toHaveLength(56);
			expect((await cli(["check", out])).code).toBe(0);

			const rebuilt = rebuild([out, join(ROOT, "samples"), "--json"]);
			expect(rebuilt.stderr).toContain("0 differences");
			expect(rebuilt.code).toBe(0);
			const lines = rebuilt.stdout
				.trim()
				.split("\n")
				.map((line) => JSON.parse(line) as { path: string; body: string });
			const key = ({ path, body }: { path: string; body: string }) => `${path} ${body}`;
			// Whether a prompt's rendering tokenises back to itself is asked, but decides nothing that is not in the file.
			const sent = proxy.requests
				.filter(({ method, path }) => method === "POST" && !/tokenize$/.test(path))
				.map(key)
				.sort();
			expect(lines.map(key).sort()).toEqual(sent);
		});
	});

	it("makes the same traces twice, and goes on where a kill left it, repeating nothing", async () => {
		await withFolder(async (folder) => {
			const whole = join(folder, "whole.safethink.jsonl");
			const broken = join(folder, "broken.safethink.jsonl");
			expect((await cli(runArgs(whole))).code).toBe(0);
			const full = statSync(whole).size;
			for (const share of [0.2, 0.5, 0.8]) {
				const { child, ended } = startCli(runArgs(broken));
				await grownTo(broken, full * share);
				child.kill("SIGKILL");
				await ended;
			}
			const before = eventsOf(broken);
			expect((await cli(runArgs(broken))).code).toBe(0);
			const after = eventsOf(broken);
			expect(after.slice(0, before.length)).toEqual(before);
			expect(essence(broken)).toEqual(essence(whole));
			const proposed = after.filter(({ type }) => type === "step.proposed").map(({ attemptId }) => attemptId);
			expect(new Set(proposed).size).toBe(proposed.length);
			expect((await cli(["check", broken])).code).toBe(0);
		});
	});

	it("continues a file cut at any byte", async () => {
		await withFolder(async (folder) => {
			const whole = join(folder, "whole.safethink.jsonl");
			const args = (out: string) => [...runArgs(out), "--only", "remote-film", "--only", "balloon-picture"];
			expect((await cli(args(whole))).code).toBe(0);
			const size = statSync(whole).size;
			const expected = essence(whole);
			for (const share of [0.31, 0.47, 0.62, 0.78, 0.93]) {
				const cut = join(folder, `cut${share}.safethink.jsonl`);
				copyFileSync(whole, cut);
				truncateSync(cut, Math.floor(size * share));
				const kept = eventsOf(cut);
				expect((await cli(args(cut))).code).toBe(0);
				expect(eventsOf(cut).slice(0, kept.length)).toEqual(kept);
				expect(essence(cut)).toEqual(expected);
				expect((await cli(["check", cut])).code).toBe(0);
			}
		});
	});

	it("stops on SIGINT with code 130, says how to go on, and goes on", async () => {
		await withFolder(async (folder) => {
			const out = join(folder, "r.safethink.jsonl");
			const { child, ended } = startCli(runArgs(out));
			await grownTo(out, 60_000);
			child.kill("SIGINT");
			const { code, stderr } = await ended;
			expect(code).toBe(130);
			expect(stderr).toContain(`--out ${out} goes on`);
			expect((await cli(["check", out])).code).toBe(0);
			expect((await cli(runArgs(out))).code).toBe(0);
		});
	});

	it("refuses another plan, naming the field, and leaves the file as it is", async () => {
		await withFolder(async (folder) => {
			const out = join(folder, "r.safethink.jsonl");
			const args = [...runArgs(out), "--only", "kite"];
			expect((await cli(args)).code).toBe(0);
			const before = readFileSync(out);
			const { code, stderr } = await cli([...args, "--tau", "0.5"]);
			expect(code).toBe(2);
			expect(stderr).toContain("threshold");
			expect(stderr).toContain("0.5");
			expect(readFileSync(out)).toEqual(before);
		});
	});

	it("shows with --dry-run the first prompt as the server renders it, and no request's template", async () => {
		const llama = await new FaultServer({ kind: "llama.cpp" }).start();
		const dry = (url: string, only: string) =>
			cli([...runArgs("r.safethink.jsonl"), "--server", url, "--dry-run", "--only", only]);
		const rendered = await dry(llama.url, "kite");
		await llama.stop();
		expect(rendered.stdout).toMatch(
			/^first prompt: kite\nrendered by the server:\n[\s\S]*How can I fly a kite\?[\s\S]*assistant/,
		);
		const unseen = await dry(server.url, "cake-picture");
		expect(unseen.stdout).toMatch(/^first prompt: cake-picture, with 1 image\nuser: Please help me [^\n]*\nThe server renders/);
		for (const { code, stdout } of [rendered, unseen]) {
			expect(code).toBe(0);
			expect(stdout).not.toContain('"messages"');
			expect(stdout.split("\n").length).toBeLessThan(20);
		}
	});

	it("tells with --dry-run what would be sent, and sends nothing for text", async () => {
		const proxy = await recordingProxy(server.url);
		const { code, stdout } = await cli([...runArgs("unused.safethink.jsonl", proxy.url), "--dry-run", "--json"]);
		await proxy.close();
		expect(code).toBe(0);
		const { estimate, prompt } = JSON.parse(stdout.trim().split("\n").at(-1) as string) as {
			estimate: { traces: number };
			prompt: string;
		};
		expect(estimate.traces).toBe(14);
		expect(prompt).toBe("kite");
		expect(proxy.requests.filter(({ path }) => /completions|classify/.test(path))).toEqual([]);
	});
});

describe("bad input", () => {
	it.each([
		[
			"no such set",
			["run", "nowhere.prompts.jsonl", "--server", "http://127.0.0.1:9", "--scorer", "classify,url=http://127.0.0.1:9"],
			/nowhere\.prompts\.jsonl/,
		],
		[
			"a dead server",
			["run", SAMPLES, "--server", "http://127.0.0.1:9", "--scorer", "classify,url=http://127.0.0.1:9"],
			/127\.0\.0\.1:9/,
		],
		[
			"no scorer for a defence that needs one",
			["run", SAMPLES, "--server", "http://127.0.0.1:9", "--out", "x.safethink.jsonl"],
			/./,
		],
		["an unknown option", ["run", SAMPLES, "--taU", "1"], /unknown option/],
		["a value out of range", ["run", SAMPLES, "--tau", "7"], /--tau/],
		[
			"a key instead of its variable's name",
			["run", SAMPLES, "--key", "sk-abcdefghijklmnop1234567890"],
			/NAME of an environment variable/,
		],
		["an unknown scorer", ["run", SAMPLES, "--scorer", "clasify,url=http://127.0.0.1:9"], /classify/],
		["no sample for the demo", ["demo", "--samples", "0", "--once"], /whole number from 1 to 1000/],
		["no run file", ["show", "nowhere.safethink.jsonl"], /nowhere\.safethink\.jsonl/],
		["a foreign file as run", ["check", SAMPLES], /./],
		["a dead port to probe", ["probe", "http://127.0.0.1:9/v1"], /127\.0\.0\.1:9/],
	])("%s: exit code 2, one clear message, no stack trace", async (_, args, message) => {
		const { code, stdout, stderr } = await cli(args);
		expect(code).toBe(2);
		expect(stderr).toMatch(message);
		expect(stderr + stdout).not.toMatch(/\n\s+at |node:internal|sk-abcdefgh/);
	});

	it("names every broken line of a prompt set at once and runs nothing", async () => {
		await withFolder(async (folder) => {
			const set = join(folder, "b.prompts.jsonl");
			writeFileSync(
				set,
				'{"id":"a","text":"How do I bake a cake?"}\n{"id":"b"}\nnot json\n{"id":"a","text":"again"}\n{"id":"c","text":"x","images":["../../etc/passwd"]}\n',
			);
			const { code, stderr } = await cli([
				"run",
				set,
				"--server",
				server.url,
				"--model",
				"organism-policy",
				"--scorer",
				`classify,url=${server.url}`,
			]);
			expect(code).toBe(2);
			for (const line of [2, 3, 4, 5]) expect(stderr).toContain(`b.prompts.jsonl:${line}`);
		});
	});
});

async function grownTo(path: string, bytes: number): Promise<void> {
	for (;;) {
		try {
			if (statSync(path).size >= bytes) return;
		} catch {
			// Not there yet.
		}
		await new Promise((resolve) => setTimeout(resolve, 10));
	}
}

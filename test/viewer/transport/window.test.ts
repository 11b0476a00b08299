import { execFileSync } from "node:child_process";
import { appendFileSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { writeManyTraces } from "../../../bench/view/generate.ts";
import { acquireLock } from "../../../src/store/lock.ts";
import { openSibling } from "../../../src/store/siblings.ts";
import { withFolder } from "../../e2e/cli.ts";
import { grow } from "./served.ts";
import { startWindow, type WindowChild } from "./window-child.ts";

const MAY = { run: true };

/** Gives a window's child and a folder with a finished run of four traces. */
function withWindow<T>(use: (window: WindowChild, path: string, folder: string) => Promise<T>): Promise<T> {
	return withFolder(async (folder) => {
		const path = join(folder, "tea.safethink.jsonl");
		writeManyTraces(path, 4, 3);
		const window = startWindow({ XDG_CONFIG_HOME: folder, APPDATA: folder });
		try {
			return await use(window, path, folder);
		} finally {
			await window.close();
		}
	});
}

describe("pages", () => {
	test("ask through their session, and hear when the run grows", () =>
		withWindow(async (window, path) => {
			await window.call("open", { session: 3, path, permission: MAY, scorers: [] });
			expect(await window.page(3, "run.info", {})).toMatchObject({
				reply: 5,
				result: { name: "tea.safethink.jsonl", can: { run: true } },
			});
			await window.page(3, "run.watch", { visible: true });
			const traceId = grow(path);
			for (;;) {
				expect(await window.notice()).toMatchObject({ session: 3, message: { notice: "changed" } });
				const { result } = await window.page(3, "run.place", { traceId });
				if ((result as { index: number | null } | undefined)?.index != null) return;
			}
		}));

	test("with a session that was never opened or is closed are refused", () =>
		withWindow(async (window, path) => {
			await expect(window.page(1, "run.info", {})).rejects.toMatchObject({ kind: "no-session" });
			await window.call("open", { session: 1, path, permission: MAY, scorers: [] });
			await window.call("close", { session: 1 });
			await expect(window.page(1, "run.info", {})).rejects.toMatchObject({ kind: "no-session" });
		}));

	test("of a file that is no run are not opened", () =>
		withWindow(async (window, path, folder) => {
			const missing = join(folder, "gone.safethink.jsonl");
			await expect(window.call("open", { session: 1, path: missing, permission: MAY, scorers: [] })).rejects.toMatchObject({
				kind: "no-file",
				remedy: expect.any(String),
			});
			writeFileSync(path, "no run\n");
			await expect(window.call("open", { session: 1, path, permission: MAY, scorers: [] })).rejects.toMatchObject({
				kind: "not-a-run",
			});
		}));

	test("may start work only where both the window and the run permit it", () =>
		withWindow(async (window, path) => {
			const may = async (session: number) => ((await window.page(session, "run.info", {})).result as { can: object }).can;
			await window.call("open", { session: 1, path, permission: MAY, scorers: [] });
			await window.call("open", { session: 2, path, permission: { run: false, why: "an old version" }, scorers: [] });
			expect([await may(1), await may(2)]).toEqual([{ run: true }, { run: false, why: "an old version" }]);
			await window.call("permit", { permission: { run: false, why: "not trusted" } });
			expect([await may(1), await may(2)]).toEqual([
				{ run: false, why: "not trusted" },
				{ run: false, why: "an old version" },
			]);
			await window.call("permit", { permission: MAY });
			expect([await may(1), await may(2)]).toEqual([{ run: true }, { run: false, why: "an old version" }]);
		}));
});

describe("the child", () => {
	test("passes over lines that are no request, and ends with its input", () =>
		withWindow(async (window) => {
			for (const line of ["{", "", "null", '"text"', '{"call":"one"}', "\u0000", "{}"]) window.write(line);
			await expect(window.call("nothing" as "runs", { paths: [] })).rejects.toMatchObject({ kind: "no-method" });
			expect(await window.call("runs", { paths: [] })).toEqual({ runs: [] });
			const { code, stderr } = await window.close();
			expect(code).toBe(0);
			expect(stderr.trim().split("\n")).toHaveLength(6);
		}));

	test("carries texts whose separators other readers take for the end of a line", () =>
		withWindow(async (window) => {
			const text = "Wait,\u2028think\u2029safely.\n\r\u0085";
			await window.call("keepPrefix", { text, note: "odd" });
			expect(await window.call("prefixes", {})).toEqual({ prefixes: [{ text, note: "odd" }] });
			await window.call("removePrefix", { text });
			expect(await window.call("prefixes", {})).toEqual({ prefixes: [] });
		}));

	test("uses a key for its origin only, and never says it", async () => {
		const key = "sk-everyday-mischief-0123456789";
		const seen: (string | undefined)[] = [];
		const server = createServer(({ headers }, response) => {
			seen.push(headers.authorization);
			response
				.writeHead(401, { "content-type": "application/json" })
				.end(JSON.stringify({ error: { message: `no: ${headers.authorization}` } }));
		});
		await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
		const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
		const window = startWindow();
		const probe = () =>
			window.call("probe", { url: `${url}/v1`, model: "m", quick: true }).catch((error: Error & { remedy?: string }) => error);
		await window.call("keys", { keys: { "http://127.0.0.1:1": key } });
		await probe();
		expect(seen.every((authorization) => authorization === undefined)).toBe(true);
		seen.length = 0;
		await window.call("keys", { keys: { [url]: key } });
		const refused = await probe();
		expect(new Set(seen)).toEqual(new Set([`Bearer ${key}`]));
		window.write(`{"keys":"${key}"`);
		await expect(window.call("keys", { keys: key } as never)).rejects.toMatchObject({ kind: "bad-request" });
		const { stdout, stderr } = await window.close();
		server.close();
		expect(JSON.stringify(refused) + stdout + stderr).not.toContain(key);
	});

	test("probes the embedded server that it starts", async () => {
		const window = startWindow();
		const { url } = await window.call("embedded", {});
		expect(await window.call("embedded", {})).toEqual({ url });
		const report = await window.call("probe", { url, model: "organism-policy", quick: true });
		expect(report).toMatchObject({ url, kind: "vllm", model: "organism-policy" });
		expect(report.findings).toContainEqual({ name: "partial message", value: expect.any(String), good: true });
		for (const { good, follows } of report.findings) expect(follows === undefined).toBe(good === true);
		expect((await window.close()).code).toBe(0);
		await expect(fetch(`${url}/health`)).rejects.toThrow();
	});

	test("starts the embedded server again after it died", async () => {
		const window = startWindow();
		const { url } = await window.call("embedded", {});
		const [server] = execFileSync("pgrep", ["-P", String(window.pid)], { encoding: "utf8" })
			.trim()
			.split("\n");
		process.kill(Number(server), "SIGKILL");
		await vi.waitFor(async () => expect((await window.call("embedded", {})).url).not.toBe(url), 20_000);
		const again = await window.call("embedded", {});
		expect((await fetch(`${again.url}/health`)).ok).toBe(true);
		await window.close();
	});
});

describe("the list of runs", () => {
	test("says of each file how far it is, whatever it is", () =>
		withWindow(async (window, path, folder) => {
			const stopped = join(folder, "stopped.safethink.jsonl");
			const noRun = join(folder, "no.safethink.jsonl");
			writeManyTraces(stopped, 4, 3);
			cutAfter(stopped, '"type":"trace.finished"', 2);
			appendFileSync(
				stopped,
				`{"id":"x-1","time":"2026-01-02T00:00:00.000Z","type":"trace.failed","traceId":"p000001/safethink/0","error":{"kind":"unreachable","message":"no"}}\n{"torn`,
			);
			writeFileSync(noRun, "{}\n");
			const beside = await openSibling(path, { name: "test", version: "0" });
			beside.close();
			const paths = [path, stopped, noRun, join(folder, "gone.safethink.jsonl"), beside.path];
			const { runs } = await window.call("runs", { paths });
			expect(runs.map((item) => item.path)).toEqual(paths);
			const common = { planned: 4, started: "2026-01-01T00:00:00.000Z", model: "bench", defences: ["none", "safethink"] };
			expect(runs.map(({ run, error }) => run ?? error?.kind)).toEqual([
				{ ...common, state: "finished", ended: 4, failed: 0 },
				{ ...common, state: "stopped", ended: 3, failed: 1 },
				"not-a-run",
				"no-file",
				"beside-a-run",
			]);
		}));

	test("counts on from where it was, and sees who writes and what was replaced", () =>
		withWindow(async (window, path) => {
			const state = async () => (await window.call("runs", { paths: [path] })).runs[0]?.run;
			cutAfter(path, '"type":"trace.finished"', 1);
			expect(await state()).toMatchObject({ state: "stopped", ended: 1 });
			const lock = await acquireLock(path);
			const ending = {
				id: "x-1",
				time: "2026-01-02T00:00:00.000Z",
				type: "trace.finished",
				traceId: "other",
				outcome: "finished",
				steps: 0,
			};
			const usage = { generated: 0, discarded: 0, prompt: 0, cached: null, policyRequests: 0, scorerRequests: 0 };
			appendFileSync(path, `${JSON.stringify({ ...ending, usage, ms: 1 })}\n`);
			// A text that looks like an event's end is none.
			appendFileSync(
				path,
				`${JSON.stringify({ id: "x-2", time: ending.time, type: "note", text: '"type":"trace.finished"' })}\n`,
			);
			expect(await state()).toMatchObject({ state: "running", ended: 2 });
			lock.release();
			rmSync(path);
			expect(await state()).toBeUndefined();
			writeManyTraces(path, 2, 1);
			cutAfter(path, '"type":"trace.started"', 2);
			expect(await state()).toMatchObject({ state: "stopped", planned: 2, ended: 1 });
		}));

	test("stops nothing where nobody writes", () =>
		withWindow(async (window, path) => {
			await expect(window.call("stop", { path })).rejects.toMatchObject({ remedy: expect.any(String) });
		}));
});

/** Shortens a file to the end of the line in which `needle` stands for the `nth` time. */
function cutAfter(path: string, needle: string, nth: number): void {
	const lines = readFileSync(path, "utf8").split("\n");
	let seen = 0;
	const last = lines.findIndex((line) => line.includes(needle) && ++seen === nth);
	writeFileSync(path, `${lines.slice(0, last + 1).join("\n")}\n`);
}

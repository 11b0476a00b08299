import { spawn } from "node:child_process";
import { once } from "node:events";
import {
	appendFileSync,
	chmodSync,
	closeSync,
	copyFileSync,
	existsSync,
	mkdirSync,
	openSync,
	readFileSync,
	renameSync,
	statSync,
	writeFileSync,
	writeSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { writeManyTraces } from "../../bench/view/generate.ts";
import { type Journal, openJournal } from "../../src/store/journal.ts";
import { foldUnion, openSibling } from "../../src/store/siblings.ts";
import { summariesPath } from "../../src/store/summaries.ts";
import type { EventDraft } from "../../src/trace/events.ts";
import { openRun } from "../../src/viewer/open-run.ts";
import { temporaryFolder } from "../store/folder.ts";
import { HEADER, SampleTrace, sampleRun, steeredTrace } from "../store/sample-run.ts";
import { openPage } from "./page.ts";

function newPath(name = "a"): string {
	return join(temporaryFolder(), `${name}.safethink.jsonl`);
}

async function write(path: string, drafts: readonly EventDraft[]): Promise<void> {
	const journal = await openJournal(path, HEADER);
	for (const draft of drafts) journal.append(draft);
	journal.close();
}

describe("openRun", () => {
	it("answers at once and shows how far the first reading is, while rows grow", async () => {
		const path = newPath();
		writeManyTraces(path, 600, 11);
		const page = await openPage(path);
		const seen: { bytes: number; of: number; rows: number }[] = [];
		for (let info = await page.ask("run.info", {}); info.reading; info = await page.ask("run.info", {})) {
			seen.push({ ...info.reading, rows: info.traces.begun });
			await page.changed();
		}
		const { size } = statSync(path);
		expect(seen.length).toBeGreaterThan(2);
		const between = seen.filter(({ bytes, rows }) => bytes > 0 && bytes < size && rows > 0 && rows < 600);
		expect(between.length).toBeGreaterThan(0);
		expect(between.every(({ of }) => of === size)).toBe(true);
		expect(await page.ask("run.info", {})).toMatchObject({
			reading: null,
			state: "finished",
			traces: { begun: 600, ended: 600 },
		});
	});

	it("stops reading when it is closed, keeps what it read, and goes on there", async () => {
		const path = newPath();
		writeManyTraces(path, 2000, 11);
		const run = await openRun(path);
		while ((run.reading?.bytes ?? 0) === 0) await new Promise((resolve) => setImmediate(resolve));
		await run.close();
		const begun = run.rows().length;
		expect(begun).toBeLessThan(2000);
		expect(existsSync(summariesPath(path))).toBe(true);
		const again = await openRun(path);
		await again.wholeRead();
		expect(again.rows().length).toBe(2000);
		expect(new Set(again.rows().map((row) => row.attempts))).toEqual(new Set([11, 13]));
		await again.close();
	});

	it("keeps summaries beside the run, unless it must not or cannot", async () => {
		const path = newPath();
		await write(path, sampleRun());
		const shy = await openRun(path, { readOnly: true });
		await shy.wholeRead();
		await shy.close();
		expect(existsSync(summariesPath(path))).toBe(false);
		const run = await openRun(path);
		await run.wholeRead();
		await run.close();
		expect(existsSync(summariesPath(path))).toBe(true);
		const taken = newPath();
		await write(taken, sampleRun());
		mkdirSync(summariesPath(taken));
		const other = await openRun(taken);
		await other.wholeRead();
		expect(other.rows().length).toBe(4);
		await other.close();
	});

	it("takes over nothing from kept summaries that name files outside the run", async () => {
		const path = newPath();
		await write(path, sampleRun());
		const run = await openRun(path);
		await run.wholeRead();
		await run.close();
		const kept = readFileSync(summariesPath(path), "utf8").replaceAll('"file":"a.safethink.jsonl"', '"file":"../secret"');
		writeFileSync(summariesPath(path), kept);
		const again = await openRun(path);
		await again.wholeRead();
		expect(again.rows().flatMap((row) => row.where.map(({ file }) => file))).toEqual(Array(4).fill("a.safethink.jsonl"));
		await again.close();
	});

	it("folds a growing trace on, event by event, to what a whole reading gives; a branch in a file beside it, too", async () => {
		const path = newPath();
		const journal = await openJournal(path, HEADER);
		const run = await openRun(path);
		const beside = await openSibling(path, HEADER.product);
		const parent = steeredTrace("a", 4);
		const branch = new SampleTrace("a~1", { branch: { of: parent, step: 3 } });
		branch.send();
		branch.propose("Or a clean joke.\n</think>", 0, "", "close");
		branch.accept("Or a clean joke.\n</think>", "beyond-depth");
		branch.finish();
		const check = async (id: string) => {
			await run.catchUp();
			expect(await run.trace(id)).toEqual((await foldUnion(path)).traces.get(id));
		};
		for (const [index, draft] of parent.drafts.entries()) {
			journal.append(draft);
			if (index === 5) journal.append(steeredTrace("b", 2).drafts[0] as EventDraft);
			await check("a");
		}
		for (const draft of branch.drafts) {
			beside.append(draft);
			await check("a~1");
		}
		expect((await run.events("a~1")).map(({ type }) => type)).toEqual(
			[...parent.drafts, ...branch.drafts].map(({ type }) => type),
		);
		beside.close();
		journal.close();
		await run.close();
	});

	it("reads no event of a growing trace twice", async () => {
		const path = newPath();
		const [first, ...drafts] = steeredTrace("a", 4).drafts;
		const journal = await openJournal(path, HEADER);
		for (const draft of [first as EventDraft, ...drafts.slice(0, 9)]) journal.append(draft);
		const run = await openRun(path);
		await run.wholeRead();
		const before = structuredClone(await run.trace("a"));
		// Were it read again, the trace would have no first step.
		const text = readFileSync(path, "utf8");
		const file = openSync(path, "r+");
		writeSync(file, " ".repeat(9), text.indexOf('"step.proposed"') + 1);
		closeSync(file);
		for (const draft of drafts.slice(9)) journal.append(draft);
		journal.close();
		await run.catchUp();
		const after = await run.trace("a");
		expect(after.status).toBe("finished");
		expect(after.steps[0]).toEqual({ ...before.steps[0], ...after.steps[0] });
		expect(after.steps[0]?.attempts).toHaveLength(3);
		await run.close();
	});

	it("notices growth, new files beside it and a replaced file while it is watched, and tells of it now and then only", async () => {
		const path = newPath();
		const journal = await openJournal(path, HEADER);
		const page = await openPage(path);
		await page.ask("run.watch", { visible: true });
		await page.read();
		const until = async (is: () => Promise<boolean>) => {
			for (let next = page.changed(); !(await is()); next = page.changed()) await next;
		};
		const begun = async () => (await page.ask("run.info", {})).traces.begun;
		for (const draft of steeredTrace("a", 120).drafts) journal.append(draft);
		await until(async () => (await begun()) === 1);
		await until(async () => (await page.ask("trace.head", { traceId: "a" })).status === "finished");
		expect(page.notices.length).toBeLessThan(120);
		expect(page.notices.at(-1)).toMatchObject({ notice: "changed" });
		const beside = await openSibling(path, HEADER.product);
		beside.append({ type: "judge.verdict", traceId: "a", judge: "exact", scope: "both", harmful: true });
		beside.close();
		await until(async () => (await page.ask("run.rows", { from: 0, count: 1 })).rows[0]?.harmful === true);
		journal.close();
		const other = newPath("b");
		await write(other, [...steeredTrace("x", 3).drafts, ...steeredTrace("y", 3).drafts]);
		renameSync(other, path);
		const { revision } = await page.ask("run.info", {});
		await until(async () => (await begun()) === 2);
		expect((await page.ask("run.info", {})).revision).toBeGreaterThan(revision);
		await expect(page.ask("trace.head", { traceId: "a" })).rejects.toMatchObject({ kind: "no-trace" });
		expect((await page.ask("trace.head", { traceId: "y" })).steps).toBe(3);
	});

	it("forgets what it folded of a file that was replaced, by one whose traces have the same names, too", async () => {
		const path = newPath();
		await write(path, steeredTrace("a", 3).drafts);
		const run = await openRun(path);
		await run.wholeRead();
		expect((await run.trace("a")).steps).toHaveLength(3);
		const other = newPath("b");
		const journal = await openJournal(other, { ...HEADER, environment: { server: "another" } });
		for (const draft of steeredTrace("a", 6).drafts) journal.append(draft);
		journal.close();
		renameSync(other, path);
		await run.catchUp();
		expect((await run.trace("a")).steps).toHaveLength(6);
		expect(run.header.environment).toEqual({ server: "another" });
		await run.close();
	});

	it("reads past a torn tail, damaged lines and unknown events, and counts the lines", async () => {
		const path = newPath();
		await write(path, sampleRun());
		appendFileSync(path, 'garbage\n{"type":"step.accepted","id":"x-1","time":"2026-01-01T00:00:00Z"}\n\n');
		appendFileSync(path, '{"type":"mood.noted","id":"x-2","time":"2026-01-01T00:00:00Z","traceId":"a","mood":"calm"}\n');
		appendFileSync(path, Buffer.from([0xff, 0xfe, 10]));
		appendFileSync(path, '{"type":"judge.verdict","id":"x-3"');
		const page = await openPage(path);
		await page.read();
		expect(await page.ask("run.info", {})).toMatchObject({ badLines: 3, traces: { begun: 3, branches: 1 } });
		expect((await page.ask("trace.head", { traceId: "a" })).verdicts).toEqual([]);
	});

	it("refuses what is no run with kind and remedy", async () => {
		const folder = temporaryFolder();
		const path = join(folder, "a.safethink.jsonl");
		await expect(openRun(path)).rejects.toMatchObject({ kind: "no-file", remedy: expect.any(String) });
		await expect(openRun(folder)).rejects.toMatchObject({ kind: "not-a-run" });
		for (const content of ["", "\n", "no JSON\n", '{"type":"run.started"}\n', '{"type":"run.started","id":"a-1","ti']) {
			writeFileSync(path, content);
			await expect(openRun(path), content).rejects.toMatchObject({ kind: "not-a-run", remedy: expect.any(String) });
		}
	});

	it("says what keeps the run from being read when a file that is none took its place, until that is mended", async () => {
		const path = newPath();
		await write(path, sampleRun());
		const page = await openPage(path);
		await page.read();
		copyFileSync(path, `${path}.good`);
		writeFileSync(path, "no run\n");
		await page.ask("run.watch", { visible: true });
		for (let next = page.changed(); ; next = page.changed()) {
			const failed = await page.ask("run.info", {}).catch((error) => error.kind);
			if (failed === "not-a-run") break;
			await next;
		}
		copyFileSync(`${path}.good`, path);
		for (let next = page.changed(); ; next = page.changed()) {
			const info = await page.ask("run.info", {}).catch(() => undefined);
			if (info?.traces.begun === 3) break;
			await next;
		}
	});

	it("opens a run by a file beside it, and tells who writes", async () => {
		const path = newPath();
		const journal: Journal = await openJournal(path, HEADER);
		for (const draft of steeredTrace("a", 2).drafts.slice(0, -1)) journal.append(draft);
		const beside = await openSibling(path, HEADER.product);
		const page = await openPage(beside.path);
		await page.read();
		expect(await page.ask("run.info", {})).toMatchObject({ name: "a.safethink.jsonl", state: "running" });
		await page.ask("run.watch", { visible: true });
		journal.close();
		for (let next = page.changed(); (await page.ask("run.info", {})).state !== "stopped"; next = page.changed()) await next;
		beside.close();
	});

	it("says of a trace that it was broken off, as soon as its writer is killed", async () => {
		const path = newPath();
		await write(path, []);
		const store = new URL("../../src/store/", import.meta.url);
		const drafts = JSON.stringify(steeredTrace("a", 2).drafts.slice(0, 6));
		const source = `
			import { openSibling } from "${new URL("siblings.ts", store)}";
			const journal = await openSibling(${JSON.stringify(path)}, ${JSON.stringify(HEADER.product)});
			for (const draft of ${drafts}) journal.append(draft);
			console.log("written");
			setInterval(() => {}, 1000);`;
		const writer = spawn(process.execPath, ["--input-type=module", "-e", source], { stdio: ["ignore", "pipe", "inherit"] });
		onTestFinished(() => void writer.kill("SIGKILL"));
		await once(writer.stdout, "data");
		const page = await openPage(path);
		await page.read();
		await page.ask("run.watch", { visible: true });
		const statusOf = async () => (await page.ask("run.rows", { from: 0, count: 1 })).rows[0]?.status;
		const traceId = (await page.ask("run.rows", { from: 0, count: 1 })).rows[0]?.traceId ?? "";
		expect(await statusOf()).toBe("running");
		expect(await page.ask("trace.head", { traceId })).toMatchObject({ status: "running" });
		writer.kill("SIGKILL");
		for (let next = page.changed(); (await statusOf()) !== "abandoned"; next = page.changed()) await next;
		expect(await page.ask("trace.head", { traceId })).toMatchObject({ status: "abandoned" });
	});

	it("reads where the folder cannot be written", async () => {
		const path = newPath();
		await write(path, sampleRun());
		chmodSync(dirname(path), 0o555);
		try {
			const run = await openRun(path);
			await run.wholeRead();
			expect(run.rows().length).toBe(4);
			await run.close();
		} finally {
			chmodSync(dirname(path), 0o755);
		}
	});
});

import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { checkRun } from "../../src/store/check.ts";
import { openJournal } from "../../src/store/journal.ts";
import { readRun, tailRun } from "../../src/store/reader.ts";
import { temporaryFolder } from "./folder.ts";
import { HEADER, sampleRun } from "./sample-run.ts";

async function ids(path: string): Promise<string[]> {
	const list: string[] = [];
	for await (const { event } of readRun(path)) list.push(event.id);
	return list;
}

/** Ids of the whole events among the first bytes of a file, the last line's line feed not needed. */
function wholeIds(bytes: Buffer): string[] {
	return bytes
		.toString("utf8")
		.split("\n")
		.flatMap((line) => {
			try {
				return [JSON.parse(line).id as string];
			} catch {
				return [];
			}
		});
}

describe("a run file cut at any byte", () => {
	it("is continued, loses no whole event, gains only run.continued, and has no problem", { timeout: 60_000 }, async () => {
		const path = join(temporaryFolder(), "a.safethink.jsonl");
		const journal = await openJournal(path, HEADER);
		const drafts = sampleRun().filter((draft) => draft.type !== "run.finished");
		for (const draft of drafts) journal.append(draft);
		journal.close();
		const whole = readFileSync(path);
		const from = whole.length - 900;
		expect(whole.subarray(from).filter((byte) => byte === 10).length).toBeGreaterThan(2);
		for (let cut = from; cut <= whole.length; cut++) {
			const bytes = whole.subarray(0, cut);
			writeFileSync(path, bytes);
			const read = await ids(path);
			(await openJournal(path, HEADER)).close();
			const after = readFileSync(path);
			const kept = await ids(path);
			expect(kept.slice(0, -1)).toEqual(wholeIds(bytes));
			expect(read).toEqual(kept.slice(0, read.length));
			expect(bytes.subarray(0, bytes.lastIndexOf(10) + 1).equals(after.subarray(0, bytes.lastIndexOf(10) + 1))).toBe(true);
			if (cut % 50 === 0) expect((await checkRun(path)).problems).toEqual([]);
		}
	});

	it("is begun anew when nothing but a part of the first line was written", async () => {
		const path = join(temporaryFolder(), "a.safethink.jsonl");
		(await openJournal(path, HEADER)).close();
		const whole = readFileSync(path);
		for (const cut of [
			...Array.from({ length: 40 }, (_, index) => index),
			200,
			whole.length - 2,
			whole.length - 1,
			whole.length,
		]) {
			writeFileSync(path, whole.subarray(0, cut));
			(await openJournal(path, HEADER)).close();
			const kept = await ids(path);
			expect(kept).toHaveLength(cut < whole.length - 1 ? 1 : 2);
			expect((await checkRun(path)).problems).toEqual([]);
		}
	});
});

const WRITER = `
import { openJournal } from ${JSON.stringify(new URL("../../src/store/journal.ts", import.meta.url).href)};
import { HEADER, steeredTrace } from ${JSON.stringify(new URL("./sample-run.ts", import.meta.url).href)};
const [path, round] = process.argv.slice(2);
const journal = await openJournal(path, HEADER);
for (let n = 0; ; n++) {
	for (const draft of steeredTrace("r" + round + "t" + n, 4).drafts) {
		const { id } = journal.append(draft);
		process.stdout.write(id + "\\n");
		if (n % 3 === 0) await new Promise(setImmediate);
	}
}`;

/** Lets a writer process append until it is killed after about so many events; returns the ids it reported as written. */
async function writeUntilKilled(path: string, runner: string, round: number, after: number): Promise<string[]> {
	const writer = spawn(process.execPath, [runner, path, String(round)], { stdio: ["ignore", "pipe", "inherit"] });
	let output = "";
	writer.stdout.on("data", (data) => {
		output += String(data);
		if (output.split("\n").length > after) writer.kill("SIGKILL");
	});
	await once(writer, "close");
	expect(writer.signalCode).toBe("SIGKILL");
	return output.split("\n").slice(0, -1);
}

describe("a writer killed at random moments", () => {
	it("loses no event it reported as written, over several rounds, while a reader follows", { timeout: 120_000 }, async () => {
		const folder = temporaryFolder();
		const path = join(folder, "a.safethink.jsonl");
		const runner = join(folder, "writer.mjs");
		writeFileSync(runner, WRITER);
		(await openJournal(path, HEADER)).close();
		const stop = new AbortController();
		const followed: string[] = [];
		const follower = (async () => {
			for await (const item of tailRun(path, { signal: stop.signal, pollMs: 1 }))
				followed.push(item.kind === "entry" ? item.entry.event.id : item.kind);
		})();
		const reported: string[] = [];
		for (let round = 0; round < 6; round++)
			reported.push(...(await writeUntilKilled(path, runner, round, 1 + Math.floor(Math.random() * 150))));
		(await openJournal(path, HEADER)).close();
		const present = await ids(path);
		expect(new Set(present).size).toBe(present.length);
		expect(reported.length).toBeGreaterThan(6);
		const set = new Set(present);
		expect(reported.filter((id) => !set.has(id))).toEqual([]);
		const report = await checkRun(path);
		expect(report.problems).toEqual([]);
		await expect.poll(() => followed.length, { timeout: 10_000 }).toBe(present.length);
		stop.abort();
		await follower;
		expect(followed).toEqual(present);
	});
});

import { appendFileSync, copyFileSync, mkdirSync, readFileSync, renameSync, truncateSync, writeFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { openJournal } from "../../src/store/journal.ts";
import { type RawLine, readLines } from "../../src/store/lines.ts";
import type { BadLine, Entry } from "../../src/store/parse.ts";
import { foldRun, readRanges, readRun, type TailItem, tailRun } from "../../src/store/reader.ts";
import { temporaryFolder } from "./folder.ts";
import { HEADER, sampleRun } from "./sample-run.ts";

async function writeSample(folder: string, name = "a"): Promise<string> {
	const path = join(folder, `${name}.safethink.jsonl`);
	const journal = await openJournal(path, HEADER);
	for (const draft of sampleRun()) journal.append(draft);
	journal.close();
	return path;
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
	const list: T[] = [];
	for await (const item of items) list.push(item);
	return list;
}

/** Takes items of a followed file until `count` have come. */
async function take(items: AsyncGenerator<TailItem, void, void>, count: number): Promise<TailItem[]> {
	const taken: TailItem[] = [];
	while (taken.length < count) {
		const next = await items.next();
		if (next.done) break;
		taken.push(next.value);
	}
	return taken;
}

describe("readLines", () => {
	it("gives the lines of any bytes with their places, in pieces of any size", async () => {
		const path = join(temporaryFolder(), "lines");
		const line = fc.oneof(fc.string({ unit: "binary" }), fc.constant("")).map((text) => text.replaceAll("\n", " "));
		await fc.assert(
			fc.asyncProperty(fc.array(line), fc.boolean(), fc.integer({ min: 1, max: 9 }), async (lines, ended, piece) => {
				const text = lines.map((item, index) => (index === lines.length - 1 && !ended ? item : `${item}\n`)).join("");
				writeFileSync(path, text);
				const file = await open(path, "r");
				const read = await all<RawLine>(readLines(file, { offset: 0, line: 1 }, { piece }));
				await file.close();
				expect(read.map((raw) => raw.text + (raw.ended ? "\n" : "")).join("")).toBe(Buffer.from(text).toString());
				expect(read.map((raw) => raw.line)).toEqual(read.map((_, index) => index + 1));
				for (const raw of read)
					expect(
						Buffer.from(text)
							.subarray(raw.offset, raw.offset + raw.bytes)
							.toString(),
					).toBe(raw.text + (raw.ended ? "\n" : ""));
			}),
			{ numRuns: 60 },
		);
	});

	it("passes over a line that is too long or no UTF-8 and goes on after it", async () => {
		const path = join(temporaryFolder(), "lines");
		writeFileSync(
			path,
			Buffer.concat([Buffer.from(`${"x".repeat(30)}\n`), Buffer.from([0xff, 0xfe, 10]), Buffer.from("good\n")]),
		);
		const file = await open(path, "r");
		const read = await all(readLines(file, { offset: 0, line: 1 }, { longest: 20, piece: 7 }));
		await file.close();
		expect(read.map((raw) => [raw.text, raw.offset, raw.bytes])).toEqual([
			[undefined, 0, 31],
			[undefined, 31, 3],
			["good", 34, 5],
		]);
	});
});

describe("readRun", () => {
	it("gives every event with its line and bytes, so that a range read gives the same event", async () => {
		const path = await writeSample(temporaryFolder());
		const entries = await all(readRun(path));
		expect(entries.map((entry) => entry.event.type)).toEqual(["run.started", ...sampleRun().map((draft) => draft.type)]);
		for (const entry of entries.slice(5, 9)) {
			const [again] = await all(readRanges(path, [[entry.offset, entry.offset + entry.bytes]]));
			expect(again?.event).toEqual(entry.event);
		}
		const fifth = entries[5] as Entry;
		expect((await all(readRun(path, { from: { offset: fifth.offset, line: fifth.line } })))[0]).toEqual(fifth);
	});

	it("ignores a torn last line and never changes the file", async () => {
		const path = await writeSample(temporaryFolder());
		const count = (await all(readRun(path))).length;
		appendFileSync(path, '{"type":"run.finished","id":"zz-1"');
		const before = readFileSync(path);
		expect(await all(readRun(path))).toHaveLength(count);
		expect(readFileSync(path).equals(before)).toBe(true);
	});

	it("keeps events of newer types with all their fields, and fields it does not know", async () => {
		const path = await writeSample(temporaryFolder());
		const newer = { type: "mood.noted", id: "zz-1", time: "2027-01-01T00:00:00.000Z", traceId: "a", mood: ["good"] };
		const wider = { type: "run.finished", id: "zz-2", time: "2027-01-01T00:00:00.000Z", traces: 3, failed: 1, note: "later" };
		appendFileSync(path, `${JSON.stringify(newer)}\n${JSON.stringify(wider)}\n`);
		expect((await all(readRun(path))).slice(-2).map((entry) => entry.event)).toEqual([newer, wider]);
		expect((await foldRun(path)).traces.get("a")?.steps).toHaveLength(5);
	});

	it("reports lines without an event by number and reads the rest", async () => {
		const path = await writeSample(temporaryFolder());
		const lines = readFileSync(path, "utf8").split("\n");
		lines[3] = "garbage";
		lines[5] = JSON.stringify({ type: "step.scored", id: "zz-1", time: "2027-01-01T00:00:00.000Z", traceId: "a", reward: 7 });
		lines[7] = '{"no":"event"}';
		writeFileSync(path, lines.join("\n"));
		const bad: BadLine[] = [];
		const entries = await all(readRun(path, { onBadLine: (line) => bad.push(line) }));
		expect(bad.map((line) => [line.line, line.kind])).toEqual([
			[4, "not-json"],
			[6, "invalid-event"],
			[8, "not-an-event"],
		]);
		expect(entries).toHaveLength(lines.length - 1 - 3);
	});

	it("refuses what is no run file: another text, an empty file, a folder, a missing file", async () => {
		const folder = temporaryFolder();
		const cases: [string, string | undefined, string][] = [
			["text", "hello\nworld\n", "not-a-run"],
			["json", '{"a":1}\n', "not-a-run"],
			["empty", "", "not-a-run"],
			["missing", undefined, "no-file"],
		];
		for (const [name, content, kind] of cases) {
			if (content !== undefined) writeFileSync(join(folder, name), content);
			await expect(all(readRun(join(folder, name)))).rejects.toMatchObject({
				name: "StoreError",
				kind,
				remedy: expect.any(String),
			});
		}
		mkdirSync(join(folder, "folder"));
		await expect(all(readRun(join(folder, "folder")))).rejects.toMatchObject({ kind: "not-a-run" });
	});

	it("refuses a newer format and says to update", async () => {
		const path = await writeSample(temporaryFolder());
		writeFileSync(path, readFileSync(path, "utf8").replace('"format":1', '"format":2'));
		await expect(all(readRun(path))).rejects.toMatchObject({ kind: "newer-format", remedy: expect.stringContaining("update") });
	});
});

describe("tailRun", () => {
	it("gives what is there, then what is appended, each whole line once", async () => {
		const path = await writeSample(temporaryFolder());
		const whole = readFileSync(path);
		const cut = whole.lastIndexOf(10, whole.length - 200) + 10;
		truncateSync(path, cut);
		const stop = new AbortController();
		const items = tailRun(path, { signal: stop.signal, pollMs: 2 });
		const count = sampleRun().length + 1;
		const before = whole.subarray(0, cut).filter((byte) => byte === 10).length;
		const first = await take(items, before);
		appendFileSync(path, whole.subarray(cut, cut + 20));
		const rest = take(items, count - before);
		await sleep(30);
		appendFileSync(path, whole.subarray(cut + 20));
		const ids = [...first, ...(await rest)].map((item) => (item.kind === "entry" ? item.entry.event.id : item.kind));
		expect(ids).toEqual((await all(readRun(path))).map((entry) => entry.event.id));
		stop.abort();
		expect((await items.next()).done).toBe(true);
	});

	it.each(["another inode", "the same inode", "a shorter file"])("begins again when the file is replaced: %s", async (how) => {
		const folder = temporaryFolder();
		const path = await writeSample(folder);
		const other = await writeSample(folder, "other");
		const stop = new AbortController();
		const items = tailRun(path, { signal: stop.signal, pollMs: 2 });
		const count = sampleRun().length + 1;
		await take(items, count);
		if (how === "another inode") renameSync(other, path);
		else if (how === "the same inode") copyFileSync(other, path);
		else truncateSync(path, readFileSync(path).indexOf(10) + 1);
		const [replaced, first] = await take(items, 2);
		stop.abort();
		expect(replaced).toEqual({ kind: "replaced" });
		expect(first).toMatchObject({ kind: "entry", entry: { line: 1, event: { type: "run.started" } } });
	});
});

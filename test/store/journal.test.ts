import { spawnSync } from "node:child_process";
import {
	appendFileSync,
	copyFileSync,
	existsSync,
	readdirSync,
	readFileSync,
	renameSync,
	symlinkSync,
	unlinkSync,
	writeFileSync,
	writeSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { checkRun } from "../../src/store/check.ts";
import { type Journal, openJournal } from "../../src/store/journal.ts";
import { readRun } from "../../src/store/reader.ts";
import type { EventDraft } from "../../src/trace/events.ts";
import { temporaryFolder } from "./folder.ts";
import { HEADER, steeredTrace } from "./sample-run.ts";

const FINISHED: EventDraft = { type: "run.finished", traces: 0, failed: 0 };

function newPath(name = "a"): string {
	return join(temporaryFolder(), `${name}.safethink.jsonl`);
}

async function types(path: string): Promise<string[]> {
	const list: string[] = [];
	for await (const { event } of readRun(path)) list.push(event.type);
	return list;
}

async function ids(path: string): Promise<string[]> {
	const list: string[] = [];
	for await (const { event } of readRun(path)) list.push(event.id);
	return list;
}

describe("openJournal", () => {
	it("begins a run, stamps events, and each is in the file when append returns", async () => {
		const path = newPath();
		const journal = await openJournal(path, HEADER);
		expect(journal.continued).toBe(false);
		const event = journal.append(FINISHED);
		expect(await types(path)).toEqual(["run.started", "run.finished"]);
		expect(event).toMatchObject({
			type: "run.finished",
			id: expect.stringMatching(/^[0-9a-f]{12}-2$/),
			time: expect.stringMatching(/Z$/),
		});
		journal.close();
		journal.close();
		expect(() => journal.append(FINISHED)).toThrow(expect.objectContaining({ kind: "closed" }));
		expect(readdirSync(join(path, ".."))).toEqual(["a.safethink.jsonl"]);
	});

	it("continues a run with an equal plan, whatever the order of its keys, under new event ids", async () => {
		const path = newPath();
		const first = await openJournal(path, HEADER);
		for (const draft of steeredTrace("a", 3).drafts) first.append(draft);
		first.close();
		const reversed = Object.fromEntries(Object.entries(HEADER.plan).reverse()) as typeof HEADER.plan;
		const second = await openJournal(path, { ...HEADER, plan: reversed, environment: { server: "another" } });
		expect(second.continued).toBe(true);
		expect(second.run).toBe(first.run);
		expect(second.recorded.get("a")).toMatchObject({ status: "finished", rewards: [0.625, 0.5, -0.25] });
		expect((await second.recordOf("a")).map((event) => event.type)).toEqual(
			steeredTrace("a", 3).drafts.map((draft) => draft.type),
		);
		second.close();
		expect((await types(path)).at(-1)).toBe("run.continued");
		const all = await ids(path);
		expect(new Set(all).size).toBe(all.length);
	});

	it("refuses another plan, naming the fields that differ with both values, and leaves the file alone", async () => {
		const path = newPath();
		(await openJournal(path, HEADER)).close();
		appendFileSync(path, '{"torn');
		const before = readFileSync(path);
		const plan = {
			...HEADER.plan,
			samples: 2,
			extra: true,
			defences: [{ name: "safethink", parameters: { threshold: 0.5, depth: 2 } }],
		};
		const error = await openJournal(path, { ...HEADER, plan }).catch((thrown) => thrown);
		expect(error.kind).toBe("another-plan");
		expect(error.message).toContain("samples: 1 in the file, 2 asked");
		expect(error.message).toContain("defences[0].parameters.threshold: 0 in the file, 0.5 asked");
		expect(error.message).toContain("extra: absent in the file, true asked");
		expect(error.message).not.toContain("seed");
		expect(readFileSync(path).equals(before)).toBe(true);
		(await openJournal(path, HEADER)).close();
	});

	it.each([
		["a text file", "hello\nworld\n", "not-a-run"],
		["a text without line feed", "hello", "not-a-run"],
		["another JSON", '{"type":"message"}\n', "not-a-run"],
		["a newer format", '{"type":"run.started","id":"x-1","time":"2026-01-01T00:00:00Z","format":2}\n', "newer-format"],
		["bytes", "\u0000\u0001", "not-a-run"],
	])("leaves %s untouched and says what it is", async (_, content, kind) => {
		const path = newPath();
		writeFileSync(path, content);
		await expect(openJournal(path, HEADER)).rejects.toMatchObject({ kind, remedy: expect.any(String) });
		expect(readFileSync(path, "utf8")).toBe(content);
		expect(existsSync(`${path}.lock`)).toBe(false);
	});

	it("refuses another ending and a missing folder", async () => {
		await expect(openJournal(join(temporaryFolder(), "a.jsonl"), HEADER)).rejects.toMatchObject({ kind: "bad-name" });
		await expect(openJournal(join(temporaryFolder(), "none", "a.safethink.jsonl"), HEADER)).rejects.toMatchObject({
			kind: "no-folder",
		});
	});

	it("refuses a second writer, also by way of a symbolic link", async () => {
		const path = newPath();
		const journal = await openJournal(path, HEADER);
		const link = join(path, "..", "link.safethink.jsonl");
		symlinkSync(path, link);
		for (const name of [path, link])
			await expect(openJournal(name, HEADER)).rejects.toMatchObject({
				kind: "locked",
				message: expect.stringContaining(String(process.pid)),
			});
		journal.append(FINISHED);
		journal.close();
	});

	it("refuses events that do not fit the format, naming the field, and goes on", async () => {
		const path = newPath();
		const journal = await openJournal(path, HEADER);
		expect(() => journal.append({ ...FINISHED, traces: -1 } as EventDraft)).toThrow(
			expect.objectContaining({ kind: "invalid-event", message: expect.stringContaining("traces") }),
		);
		expect(() => journal.append({ ...FINISHED, traces: Number.NaN } as EventDraft)).toThrow(
			expect.objectContaining({ kind: "invalid-event" }),
		);
		journal.append(FINISHED);
		journal.close();
		expect(await types(path)).toEqual(["run.started", "run.finished"]);
	});

	it("lets time never run backwards, also over a continuation", async () => {
		const path = newPath();
		const clock = [5, 3, 9, 1, 2].map((second) => new Date(Date.UTC(2026, 0, 1, 0, 0, second)));
		const now = (): Date => clock.shift() as Date;
		const first = await openJournal(path, HEADER, { now });
		first.append(FINISHED);
		first.append(FINISHED);
		first.close();
		(await openJournal(path, HEADER, { now })).close();
		const times: string[] = [];
		for await (const { event } of readRun(path)) times.push(event.time.slice(17, 19));
		expect(times).toEqual(["05", "05", "09", "09"]);
	});

	it("continues after a corrupt line, which stays and is reported", async () => {
		const path = newPath();
		const first = await openJournal(path, HEADER);
		for (const draft of steeredTrace("a", 3).drafts) first.append(draft);
		first.close();
		const lines = readFileSync(path, "utf8").split("\n");
		lines[4] = "garbage";
		writeFileSync(path, lines.join("\n"));
		const second = await openJournal(path, HEADER);
		expect(second.badLines).toMatchObject([{ line: 5, kind: "not-json" }]);
		second.close();
		expect(readFileSync(path, "utf8").startsWith(lines.slice(0, -1).join("\n"))).toBe(true);
		expect((await checkRun(path)).problems[0]).toMatchObject({ line: 5, code: "not-json" });
	});
});

describe("a file replaced, removed or changed while it is written", () => {
	async function begun(): Promise<{ journal: Journal; path: string }> {
		const path = newPath();
		return { journal: await openJournal(path, HEADER), path };
	}

	it("stops the writer, which spoils neither the old nor the new file", async () => {
		const { journal, path } = await begun();
		renameSync(path, `${path}.old`);
		copyFileSync(`${path}.old`, path);
		const before = readFileSync(path);
		for (let attempt = 0; attempt < 2; attempt++)
			expect(() => journal.append(FINISHED)).toThrow(expect.objectContaining({ kind: "replaced" }));
		journal.close();
		expect(readFileSync(path).equals(before)).toBe(true);
		expect(readFileSync(`${path}.old`).equals(before)).toBe(true);
	});

	it("stops the writer when the file is removed", async () => {
		const { journal, path } = await begun();
		unlinkSync(path);
		expect(() => journal.append(FINISHED)).toThrow(
			expect.objectContaining({ kind: "replaced", message: expect.stringContaining("removed") }),
		);
		journal.close();
	});

	it("stops the writer when another program appends", async () => {
		const { journal, path } = await begun();
		appendFileSync(path, "x\n");
		expect(() => journal.append(FINISHED)).toThrow(expect.objectContaining({ kind: "changed" }));
		journal.close();
	});

	it("stops the writer when its lock is taken away", async () => {
		const { journal, path } = await begun();
		unlinkSync(`${path}.lock`);
		expect(() => journal.append(FINISHED)).toThrow(expect.objectContaining({ kind: "lock-lost" }));
		journal.close();
	});
});

describe("a full disk", () => {
	it.each([
		["ENOSPC", "disk-full"],
		["EDQUOT", "disk-full"],
		["EIO", "write-failed"],
	])("%s in the middle of a line: the part is cut, the error says so, the run goes on later", async (code, kind) => {
		const path = newPath();
		let room = Number.POSITIVE_INFINITY;
		const write = (file: number, bytes: Uint8Array, offset: number, length: number): number => {
			if (room <= 0) throw Object.assign(new Error(`${code}: write failed`), { code });
			const taken = Math.min(length, 7, room);
			room -= taken;
			return writeSync(file, bytes, offset, taken);
		};
		const journal = await openJournal(path, HEADER, { write });
		const whole = readFileSync(path);
		room = 20;
		const error = expect.objectContaining({
			kind,
			message: expect.stringContaining("every event before is whole"),
			remedy: expect.stringContaining("continue the run"),
		});
		expect(() => journal.append(FINISHED)).toThrow(error);
		room = Number.POSITIVE_INFINITY;
		expect(() => journal.append(FINISHED)).toThrow(error);
		journal.close();
		expect(readFileSync(path).equals(whole)).toBe(true);
		(await openJournal(path, HEADER)).close();
		expect(await types(path)).toEqual(["run.started", "run.continued"]);
	});

	it.skipIf(process.platform === "win32")(
		"a real limit of the system: all traces finished before are whole, and the run continues",
		async () => {
			const path = newPath();
			const source = `import { openJournal } from ${url("../../src/store/journal.ts")};
			import { HEADER, steeredTrace } from ${url("./sample-run.ts")};
			const journal = await openJournal(${JSON.stringify(path)}, HEADER);
			let finished = 0;
			try { for (;;) { for (const draft of steeredTrace("t" + finished, 3).drafts) journal.append(draft); finished++; } }
			catch (error) { console.log(JSON.stringify({ finished, kind: error.kind, message: error.message })); }
			journal.close();`;
			const runner = join(path, "..", "writer.mjs");
			writeFileSync(runner, source);
			const child = spawnSync("bash", ["-c", 'ulimit -f 64; exec "$0" "$1"', process.execPath, runner], { encoding: "utf8" });
			const result = JSON.parse(child.stdout);
			expect(result).toMatchObject({ kind: "disk-full", message: expect.stringContaining("every event before is whole") });
			expect(result.finished).toBeGreaterThan(1);
			const again = await openJournal(path, HEADER);
			expect([...again.recorded.values()].filter((row) => row.status === "finished")).toHaveLength(result.finished);
			again.close();
			expect((await checkRun(path)).problems).toEqual([]);
		},
	);
});

function url(relative: string): string {
	return JSON.stringify(new URL(relative, import.meta.url).href);
}

describe("size", () => {
	it("stays linear in the text: twice the steps are at most twice the bytes", async () => {
		const bytes = async (steps: number): Promise<number> => {
			const path = newPath();
			const journal = await openJournal(path, HEADER);
			const empty = readFileSync(path).length;
			for (const draft of steeredTrace("a", steps).drafts) journal.append(draft);
			journal.close();
			return readFileSync(path).length - empty;
		};
		const [once, twice] = [await bytes(40), await bytes(80)];
		expect(twice).toBeLessThanOrEqual(2 * once);
		expect(twice).toBeGreaterThan(1.2 * once);
	});
});

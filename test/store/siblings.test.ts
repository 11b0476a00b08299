import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { checkRun } from "../../src/store/check.ts";
import { openJournal } from "../../src/store/journal.ts";
import { readRun } from "../../src/store/reader.ts";
import { foldUnion, mergeRuns, openSibling, readUnion, runFiles } from "../../src/store/siblings.ts";
import type { EventDraft } from "../../src/trace/events.ts";
import { temporaryFolder } from "./folder.ts";
import { HEADER, SampleTrace, steeredTrace } from "./sample-run.ts";

const verdict = (traceId: string, harmful: boolean): EventDraft => ({
	type: "judge.verdict",
	traceId,
	judge: "exact",
	scope: "both",
	harmful,
});

/** A run of one trace, a file beside it with a branch, another with verdicts on trace and branch. */
async function runWithSiblings(): Promise<string> {
	const path = join(temporaryFolder(), "a.b.safethink.jsonl");
	let second = 0;
	const options = { now: () => new Date(Date.UTC(2026, 0, 1, 0, 0, second++)) };
	const own = await openJournal(path, HEADER, options);
	const parent = steeredTrace("a", 4);
	for (const draft of parent.drafts) own.append(draft);
	const branches = await openSibling(path, HEADER.product, options);
	const branch = new SampleTrace("d", { branch: { of: parent, step: 2 } });
	for (const draft of branch.drafts) branches.append(draft);
	const verdicts = await openSibling(path, HEADER.product, options);
	for (const id of ["a", "d"]) verdicts.append(verdict(id, id === "d"));
	for (const journal of [own, branches, verdicts]) journal.close();
	return path;
}

describe("files of a run", () => {
	it("are its own and those beside it, found from any of them; files of other runs and torn ones are left out", async () => {
		const path = await runWithSiblings();
		const files = await runFiles(path);
		expect(files[0]).toBe(path);
		expect(files.slice(1).map((file) => basename(file))).toEqual(
			expect.arrayContaining([expect.stringMatching(/^a\.b\.[0-9a-f]{12}\.safethink\.jsonl$/)]),
		);
		expect(files).toHaveLength(3);
		expect(await runFiles(files[2] as string)).toEqual(files);
		const other = await openJournal(join(dirname(path), "a.b.0123456789ab.safethink.jsonl"), HEADER);
		other.close();
		writeFileSync(join(dirname(path), "a.b.0123456789ac.safethink.jsonl"), '{"type":"sibling.star');
		expect(await runFiles(path)).toEqual(files);
	});

	it("may be written at the same time, each under its own lock", async () => {
		const path = await runWithSiblings();
		const own = await openJournal(path, HEADER);
		const beside = await openSibling(path, HEADER.product);
		own.append(verdict("a", false));
		beside.append(verdict("a", true));
		for (const journal of [own, beside]) journal.close();
		expect((await foldUnion(path)).traces.get("a")?.verdicts).toHaveLength(3);
	});

	it("are read as one run in the order of time", async () => {
		const path = await runWithSiblings();
		const times: string[] = [];
		for await (const { event } of readUnion((await runFiles(path)).reverse())) times.push(event.time);
		expect(times).toEqual([...times].sort());
		const run = await foldUnion(path);
		expect(run.traces.get("a")?.verdicts).toMatchObject([{ harmful: false }]);
		expect(run.traces.get("d")).toMatchObject({ verdicts: [{ harmful: true }], steps: [{ inherited: true }] });
	});
});

describe("mergeRuns", () => {
	it("makes one file with every event once, which folds and checks like the files together", async () => {
		const path = await runWithSiblings();
		const out = join(dirname(path), "merged.safethink.jsonl");
		const events = await mergeRuns(await runFiles(path), out);
		const ids: string[] = [];
		for await (const { event } of readRun(out)) ids.push(event.id);
		expect(new Set(ids).size).toBe(events);
		expect((await foldUnion(out)).traces).toEqual((await foldUnion(path)).traces);
		expect(await checkRun(out)).toMatchObject({ ok: true, problems: [], events });
		const again = join(dirname(path), "again.safethink.jsonl");
		expect(await mergeRuns([out, ...(await runFiles(path))], again)).toBe(events);
		expect(readFileSync(again).equals(readFileSync(out))).toBe(true);
		(await openJournal(out, HEADER)).close();
	});

	it("can leave events out, so that a run is shared without opinions", async () => {
		const path = await runWithSiblings();
		const out = join(dirname(path), "merged.safethink.jsonl");
		await mergeRuns(await runFiles(path), out, { keep: ({ event }) => event.type !== "judge.verdict" });
		expect(readFileSync(out, "utf8")).not.toContain("judge.verdict");
	});

	it("refuses files of two runs, a run without its own file, and a name that is taken; leaves nothing behind", async () => {
		const path = await runWithSiblings();
		const other = join(dirname(path), "other.safethink.jsonl");
		(await openJournal(other, HEADER)).close();
		const names = readdirSync(dirname(path));
		const out = join(dirname(path), "merged.safethink.jsonl");
		await expect(mergeRuns([path, other], out)).rejects.toMatchObject({
			kind: "another-run",
			message: expect.stringContaining("other.safethink.jsonl"),
		});
		await expect(mergeRuns((await runFiles(path)).slice(1), out)).rejects.toMatchObject({ kind: "another-run" });
		const before = readFileSync(other);
		await expect(mergeRuns([path], other)).rejects.toMatchObject({ kind: "exists" });
		expect(readFileSync(other).equals(before)).toBe(true);
		expect(readdirSync(dirname(path))).toEqual(names);
	});
});

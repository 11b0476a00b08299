/** Files beside and in place of a run that somebody made to mislead, freeze or fell whoever opens it. */
import { execFileSync } from "node:child_process";
import { readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { createSibling, type Journal, openJournal } from "../../src/store/journal.ts";
import { acquireLock, lockHolder } from "../../src/store/lock.ts";
import { readHeader } from "../../src/store/reader.ts";
import { runFiles } from "../../src/store/siblings.ts";
import { Summaries, summariesPath } from "../../src/store/summaries.ts";
import type { EventDraft } from "../../src/trace/events.ts";
import { temporaryFolder } from "./folder.ts";
import { HEADER, SampleTrace, steeredTrace } from "./sample-run.ts";

async function runOf(drafts: readonly EventDraft[]): Promise<string> {
	const path = join(temporaryFolder(), "a.safethink.jsonl");
	const journal = await openJournal(path, HEADER);
	for (const draft of drafts) journal.append(draft);
	journal.close();
	return path;
}

/** A file beside a run, under an id of our choice. */
async function beside(path: string, id: string, now?: () => Date): Promise<Journal> {
	const name = basename(path).replace("safethink", `${id}.safethink`);
	return createSibling(join(dirname(path), name), (await readHeader(path)).run, HEADER.product, now && { now });
}

describe("kept summaries", () => {
	it("that speak of no file of the run are not believed: neither invented rows nor hidden events", async () => {
		const path = await runOf(steeredTrace("a", 2).drafts);
		const run = await Summaries.open(path);
		await run.save();
		const [head = "", row = ""] = readFileSync(summariesPath(path), "utf8").split("\n");
		const invented = JSON.stringify({ ...JSON.parse(row), traceId: "invented", where: [], branch: { of: "invented", step: 1 } });
		const other = { "b.safethink.jsonl": JSON.parse(head).files[0][1] };
		for (const files of [[], Object.entries(other)]) {
			writeFileSync(summariesPath(path), `${JSON.stringify({ ...JSON.parse(head), files })}\n${invented}\n`);
			const again = await Summaries.open(path);
			expect(again.rows.map(({ traceId }) => traceId)).toEqual(["a"]);
			expect(again.get("a")).toEqual(run.get("a"));
			expect(again.get("invented")).toBeUndefined();
		}
	});

	it("forget a file beside the run that another one replaced under another name", async () => {
		const path = await runOf(steeredTrace("a", 2).drafts);
		const first = await beside(path, "aaaaaaaaaaaa");
		for (const draft of steeredTrace("b", 2).drafts) first.append(draft);
		first.close();
		const run = await Summaries.open(path);
		rmSync(first.path);
		const second = await beside(path, "bbbbbbbbbbbb");
		for (const draft of steeredTrace("c", 2).drafts) second.append(draft);
		second.close();
		await run.catchUp();
		expect(run.rows.map(({ traceId }) => traceId)).toEqual(["a", "c"]);
	});
});

describe("rows", () => {
	it("do not grow with a step that no trace can have", async () => {
		const trace = new SampleTrace("a");
		trace.send();
		trace.propose("One.\n\n");
		trace.score(0.5);
		trace.accept("One.\n\n", "reached");
		const at = { traceId: "a", attempt: 0, reason: "reached" as const, prefixKept: false };
		const far = [0, 3, 1e9, 2 ** 32, Number.MAX_SAFE_INTEGER].map(
			(step): EventDraft => ({ type: "step.accepted", ...at, step, attemptId: `a/${step}.0` }),
		);
		const branch = new SampleTrace("b", { branch: { of: trace, step: 2 } }).drafts[0] as EventDraft & { branch: object };
		const orphan = { ...branch, branch: { ...branch.branch, of: "nobody", step: 1e9 } } as EventDraft;
		const run = await Summaries.open(await runOf([...trace.drafts, ...far, orphan, { ...far[2], traceId: "b" } as EventDraft]));
		expect(run.get("a")?.rewards).toEqual([0.5]);
		expect(run.get("b")?.rewards.length).toBeLessThan(1e5);
	});

	it("hold numbers only, whatever attempts are called", async () => {
		const trace = new SampleTrace("a");
		trace.send();
		const ids = ["__proto__", "constructor", "toString"];
		const drafts = ids.map(
			(attemptId, index): EventDraft => ({
				type: "step.accepted",
				traceId: "a",
				step: index + 1,
				attempt: 0,
				attemptId,
				reason: "beyond-depth",
				prefixKept: false,
			}),
		);
		const run = await Summaries.open(await runOf([...trace.drafts, ...drafts]));
		expect(run.get("a")).toMatchObject({ rewards: [null, null, null], keptTokens: 0 });
	});

	it("begin once: a trace that is begun again under its name stays what it was, as in its fold", async () => {
		const trace = steeredTrace("a", 2);
		const again = { ...trace.drafts[0], defence: "none", parameters: { threshold: -1 } } as EventDraft;
		const run = await Summaries.open(await runOf([...trace.drafts, again]));
		expect(run.get("a")).toMatchObject({ defence: "safethink", threshold: 0 });
		expect((await run.trace("a"))?.defence).toBe("safethink");
	});

	it("of a branch of a branch in another file hold what they inherit, whichever name comes first", async () => {
		const parent = steeredTrace("a", 4);
		const path = await runOf(parent.drafts);
		const child = branchOf(parent, "b", 3);
		let second = 0;
		const clock = () => new Date(Date.now() + 1000 * second++);
		const earlier = await beside(path, "ffffffffffff", clock);
		for (const draft of child.drafts) earlier.append(draft);
		const later = await beside(path, "000000000000", clock);
		for (const draft of branchOf(child, "c", 4).drafts) later.append(draft);
		for (const journal of [earlier, later]) journal.close();
		const run = await Summaries.open(path);
		expect(run.get("c")?.rewards).toEqual([0.625, 0.5, 0.25, 0.25]);
		expect(run.get("c")?.steered).toEqual([1]);
		expect(run.rows.map(({ traceId }) => traceId)).toEqual(["a", "b", "c"]);
	});
});

function branchOf(of: SampleTrace, id: string, step: number): SampleTrace {
	const branch = new SampleTrace(id, { branch: { of, step } });
	branch.send();
	branch.propose("Ask them.\n\n");
	branch.score(0.25);
	branch.accept("Ask them.\n\n", "reached");
	return branch;
}

describe.skipIf(process.platform === "win32")("a pipe that nobody writes", () => {
	const pipe = (path: string) => execFileSync("mkfifo", [path]);

	it("is no lock, no summaries, no file beside the run and no run", async () => {
		const path = await runOf(steeredTrace("a", 2).drafts);
		pipe(`${path}.lock`);
		pipe(summariesPath(path));
		pipe(join(dirname(path), "a.0123456789ab.safethink.jsonl"));
		expect(lockHolder(path)).toBeUndefined();
		expect((await Summaries.open(path)).rows.map(({ traceId }) => traceId)).toEqual(["a"]);
		const other = join(dirname(path), "other.safethink.jsonl");
		pipe(other);
		await expect(Summaries.open(other)).rejects.toMatchObject({ kind: "not-a-run" });
		await expect(acquireLock(path)).rejects.toMatchObject({ kind: "locked" });
	});
});

describe("a file beside a run", () => {
	it("that leads nowhere is passed over", async () => {
		const path = await runOf([]);
		symlinkSync(join(dirname(path), "gone"), join(dirname(path), "a.0123456789ab.safethink.jsonl"));
		expect(await runFiles(path)).toEqual([path]);
	});
});

describe("a lock in a folder that cannot be written", () => {
	it("is refused with what to do", async () => {
		const path = await runOf([]);
		renameSync(dirname(path), `${dirname(path)}-moved`);
		try {
			await expect(acquireLock(path)).rejects.toMatchObject({
				name: "StoreError",
				kind: "write-failed",
				message: expect.stringContaining(path),
				remedy: expect.stringContaining("copy the run"),
			});
		} finally {
			renameSync(`${dirname(path)}-moved`, dirname(path));
		}
	});
});

import { appendFileSync, copyFileSync, existsSync, readFileSync, truncateSync, unlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { type Journal, openJournal } from "../../src/store/journal.ts";
import { foldUnion, openSibling } from "../../src/store/siblings.ts";
import { Summaries, type Summary, summariesPath } from "../../src/store/summaries.ts";
import type { EventDraft } from "../../src/trace/events.ts";
import { rewards, type Trace } from "../../src/trace/fold.ts";
import { temporaryFolder } from "./folder.ts";
import { HEADER, SampleTrace, sampleRun, steeredTrace } from "./sample-run.ts";

async function write(path: string, drafts: readonly EventDraft[]): Promise<void> {
	const journal = await openJournal(path, HEADER);
	for (const draft of drafts) journal.append(draft);
	journal.close();
}

function newPath(): string {
	return join(temporaryFolder(), "a.safethink.jsonl");
}

/** What a row must say of a folded trace. */
function expected(trace: Trace): Partial<Summary> {
	const own = trace.steps.filter((step) => !step.inherited);
	return {
		traceId: trace.id,
		begun: true,
		promptId: trace.prompt.id,
		defence: trace.defence,
		status: trace.status,
		startedAt: trace.startedAt,
		query: trace.query.score?.reward ?? null,
		rewards: rewards(trace).map((reward) => reward ?? null),
		steered: trace.steps.filter((step) => (step.accepted?.attempt ?? 0) > 0).map((step) => step.step),
		attempts: own.flatMap((step) => step.attempts).length,
		verdicts: trace.verdicts,
		...(trace.outcome ? { outcome: trace.outcome } : {}),
		...(trace.error ? { error: trace.error.kind } : {}),
		...(trace.usage ? { usage: trace.usage } : {}),
	};
}

describe("Summaries", () => {
	it("say of each trace what its fold says, wherever the run was caught up from", async () => {
		const path = newPath();
		const drafts = sampleRun();
		const journal: Journal = await openJournal(path, HEADER);
		const summaries = await Summaries.open(path);
		for (const draft of drafts) {
			journal.append(draft);
			const changed = await summaries.catchUp();
			expect([...changed]).toEqual("traceId" in draft ? [draft.traceId] : []);
		}
		journal.close();
		const { traces } = await foldUnion(path);
		expect(summaries.rows.map((row) => row.traceId)).toEqual([...traces.keys()]);
		for (const trace of traces.values()) expect(summaries.get(trace.id)).toMatchObject(expected(trace));
		expect((await Summaries.open(path)).rows).toEqual(summaries.rows);
	});

	it("lead to one trace's events only, its parent's included for a branch", async () => {
		const path = newPath();
		await write(path, sampleRun());
		const summaries = await Summaries.open(path);
		const { traces } = await foldUnion(path);
		for (const [id, trace] of traces) expect(await summaries.trace(id)).toEqual(trace);
		expect(await summaries.trace("nobody")).toBeUndefined();
		const bytes = (id: string): number =>
			(summaries.get(id)?.where ?? []).flatMap(({ ranges }) => ranges).reduce((sum, [start, end]) => sum + end - start, 0);
		const total = ["a", "b", "c", "d"].reduce((sum, id) => sum + bytes(id), 0);
		expect(total).toBeLessThan(readFileSync(path).length);
		expect(summaries.get("c")?.where).toMatchObject([{ ranges: [expect.anything()] }]);
	});

	it("are kept, go on from where they were kept, and are made again when they do not fit", async () => {
		const path = newPath();
		await write(path, steeredTrace("a", 3).drafts);
		const first = await Summaries.open(path);
		await first.save();
		const kept = readFileSync(summariesPath(path), "utf8");
		writeFileSync(summariesPath(path), kept.replace('"sample":0', '"sample":9'));
		await write(path, steeredTrace("b", 2).drafts);
		const next = await Summaries.open(path);
		expect(next.rows.map((row) => [row.traceId, row.sample])).toEqual([
			["a", 9],
			["b", 0],
		]);
		for (const broken of [
			"",
			"{",
			kept.slice(0, kept.indexOf("\n") + 1),
			kept.replace('"version":1', '"version":0'),
			kept.slice(0, -20),
		]) {
			writeFileSync(summariesPath(path), broken);
			expect((await Summaries.open(path)).rows.map((row) => [row.traceId, row.sample])).toEqual([
				["a", 0],
				["b", 0],
			]);
		}
		await next.save();
		unlinkSync(path);
		await write(path, steeredTrace("c", 2).drafts);
		expect((await Summaries.open(path)).rows.map((row) => row.traceId)).toEqual(["c"]);
	});

	it("see a run that was replaced in place or cut back while they are open", async () => {
		const path = newPath();
		await write(path, steeredTrace("a", 3).drafts);
		const summaries = await Summaries.open(path);
		const other = join(dirname(path), "other.safethink.jsonl");
		await write(other, [...steeredTrace("b", 3).drafts, ...steeredTrace("c", 3).drafts]);
		copyFileSync(other, path);
		await summaries.catchUp();
		expect(summaries.rows.map((row) => row.traceId)).toEqual(["b", "c"]);
		truncateSync(path, readFileSync(path).indexOf(10) + 1);
		await summaries.catchUp();
		expect(summaries.rows).toEqual([]);
	});

	it("take verdicts from files beside the run, those that come before their trace included; a torn tail is no event", async () => {
		const path = newPath();
		await write(path, steeredTrace("a", 2).drafts);
		const beside = await openSibling(path, HEADER.product);
		beside.append({ type: "judge.verdict", traceId: "a", judge: "exact", scope: "both", harmful: null });
		beside.append({ type: "judge.verdict", traceId: "later", judge: "exact", scope: "both", harmful: true });
		const summaries = await Summaries.open(path);
		expect(summaries.get("a")?.verdicts).toMatchObject([{ harmful: null }]);
		expect(summaries.rows.map((row) => row.traceId)).toEqual(["a"]);
		await write(path, steeredTrace("later", 2).drafts);
		appendFileSync(path, '{"type":"judge.verdict"');
		beside.close();
		await summaries.catchUp();
		expect(summaries.rows.find((row) => row.traceId === "later")?.verdicts).toMatchObject([{ harmful: true }]);
		expect(existsSync(summariesPath(path))).toBe(false);
	});

	it("take no reward from another scorer that was asked meanwhile", async () => {
		const path = newPath();
		const trace = new SampleTrace("a");
		trace.query(0.75);
		trace.send();
		trace.propose("First.\n\n");
		trace.accept("First.\n\n", "beyond-depth");
		const at = { traceId: "a", step: 1, attempt: 0, attemptId: "a/1.0" };
		const other: EventDraft = {
			type: "step.scored",
			...at,
			scorer: "guard:other",
			reward: -1,
			scope: "trace",
			ms: 3,
			requests: 1,
		};
		await write(path, [...trace.drafts, other]);
		const summaries = await Summaries.open(path);
		expect(summaries.get("a")).toMatchObject({ scorer: "classify:toy", query: 0.75, rewards: [null] });
		await write(path, [{ ...other, scorer: "classify:toy", reward: 0.5 }]);
		await summaries.catchUp();
		expect(summaries.get("a")?.rewards).toEqual([0.5]);
	});
});

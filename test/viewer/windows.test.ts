/** What a page gets of a trace is bounded by what it shows, and says what the fold says. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { writeLongTrace } from "../../bench/view/generate.ts";
import { type Methods, MOST_ITEMS } from "../../src/contract/methods.ts";
import { CURVE_MARKS, CURVE_POINTS } from "../../src/contract/trace-views.ts";
import type { Params } from "../../src/contract/wire.ts";
import { openJournal } from "../../src/store/journal.ts";
import { foldUnion } from "../../src/store/siblings.ts";
import type { EventDraft } from "../../src/trace/events.ts";
import { keptText, type Trace } from "../../src/trace/fold.ts";
import { temporaryFolder } from "../store/folder.ts";
import { HEADER, SampleTrace, sampleRun, steeredTrace } from "../store/sample-run.ts";
import { openPage } from "./page.ts";

const MOST_BYTES = 256_000;

async function written(drafts: readonly EventDraft[]): Promise<string> {
	const path = join(temporaryFolder(), "a.safethink.jsonl");
	const journal = await openJournal(path, HEADER);
	for (const draft of drafts) journal.append(draft);
	journal.close();
	return path;
}

async function foldOf(path: string, id: string): Promise<Trace> {
	const trace = (await foldUnion(path)).traces.get(id);
	if (trace === undefined) throw new Error(`no trace ${id}`);
	return trace;
}

describe("a trace of 5,000 steps and 20,000 attempts", () => {
	const traceId = "p000000/safethink/0";
	const folder = mkdtempSync(join(tmpdir(), "safethink-long-"));
	const path = join(folder, "long.safethink.jsonl");
	let trace: Trace;
	beforeAll(async () => {
		writeLongTrace(path, 5000);
		trace = await foldOf(path, traceId);
		return () => rmSync(folder, { recursive: true });
	});

	it("comes in replies of less than 256 kB each", async () => {
		const page = await openPage(path);
		await page.read();
		await page.wholeTrace(traceId);
		const last = trace.requests.at(-1)?.request ?? "";
		const all = { from: 4700, count: MOST_ITEMS };
		const asked: { [M in keyof Methods]?: Params<Methods, M> } = {
			"run.info": {},
			"run.rows": { from: 0, count: MOST_ITEMS },
			"run.rates": { by: "category" },
			"trace.head": { traceId },
			"trace.curve": { traceId },
			"trace.steps": { traceId, ...all },
			"trace.attempts": { traceId, step: 17, from: 0, count: MOST_ITEMS },
			"trace.discarded": { traceId, ...all },
			"trace.tree": { traceId },
			"trace.request": { traceId, request: last },
			"trace.parting": { a: traceId, b: traceId },
		};
		for (const [method, params] of Object.entries(asked)) {
			await page.ask(method as "trace.head", params as { traceId: string });
			expect(page.bytes(), method).toBeLessThan(MOST_BYTES);
		}
	});

	it("is drawn as stretches: of each the lowest and highest reward, and injections and rejected attempts thinned out", async () => {
		const page = await openPage(path);
		await page.read();
		await page.wholeTrace(traceId);
		const curve = await page.ask("trace.curve", { traceId });
		expect(curve).toMatchObject({ from: 1, to: 5000, steps: 5000, stride: 13 });
		expect(curve.path.length).toBeLessThanOrEqual(CURVE_POINTS);
		for (const { step, reward, high, steered } of curve.path) {
			const stretch = trace.steps.slice(step - 1, step - 1 + curve.stride);
			const rewards = stretch.map(({ accepted }) => accepted?.score?.reward ?? 9);
			expect([reward, high]).toEqual([Math.min(...rewards), Math.max(...rewards)]);
			expect(steered).toBe(stretch.some(({ accepted }) => accepted?.attempt !== 0));
		}
		expect(curve.injections.reduce((sum, { more }) => sum + 1 + more, 0)).toBe(5000);
		expect(curve.rejected).toHaveLength(CURVE_MARKS);
		expect(curve.rejectedOmitted).toBe(15_000 - CURVE_MARKS);
		const near = await page.ask("trace.curve", { traceId, from: 100, to: 119 });
		expect(near).toMatchObject({ from: 100, to: 119, stride: 1, rejectedOmitted: 0 });
		expect(near.path.map(({ step }) => step)).toEqual(Array.from({ length: 20 }, (_, index) => 100 + index));
		expect(near.rejected).toHaveLength(60);
	});

	it("gives windows of steps by index, decisions in words", async () => {
		const page = await openPage(path);
		await page.read();
		await page.wholeTrace(traceId);
		const { from, total, steps } = await page.ask("trace.steps", { traceId, from: 4998, count: 50 });
		expect({ from, total, numbers: steps.map(({ step }) => step) }).toEqual({ from: 4999, total: 5000, numbers: [4999, 5000] });
		expect(steps[0]).toMatchObject({
			rejected: 3,
			decision: "unsteered −0.40 < τ · attempt 3 reached +0.50: taken · 3 rejected",
		});
	});
});

describe("windows of a trace", () => {
	it("hold what the fold holds", async () => {
		const path = await written(sampleRun());
		const page = await openPage(path);
		await page.read();
		const trace = await foldOf(path, "a");
		const head = await page.ask("trace.head", { traceId: "a" });
		expect(head).toMatchObject({
			number: 1,
			prompt: { text: trace.prompt.text, total: trace.prompt.text.length },
			defence: { name: "safethink", threshold: 0, depth: 2, resamples: 2, prefixAfter: "dropped" },
			status: "finished",
			outcome: "finished",
			outcomeText: "finished: reasoning and answer are complete",
			steps: 5,
			attempts: 7,
			discarded: { pieces: 1, tokens: 2 },
			scorers: ["classify:toy"],
			answer: { text: { text: trace.answer?.text } },
		});
		const kept = trace.steps.reduce((sum, { accepted }) => sum + (accepted?.tokens ?? 0), trace.answer?.tokens ?? 0);
		expect(head.usage).toMatchObject({ kept, generated: trace.usage?.generated, discarded: 2 });
		expect(head.cost).toBeCloseTo(((trace.usage?.generated ?? 0) + 2) / kept, 10);
		const { attempts, total } = await page.ask("trace.attempts", { traceId: "a", step: 1, from: 1, count: 5 });
		expect(total).toBe(3);
		expect(attempts.map(({ attempt, scored }) => [attempt, scored.score?.reward])).toEqual([
			[1, -0.125],
			[2, 0.625],
		]);
		const discarded = await page.ask("trace.discarded", { traceId: "a", from: 0, count: 5 });
		expect(discarded).toMatchObject({ total: 1, pieces: [{ step: 1, text: { text: "And then" }, reason: "voided" }] });
		expect(await page.ask("trace.discarded", { traceId: "a", step: 2, from: 0, count: 5 })).toMatchObject({ total: 0 });
		expect((await page.ask("trace.curve", { traceId: "a" })).discarded).toEqual([{ step: 1, pieces: 1, tokens: 2 }]);
		await expect(page.ask("trace.attempts", { traceId: "a", step: 9, from: 0, count: 1 })).rejects.toMatchObject({
			kind: "no-step",
		});
		await expect(page.ask("trace.head", { traceId: "nobody" })).rejects.toMatchObject({ kind: "no-trace" });
	});

	it("show a branch as its own steps after inherited ones, and where it parts", async () => {
		const page = await openPage(await written(sampleRun()));
		await page.read();
		const { steps } = await page.ask("trace.steps", { traceId: "d", from: 0, count: 9 });
		expect(steps.map(({ inherited }) => inherited)).toEqual([true, true, false]);
		expect(await page.ask("trace.parting", { a: "a", b: "d" })).toEqual({ step: 3 });
		expect(await page.ask("trace.parting", { a: "a", b: "a" })).toEqual({ step: null });
		const head = await page.ask("trace.head", { traceId: "d" });
		expect(head.branch).toEqual({ of: "a", step: 3, label: "as it was" });
		// Inherited steps cost the branch nothing: it drew one step and the answer.
		expect(head.usage).toMatchObject({ generated: head.usage?.kept });
		expect(head.cost).toBe(1);
	});

	it("draw of each stretch its lowest reward and its highest", async () => {
		const rewardAt = (step: number) => Math.round(Math.sin(step) * 1000) / 1000;
		const path = await written(steeredTrace("a", 900, rewardAt).drafts);
		const page = await openPage(path);
		await page.read();
		const rewards = (await foldOf(path, "a")).steps.map(({ accepted }) => accepted?.score?.reward ?? 9);
		const curve = await page.ask("trace.curve", { traceId: "a" });
		expect(curve.stride).toBe(3);
		for (const { step, reward, high } of curve.path) {
			const stretch = rewards.slice(step - 1, step + 2);
			expect([reward, high]).toEqual([Math.min(...stretch), Math.max(...stretch)]);
		}
	});

	it("count to a branch's cost only what it drew itself", async () => {
		const parent = steeredTrace("a", 5);
		const branch = new SampleTrace("d", { branch: { of: parent, step: 2 } });
		branch.propose("Taken from the record.\n\n");
		const taken = branch.drafts.at(-1);
		if (taken?.type !== "step.proposed") throw new Error("no proposal");
		taken.request = "a/r4";
		branch.accept("Taken from the record.\n\n", "reached");
		branch.send();
		branch.propose("Drawn anew.\n\n");
		branch.accept("Drawn anew.\n\n", "reached");
		branch.finish();
		const page = await openPage(await written([...parent.drafts, ...branch.drafts]));
		await page.read();
		expect((await page.ask("trace.head", { traceId: "d" })).usage?.kept).toBe(2);
	});

	it("bring long and hostile texts in pieces, code points whole, and more on demand", async () => {
		const nasty = `<img src=x onerror=alert(1)>\u001b[31m\u202e\u0000${"😀".repeat(300_000)}\n${"\n".repeat(100_000)}end`;
		const trace = new SampleTrace("a");
		trace.send();
		const attempt = trace.propose(nasty);
		trace.score(0.5);
		trace.accept(nasty, "reached");
		trace.propose("short");
		const path = await written(trace.drafts);
		const page = await openPage(path);
		await page.read();
		const { steps } = await page.ask("trace.steps", { traceId: "a", from: 0, count: 50 });
		expect(page.bytes()).toBeLessThan(MOST_BYTES);
		const shown = steps[0]?.shown?.text;
		expect(shown?.total).toBe(nasty.length);
		expect(nasty.startsWith(shown?.text ?? "?")).toBe(true);
		expect(shown?.text).not.toMatch(/\p{Surrogate}/u);
		let whole = "";
		while (whole.length < nasty.length) {
			const part = await page.ask("trace.text", { traceId: "a", of: attempt, from: whole.length, count: 200_000 });
			expect(part).toMatchObject({ from: whole.length, total: nasty.length });
			expect(part.text).not.toMatch(/\p{Surrogate}/u);
			whole += part.text;
		}
		expect(whole).toBe(nasty);
		await expect(page.ask("trace.text", { traceId: "a", of: "a/9.9", from: 0, count: 9 })).rejects.toMatchObject({
			kind: "no-text",
		});
	});

	it("never show a scorer's failure as a reward", async () => {
		const trace = new SampleTrace("a");
		trace.send();
		const attemptId = trace.propose("Hm.\n\n");
		const error = { kind: "timeout", message: "no reply in 30 s" };
		const at = { step: 1, attempt: 0, attemptId };
		trace.add({ type: "scorer.failed", ...at, scorer: "classify:toy", error, requests: 1, treatedAs: "stop" });
		trace.finish();
		const page = await openPage(await written([...trace.drafts, ...steeredTrace("b", 3).drafts]));
		await page.read();
		const curve = await page.ask("trace.curve", { traceId: "a" });
		expect(curve.path).toEqual([{ step: 1, reward: null, steered: false, failed: true }]);
		const { steps } = await page.ask("trace.steps", { traceId: "a", from: 0, count: 1 });
		expect(steps[0]?.shown?.scored).toEqual({ failure: { scorer: "classify:toy", error, treatedAs: "stop" }, others: [] });
		expect((await page.ask("run.rows", { from: 0, count: 1 })).rows[0]).toMatchObject({ rewards: [] });
	});

	it("draw the curve of a scorer asked afterwards, and the steps where it is on the other side of τ", async () => {
		const trace = steeredTrace("a", 5);
		const rescored = [0.5, -0.5, 0.5, 0.25, 0.75].map((reward, index): EventDraft => {
			const attempt = index === 0 ? 2 : 0;
			const at = { traceId: "a", step: index + 1, attempt, attemptId: `a/${index + 1}.${attempt}` };
			return { type: "step.scored", ...at, scorer: "guard:other", reward, scope: "trace", ms: 3, requests: 1 };
		});
		const page = await openPage(await written([...trace.drafts, ...rescored]));
		await page.read();
		const { others, path } = await page.ask("trace.curve", { traceId: "a" });
		expect(path.map(({ reward }) => reward)).toEqual([0.625, 0.5, -0.25, 0.5, 0.5]);
		expect(others).toEqual([
			{
				scorer: "guard:other",
				path: [0.5, -0.5, 0.5, 0.25, 0.75].map((reward, index) => ({ step: index + 1, reward })),
				compared: 5,
				disagree: [2, 3],
				disagreements: 2,
			},
		]);
		expect((await page.ask("trace.head", { traceId: "a" })).scorers).toEqual(["classify:toy", "guard:other"]);
		expect((await page.ask("run.rows", { from: 0, count: 1 })).rows[0]?.rewards).toEqual([0.625, 0.5, -0.25, 0.5, 0.5]);
	});

	it("part where the accepted texts differ, the kept bytes included", async () => {
		const path = await written([...steeredTrace("a", 3).drafts, ...steeredTrace("b", 5).drafts]);
		const [a, b] = [await foldOf(path, "a"), await foldOf(path, "b")];
		const texts = (trace: Trace) => trace.steps.map(({ accepted }) => accepted && keptText(accepted));
		const expected = texts(b).findIndex((text, index) => text !== texts(a)[index]) + 1;
		const page = await openPage(path);
		await page.read();
		expect(await page.ask("trace.parting", { a: "a", b: "b" })).toEqual({ step: expected });
	});
});

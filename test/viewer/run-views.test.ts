/** The run as a whole: info, rows, rates, the tree of branches. */
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { writeManyTraces } from "../../bench/view/generate.ts";
import { groupRows, harmClusters } from "../../src/experiments/rates.ts";
import { clusteredInterval, wilsonInterval } from "../../src/experiments/statistics.ts";
import { openJournal } from "../../src/store/journal.ts";
import { openSibling } from "../../src/store/siblings.ts";
import { Summaries } from "../../src/store/summaries.ts";
import type { EventDraft } from "../../src/trace/events.ts";
import { branchLabel } from "../../src/viewer/branch-label.ts";
import { temporaryFolder } from "../store/folder.ts";
import { HEADER, SampleTrace, steeredTrace } from "../store/sample-run.ts";
import { openPage, type TestPage } from "./page.ts";

async function manyTraces(traces: number): Promise<{ path: string; page: TestPage }> {
	const path = join(temporaryFolder(), "many.safethink.jsonl");
	writeManyTraces(path, traces, 5);
	const page = await openPage(path);
	await page.read();
	return { path, page };
}

describe("run.rows and run.place", () => {
	it("give a window of the selected rows in their order, and the place of a trace among them", async () => {
		const { page } = await manyTraces(120);
		const selection = { filter: "defence:safethink verdict:safe", sort: { by: "prompt", descending: true } } as const;
		const { rows, matched, total } = await page.ask("run.rows", { ...selection, from: 3, count: 4 });
		expect({ matched, total, shown: rows.length }).toEqual({ matched: 54, total: 120, shown: 4 });
		expect(rows.map(({ promptId }) => promptId)).toEqual(["p000056", "p000054", "p000053", "p000052"]);
		expect(rows[0]).toMatchObject({ number: 114, steps: 5, steered: 1, firstSteered: 1, harmful: false, status: "finished" });
		const { traceId = "" } = rows[2] ?? {};
		expect(await page.ask("run.place", { ...selection, traceId })).toEqual({ index: 5 });
		expect(await page.ask("run.place", { ...selection, traceId: "p000053/none/0" })).toEqual({ index: null });
		await expect(page.ask("run.rows", { filter: "steps>", from: 0, count: 1 })).rejects.toMatchObject({ kind: "bad-filter" });
	});

	it("condense the rewards of a long trace to the lowest of each stretch", async () => {
		const path = join(temporaryFolder(), "a.safethink.jsonl");
		const journal = await openJournal(path, HEADER);
		for (const draft of steeredTrace("a", 100, (step) => (step === 77 ? -0.987654 : 0.5)).drafts) journal.append(draft);
		journal.close();
		const page = await openPage(path);
		await page.read();
		const [row] = (await page.ask("run.rows", { from: 0, count: 1 })).rows;
		expect(row?.rewards).toHaveLength(48);
		expect(row?.rewards.filter((reward) => reward === -0.988)).toHaveLength(1);
		expect(row?.steps).toBe(100);
	});
});

describe("run.rates", () => {
	it("are those of the rows, with clustered intervals, by category and defence", async () => {
		const { path, page } = await manyTraces(120);
		const rates = await page.ask("run.rates", { by: "category" });
		expect(rates).toMatchObject({ defences: ["none", "safethink"], partial: false, by: "category" });
		const { rows } = await Summaries.open(path);
		const expected = groupRows(rows, (row) => row.category ?? "");
		expect(rates.groups.map(({ name }) => name)).toEqual([...expected.keys()]);
		for (const { name, cells } of rates.groups) {
			for (const [index, defence] of rates.defences.entries()) {
				const members = (expected.get(name) ?? []).filter((row) => row.defence === defence);
				const clusters = harmClusters(members);
				expect(cells[index]?.harmful).toMatchObject({
					n: members.length,
					prompts: clusters.length,
					...clusteredInterval(clusters),
				});
				const reached = members.filter((row) => row.rewards.every((reward) => (reward ?? -1) >= (row.threshold ?? 1)));
				expect(cells[index]?.reached).toMatchObject({ k: reached.length, n: members.length });
				expect(cells[index]).toMatchObject({ traces: 15, steered: defence === "none" ? 0 : 15, outcomes: { finished: 15 } });
			}
		}
		const some = await page.ask("run.rates", { by: "none", filter: "defence:none verdict:harmful" });
		expect(some.groups[0]?.cells[0]?.harmful).toMatchObject({ k: 20, n: 20, high: 1 });
		expect(some.groups[0]?.cells[1]).toEqual({ harmful: null, reached: null, outcomes: {}, traces: 0, steered: 0 });
	});
});

/** A branch of `parent` from step 2, decided with this reward, judged as said. */
function branch(
	id: string,
	parent: SampleTrace,
	parameters: Record<string, unknown>,
	{ reward, harmful, ended = true }: { reward?: number; harmful?: boolean; ended?: boolean },
): EventDraft[] {
	const trace = new SampleTrace(id, { branch: { of: parent, step: 2 } });
	const [started, ...rest] = trace.drafts;
	if (started?.type !== "trace.started" || !started.branch) throw new Error("no branch");
	trace.send(1, "Wait. ");
	trace.propose("Ask them.\n\n", 1, "Wait. ");
	if (reward !== undefined) trace.score(reward, 1);
	if (ended) trace.accept("Ask them.\n\n", reward !== undefined && reward >= 0 ? "reached" : "last", 1);
	if (harmful !== undefined) trace.add({ type: "judge.verdict", judge: "exact", scope: "both", harmful });
	if (ended) trace.finish();
	const begun = { ...started, sample: Number(id.slice(1)), branch: { ...started.branch, parameters } } as EventDraft;
	return [begun, ...rest, ...trace.drafts.slice(1)];
}

describe("trace.tree", () => {
	it("groups branches by place and changes; reached τ and judged safe are counted apart, with intervals", async () => {
		const path = join(temporaryFolder(), "a.safethink.jsonl");
		const root = steeredTrace("a", 4);
		const journal = await openJournal(path, HEADER);
		for (const draft of [...root.drafts, ...steeredTrace("other", 3).drafts]) journal.append(draft);
		journal.append({ type: "judge.verdict", traceId: "a", judge: "exact", scope: "both", harmful: true });
		journal.close();
		const beside = await openSibling(path, HEADER.product);
		const first = { prefix: "think about  safety first\n\n", inject: "always" };
		const drafts = [
			...branch("b1", root, first, { reward: 0.5, harmful: false }),
			...branch("b2", root, { prefix: "" }, { reward: -0.5 }),
			...branch("b3", root, { inject: "always", prefix: first.prefix }, { reward: 0.5, harmful: true }),
			...branch("b4", root, first, { reward: -0.25, harmful: false }),
			...branch("b5", root, first, { ended: false }),
		];
		for (const draft of drafts) beside.append(draft);
		const nested = new SampleTrace("c1", { branch: { of: steeredTrace("b1", 4), step: 3 } });
		beside.append(nested.drafts[0] as EventDraft);
		onTestFinished(() => beside.close());
		const page = await openPage(path);
		await page.read();
		const tree = await page.ask("trace.tree", { traceId: "c1" });
		expect(tree).toMatchObject({ root: "a", rootHarmful: true });
		expect(tree.groups.map(({ of, label, samples, running }) => ({ of, label, samples, running }))).toEqual([
			{ of: "a", label: "“think about  safety first\n\n” · always injected", samples: 4, running: 1 },
			{ of: "a", label: "no prefix", samples: 1, running: 0 },
			{ of: "b1", label: "as it was", samples: 1, running: 1 },
		]);
		expect(tree.groups[0]).toMatchObject({
			step: 2,
			traceIds: ["b1", "b3", "b4", "b5"],
			reached: { k: 2, n: 3, ...wilsonInterval({ k: 2, n: 3 }) },
			safe: { k: 2, n: 3, ...wilsonInterval({ k: 2, n: 3 }) },
			changes: first,
		});
		expect(tree.groups[1]).toMatchObject({ reached: { k: 0, n: 1 }, safe: null });
		expect(await page.ask("trace.tree", { traceId: "other" })).toMatchObject({ root: "other", groups: [] });
		const rates = await page.ask("run.rates", { by: "none" });
		expect(rates.groups[0]?.cells[0]?.traces).toBe(2);
		expect(rates.branches).toBe(6);
		expect(await page.ask("run.rates", { by: "none", filter: "branch:no" })).toMatchObject({ branches: 0 });
		expect(await page.ask("run.info", {})).toMatchObject({ traces: { begun: 2, branches: 6 } });
	});

	it("counts a sample that was drawn twice, under the same seed, once", async () => {
		const path = join(temporaryFolder(), "a.safethink.jsonl");
		const root = steeredTrace("a", 4);
		const journal = await openJournal(path, HEADER);
		const again = (id: string) =>
			branch(id, root, { seed: 9 }, { reward: 0.5, harmful: false }).map((draft) =>
				draft.type === "trace.started" ? { ...draft, sample: 1 } : draft,
			);
		const drafts = [
			...branch("b1", root, { seed: 9 }, { ended: false }),
			...again("b2"),
			...again("b4"),
			...branch("b3", root, { seed: 9 }, { reward: -0.5, harmful: true }),
		];
		for (const draft of [...root.drafts, ...drafts]) journal.append(draft);
		journal.close();
		const page = await openPage(path);
		await page.read();
		const { groups } = await page.ask("trace.tree", { traceId: "a" });
		expect(groups).toMatchObject([{ samples: 4, reached: { k: 1, n: 2 }, safe: { k: 1, n: 2 } }]);
	});

	it("stays bounded with hundreds of groups and long texts", async () => {
		const path = join(temporaryFolder(), "a.safethink.jsonl");
		const root = steeredTrace("a", 3);
		const journal = await openJournal(path, HEADER);
		for (const draft of root.drafts) journal.append(draft);
		for (let index = 0; index < 600; index++) {
			const parameters = { seed: index % 150, text: "x".repeat(5000) };
			for (const draft of branch(`b${index}`, root, parameters, {})) if (draft.type === "trace.started") journal.append(draft);
		}
		journal.close();
		const page = await openPage(path);
		await page.read();
		const tree = await page.ask("trace.tree", { traceId: "a" });
		expect(tree.groups).toHaveLength(100);
		expect(tree.groups.every(({ samples }) => samples === 4)).toBe(true);
		expect(page.bytes()).toBeLessThan(256_000);
	});
});

describe("a branch's label", () => {
	it.each([
		[{}, "as it was"],
		[{ prefix: "" }, "no prefix"],
		[{ prefix: " \n" }, "“ \n”"],
		[{ prefix: "Wait, think safely.\n\n" }, "“Wait, think safely.\n\n”"],
		[{ threshold: 0.35 }, "τ 0.35"],
		[{ text: "Let me ask.", depth: 5, resamples: 8, seed: 4 }, "own text · m 5 · B 8 · seed 4"],
		[{ prefix: "\u202e<b>".padEnd(5000, "x") }, `“\u202e<b>${"x".repeat(36)}…”`],
	])("%j: %s", (changes, label) => {
		expect(branchLabel(changes)).toBe(label);
	});
});

describe("run.info", () => {
	it("survives a first line whose plan and environment are of another making", async () => {
		const path = join(temporaryFolder(), "a.safethink.jsonl");
		const header = { ...HEADER, plan: { defences: "all", samples: -1 }, environment: { server: 7, embedded: "yes" } };
		(await openJournal(path, header)).close();
		const page = await openPage(path);
		await page.read();
		const info = await page.ask("run.info", {});
		expect(info).toMatchObject({ plan: { defences: [], prompts: 0 }, traces: { planned: 0 }, state: "stopped", embedded: false });
		expect(info.can).toEqual({ run: false, why: "a test" });
	});
});

/** Re-runs from a step against the embedded model's server, through the handlers a page calls. */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Changes } from "../../../src/contract/act-views.ts";
import { checkRun } from "../../../src/store/check.ts";
import { foldUnion, mergeRuns, runFiles } from "../../../src/store/siblings.ts";
import type { Trace } from "../../../src/trace/fold.ts";
import { actHandlers } from "../../../src/viewer/act/handlers.ts";
import type { OpenedRun } from "../../../src/viewer/types.ts";
import { rebuild } from "../../e2e/cli.ts";
import { environment, makeWorld, type Opened, openWorld, SIGNAL, type World } from "./world.ts";

let world: World;
let opened: Opened;
beforeAll(async () => {
	world = await makeWorld({ samples: 4, defence: ["safethink", "none"] });
	opened = await openWorld(world);
}, 60_000);
afterAll(async () => {
	await opened.close();
	await world.close();
});

async function traces(): Promise<Trace[]> {
	return [...(await foldUnion(world.path)).traces.values()];
}

/** A trace of the run whose first step was, or was not, taken as it was. */
async function origin(defence: string, firstTaken: boolean): Promise<Trace> {
	const found = (await traces()).find(
		(trace) =>
			!trace.branch &&
			trace.defence === defence &&
			(trace.steps[0]?.accepted?.attempt === 0) === firstTaken &&
			trace.steps.length > 2,
	);
	if (found === undefined) throw new Error(`no ${defence} trace whose first step was ${firstTaken ? "taken" : "steered"}`);
	return found;
}

/** The run, but for some of its members. */
function like(run: OpenedRun, members: PropertyDescriptorMap): OpenedRun {
	return Object.create(run, {
		trace: { value: (id: string) => run.trace(id) },
		path: { value: run.path },
		header: { value: run.header },
		rows: { value: () => run.rows() },
		row: { value: (id: string) => run.row(id) },
		events: { value: (id: string) => run.events(id) },
		touch: { value: () => undefined },
		catchUp: { value: async () => undefined },
		...members,
	});
}

async function branched(of: Trace, step: number, changes: Changes, samples = 3): Promise<Trace[]> {
	const before = new Set((await traces()).map(({ id }) => id));
	const { job } = await opened.call["branch.start"]({ traceId: of.id, step, samples, changes }, new AbortController().signal);
	const ended = await opened.ended(job);
	expect(ended).toMatchObject({ state: "done", done: samples, total: samples, kind: "branch", traceId: of.id });
	return (await traces()).filter(({ id }) => !before.has(id));
}

const texts = (list: readonly Trace[], step: number) =>
	list.map((trace) => trace.steps[step - 1]?.attempts.map(({ text }) => text).join("|"));

describe("a re-run from a step", () => {
	it("keeps the unsteered attempt that fell below τ, and draws the steered ones anew under each sample", async () => {
		const of = await origin("safethink", false);
		const first = of.steps[0]?.attempts[0];
		const made = await branched(of, 1, { prefix: "Is this kind to everyone?\n\n" });
		for (const trace of made) {
			expect(trace.steps[0]?.attempts[0]).toMatchObject({
				text: first?.text,
				request: first?.request,
				score: { reward: first?.score?.reward },
			});
			expect(trace.steps[0]?.attempts[1]).toMatchObject({ prefix: "Is this kind to everyone?\n\n" });
			expect(trace.steps[0]?.attempts[1]?.request.startsWith(`${trace.id}/`)).toBe(true);
			expect(trace.branch).toEqual({ of: of.id, step: 1, parameters: { prefix: "Is this kind to everyone?\n\n" } });
			expect(trace.status).toBe("finished");
			expect(trace.verdicts.map(({ scope }) => scope).sort()).toEqual(["answer", "trace"]);
		}
		expect(new Set(made.map(({ sample }) => sample)).size).toBe(3);
		expect(new Set(texts(made, 1)).size).toBeGreaterThan(1);
	});

	it("draws the unsteered attempt anew where it was taken: else all samples were one text", async () => {
		const of = await origin("safethink", true);
		const made = await branched(of, 1, {}, 4);
		expect(made.every((trace) => trace.steps[0]?.attempts[0]?.request.startsWith(`${trace.id}/`))).toBe(true);
		expect(new Set(texts(made, 1)).size).toBeGreaterThan(1);
	});

	it("begins with the steps before its own, and gives other samples when it is asked again", async () => {
		const of = await origin("safethink", true);
		const [one, two] = [await branched(of, 3, { threshold: 0.5 }, 2), await branched(of, 3, { threshold: 0.5 }, 2)];
		for (const trace of [...one, ...two]) {
			expect(trace.steps.slice(0, 2).map(({ inherited, accepted }) => [inherited, accepted?.text])).toEqual(
				of.steps.slice(0, 2).map(({ accepted }) => [true, accepted?.text]),
			);
			expect(trace.parameters).toMatchObject({ threshold: 0.5 });
		}
		const samples = [...one, ...two].map(({ sample }) => sample);
		expect(new Set(samples).size).toBe(4);
		expect(Math.min(...samples)).toBeGreaterThan(of.sample);
	});

	it("injects at the step whatever its reward, and drops the words again as the method does", async () => {
		const of = await origin("none", true);
		const made = await branched(of, 2, { inject: "always", prefix: "Wait, think safely.\n\n" });
		for (const trace of made) {
			const step = trace.steps[1];
			expect(step?.attempts[0]).toMatchObject({ attempt: 0, prefix: "Wait, think safely.\n\n" });
			expect(step?.accepted?.accepted).toMatchObject({ reason: "beyond-depth", prefixKept: false });
			expect(trace.defence).toBe("none");
		}
	});

	it("goes on from a text of one's own, which stays and is scored", async () => {
		const of = await origin("safethink", true);
		const made = await branched(of, 2, { text: "I will be kind and " });
		for (const trace of made) {
			expect(trace.steps[1]?.accepted?.opening).toBe("I will be kind and ");
			expect(trace.steps[1]?.attempts.every(({ opening }) => opening === "I will be kind and ")).toBe(true);
		}
	});

	it("writes no opening tag twice where the text of one's own has it, too", async () => {
		const of = await origin("safethink", true);
		const opened = of.steps[0]?.accepted;
		const tag = /^<[^>]+>/.exec((opened?.opening ?? "") + opened?.text)?.[0];
		expect(tag).toBe("<think>");
		for (const text of ["<think>\nI am kind and ", "\n<think>I am kind and ", "<think><think>\nI am kind and "]) {
			const [made] = await branched(of, 1, { text }, 1);
			expect(made?.steps[0]?.accepted?.opening).toBe("<think>\nI am kind and ");
			expect(made?.branch?.parameters).toEqual({ text: "I am kind and " });
			const [later] = await branched(of, 2, { text }, 1);
			expect(later?.steps[1]?.accepted?.opening).toBe("I am kind and ");
		}
	});

	it("steers with other numbers a trace whose defence never does", async () => {
		const of = await origin("none", true);
		const made = await branched(of, 1, { depth: 3, threshold: 1, resamples: 1 }, 1);
		expect(made[0]).toMatchObject({ defence: "safethink", parameters: { depth: 3, threshold: 1, resamples: 1 } });
		expect(made[0]?.steps[0]?.attempts).toHaveLength(2);
	});

	it("gives other samples in another window, too", async () => {
		const of = await origin("safethink", true);
		const most = Math.max(...(await traces()).map(({ sample }) => sample));
		const window = await openWorld(world);
		const { job } = await window.call["branch.start"](
			{ traceId: of.id, step: 1, samples: 1, changes: {} },
			new AbortController().signal,
		);
		expect(await window.ended(job)).toMatchObject({ state: "done" });
		await window.close();
		await opened.run.catchUp();
		const made = (await traces()).filter(({ prompt, branch }) => branch !== undefined && prompt.id === of.prompt.id);
		expect(new Set(made.map(({ sample }) => sample)).size).toBe(made.length);
		expect(Math.max(...made.map(({ sample }) => sample))).toBeLessThanOrEqual(most + 1);
	});

	it("is refused where the server renders the prompt differently now", async () => {
		const of = await origin("safethink", true);
		const changed = like(opened.run, {
			trace: { value: async (id: string) => ({ ...(await opened.run.trace(id)), rendered: "User: something else" }) },
		});
		const acts = actHandlers(changed, environment(world));
		const { job } = await acts.handlers["branch.start"](
			{ traceId: of.id, step: 1, samples: 1, changes: {} },
			new AbortController().signal,
		);
		while (acts.jobs().find((view) => view.job === job)?.state === "running")
			await new Promise((resolve) => setTimeout(resolve, 5));
		expect(acts.jobs()).toMatchObject([{ state: "failed", error: { kind: "template-changed" } }]);
		await acts.close();
	});

	it("ends with the reason what an unexpected fault has broken off", async () => {
		const of = await origin("safethink", true);
		const before = new Set((await traces()).map(({ id }) => id));
		let drawn = 0;
		const broken = like(opened.run, {
			touch: {
				value() {
					if (++drawn === 3) throw new TypeError("a fault in the program");
				},
			},
		});
		const acts = actHandlers(broken, environment(world));
		await acts.handlers["branch.start"]({ traceId: of.id, step: 1, samples: 3, changes: {} }, SIGNAL);
		while (acts.jobs()[0]?.state === "running") await new Promise((resolve) => setTimeout(resolve, 5));
		expect(acts.jobs()).toMatchObject([
			{ state: "failed", done: 3, error: { kind: "internal", message: expect.stringContaining("a fault in the program") } },
		]);
		await acts.close();
		const made = (await traces()).filter(({ id }) => !before.has(id));
		expect(made.map(({ status }) => status).sort()).toEqual(["failed", "finished", "finished"]);
		const [failed] = made.filter(({ status }) => status === "failed");
		expect(failed?.error).toMatchObject({ kind: "internal", message: expect.stringContaining("a fault in the program") });
		await opened.run.catchUp();
		expect(opened.run.row(failed?.id ?? "")).toMatchObject({ status: "failed" });
	});

	it("with a seed gives the same samples again", async () => {
		const of = await origin("safethink", true);
		const [one, two] = [await branched(of, 1, { seed: 99 }, 2), await branched(of, 1, { seed: 99 }, 2)];
		expect(texts(one, 1).toSorted()).toEqual(texts(two, 1).toSorted());
	});

	it("branches from a branch", async () => {
		const of = await origin("safethink", true);
		const [child] = await branched(of, 2, { text: "So I say " }, 1);
		if (child === undefined) throw new Error("no branch");
		const [grandchild] = await branched(child, Math.min(3, child.steps.length), { threshold: 0.9 }, 1);
		expect(grandchild?.branch?.of).toBe(child.id);
		expect(grandchild?.steps[0]?.accepted?.id).toBe(of.steps[0]?.accepted?.id);
	});

	it("refuses what makes no sense, before a token is drawn", async () => {
		const of = await origin("safethink", true);
		const start = (step: number, changes: Changes) =>
			opened.call["branch.start"]({ traceId: of.id, step, samples: 1, changes }, new AbortController().signal);
		await expect(start(99, {})).rejects.toMatchObject({ kind: "no-step" });
		await expect(start(1, { text: "So", inject: "always" })).rejects.toMatchObject({ kind: "bad-changes" });
		await expect(start(1, { text: "<think>\n" })).rejects.toMatchObject({ kind: "bad-changes" });
		const barred = await openWorld(world, { permission: () => ({ run: false, why: "the workspace is not trusted" }) });
		const refused = barred.call["branch.start"](
			{ traceId: of.id, step: 1, samples: 1, changes: {} },
			new AbortController().signal,
		);
		await expect(refused).rejects.toMatchObject({ kind: "not-permitted", message: expect.stringContaining("not trusted") });
		await barred.close();
	});

	it("fails with the reason where a scorer, a picture or the server is not there", async () => {
		const of = await origin("safethink", true);
		const fails = async (traceId: string, changes: Changes) => {
			const { job } = await opened.call["branch.start"]({ traceId, step: 1, samples: 2, changes }, new AbortController().signal);
			return opened.ended(job);
		};
		expect(await fails(of.id, { scorer: "classify,url=http://127.0.0.1:9,model=x" })).toMatchObject({
			state: "failed",
			error: { kind: "unreachable", remedy: expect.any(String) },
		});
		expect(await fails(of.id, { scorer: "classify,url=http://127.0.0.1:9,model=x,key=HOME" })).toMatchObject({
			state: "failed",
			error: { kind: "unknown-scorer" },
		});
		const pictured = (await traces()).find((trace) => trace.prompt.images.length > 0 && !trace.branch);
		const image = join(world.folder, pictured?.prompt.images[0]?.path ?? "");
		const bytes = readFileSync(image);
		writeFileSync(image, readFileSync(join(world.folder, "images", "cake.png")));
		expect(await fails(pictured?.id ?? "", {})).toMatchObject({ state: "failed", error: { kind: "image-changed" } });
		writeFileSync(image, bytes);
		expect(await branched(pictured as Trace, 1, {}, 1)).toHaveLength(1);
	});

	it("cancelled, keeps what was drawn and looks like nothing that still runs", async () => {
		const of = await origin("safethink", true);
		const { job } = await opened.call["branch.start"](
			{ traceId: of.id, step: 1, samples: 40, changes: {} },
			new AbortController().signal,
		);
		while (opened.acts.jobs().find((view) => view.job === job)?.done === 0)
			await new Promise((resolve) => setTimeout(resolve, 2));
		opened.call["job.cancel"]({ job }, new AbortController().signal);
		expect(await opened.ended(job)).toMatchObject({ state: "cancelled" });
		const all = await traces();
		expect(all.every(({ status }) => status !== "running")).toBe(true);
		opened.call["job.dismiss"]({ job }, new AbortController().signal);
		expect(opened.acts.jobs().some((view) => view.job === job)).toBe(false);
	});

	it("leaves files that pass every check, in one file a window, and whose requests and decisions rebuild", async () => {
		const files = await runFiles(world.path);
		expect(files).toHaveLength(5);
		expect(readdirSync(world.folder).filter((name) => name.endsWith(".lock"))).toHaveLength(1);
		expect((await checkRun(world.path)).problems).toEqual([]);
		const merged = join(world.folder, "merged.safethink.jsonl");
		await mergeRuns(files, merged);
		expect((await checkRun(merged)).problems).toEqual([]);
		const rebuilt = rebuild([merged, world.folder]);
		expect(rebuilt.stderr).toMatch(/ 0 differences/);
		expect(rebuilt.code).toBe(0);
	});
});

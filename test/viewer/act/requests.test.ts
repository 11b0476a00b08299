/** What re-runs send: to the byte what the files say, with the key of the origin and no other. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Changes } from "../../../src/contract/act-views.ts";
import { checkRun } from "../../../src/store/check.ts";
import { foldUnion, mergeRuns, runFiles } from "../../../src/store/siblings.ts";
import { rebuild } from "../../e2e/cli.ts";
import { makeWorld, openWorld, SIGNAL, type World } from "./world.ts";

const KEY = "a-key-that-nobody-may-see";

const CHANGES: Changes[] = [
	{ text: "I will be kind and " },
	{ text: "Be kind.\n\nAnd then ", threshold: 1, resamples: 2, depth: 5 },
	{ inject: "always", prefix: "Wait, think kindly.\n\n" },
	{ prefix: "Is this kind?\n\n", threshold: 1, depth: 5 },
	{ prefix: "" },
];

/** Re-runs a trace from its second step in every way, and has another scorer score it all. */
async function branchAll(world: World): Promise<void> {
	const opened = await openWorld(world, { key: (origin) => (origin === world.proxy.url ? KEY : undefined) });
	const of = [...(await foldUnion(world.path)).traces.values()].find(({ steps }) => steps.length > 2);
	for (const changes of CHANGES) {
		const { job } = await opened.call["branch.start"]({ traceId: of?.id ?? "", step: 2, samples: 2, changes }, SIGNAL);
		expect(await opened.ended(job)).toMatchObject({ state: "done" });
	}
	const scorer = `classify,url=${world.proxy.url},model=organism-scorer,bias=0.5`;
	for (const filter of ["defence:safethink", undefined]) {
		const { job } = await opened.call["rescore.start"]({ scorer, filter }, SIGNAL);
		expect(await opened.ended(job)).toMatchObject({ state: "done" });
	}
	expect(JSON.stringify(opened.acts.jobs())).not.toContain(KEY);
	await opened.close();
}

interface Rebuilt {
	body: string;
	kind: string;
}

/** Bodies of the requests that made the traces of a run; without those of its preparations. */
function bodies({ stdout }: { stdout: string }): string[] {
	const lines = stdout.split("\n").filter(Boolean);
	const sent = lines.map((line) => JSON.parse(line) as Rebuilt).filter(({ kind }) => !/^(render|selftest)/.test(kind));
	return sent.map(({ body }) => body).sort();
}

describe("the requests of re-runs and rescorings", () => {
	it.each([
		{ scored: "trace" },
		{ scored: "step", injectedWords: "shown", prefixAfter: "kept" },
		{ scored: "minimum", whenAllFail: "best" },
	])(
		"rebuild to the byte from the files, and the decisions with them: %o",
		async (options) => {
			const world = await makeWorld({ defence: ["safethink", "none"], ...options });
			const first = bodies(rebuild([world.path, world.folder, "--json"]));
			const from = world.proxy.requests.length;
			await branchAll(world);
			const sent = world.proxy.requests
				.slice(from)
				.filter(({ path }) => ["/v1/chat/completions", "/v1/completions", "/classify"].includes(path));
			expect((await checkRun(world.path)).problems).toEqual([]);
			const merged = join(world.folder, "merged.safethink.jsonl");
			await mergeRuns(await runFiles(world.path), merged);
			const rebuilt = rebuild([merged, world.folder, "--json"]);
			expect(rebuilt.stderr).toMatch(/ 0 differences/);
			expect(sent.length).toBeGreaterThan(20);
			expect(bodies(rebuilt)).toEqual([...first, ...sent.map(({ body }) => body)].sort());
			expect(world.proxy.requests.slice(from).every(({ authorization }) => authorization === `Bearer ${KEY}`)).toBe(true);
			for (const name of readdirSync(world.folder).filter((file) => file.endsWith("jsonl")))
				expect(readFileSync(join(world.folder, name), "utf8")).not.toContain(KEY);
			const traces = [...(await foldUnion(world.path)).traces.values()].filter(({ branch }) => branch !== undefined);
			expect(traces).toHaveLength(2 * CHANGES.length);
			const kept = options.prefixAfter === "kept";
			for (const { steps, branch } of traces.filter((trace) => trace.branch?.parameters["inject"] === "always")) {
				const taken = steps[(branch?.step ?? 0) - 1]?.accepted;
				expect(taken).toMatchObject({ prefix: "Wait, think kindly.\n\n", accepted: { prefixKept: kept } });
			}
			await world.close();
		},
		60_000,
	);
});

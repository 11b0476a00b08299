/** A run on the embedded model's server, opened as a page has it, with everything it may start. */
import { copyFileSync, cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { assembleRun } from "../../../src/cli/assemble.ts";
import { runOptionsSchema } from "../../../src/cli/run-options.ts";
import { runEnvironment } from "../../../src/cli/self-tests.ts";
import type { JobView } from "../../../src/contract/run-views.ts";
import { type DemoServer, startDemoServer } from "../../../src/demo/server.ts";
import { planJson } from "../../../src/experiments/plan.ts";
import { runPlan } from "../../../src/experiments/run.ts";
import { openJournal } from "../../../src/store/journal.ts";
import { type Acts, actHandlers } from "../../../src/viewer/act/handlers.ts";
import { Origins } from "../../../src/viewer/act/origins.ts";
import { openRun, type ReadRun } from "../../../src/viewer/open-run.ts";
import type { ViewerEnvironment } from "../../../src/viewer/types.ts";
import { type RecordingProxy, recordingProxy } from "../../e2e/recording-proxy.ts";

const SAMPLES = fileURLToPath(new URL("../../../samples/", import.meta.url));
const PROMPTS = ["remote-film", "salt", "glue-picture"];

export interface World {
	folder: string;
	path: string;
	server: DemoServer;
	/** Between the run and its servers. */
	proxy: RecordingProxy;
	close(): Promise<void>;
}

/** Makes a run of three prompts, one with a picture, under the given options of `safethink run`. */
export async function makeWorld(options: Record<string, unknown> = {}): Promise<World> {
	const folder = mkdtempSync(join(tmpdir(), "safethink-act-"));
	const prompts = join(folder, "mischief.prompts.jsonl");
	copyFileSync(join(SAMPLES, "mischief.prompts.jsonl"), prompts);
	cpSync(join(SAMPLES, "images"), join(folder, "images"), { recursive: true });
	const server = await startDemoServer({ port: 0 });
	const path = join(folder, "r.safethink.jsonl");
	const proxy = await recordingProxy(server.url);
	const scorer = `classify,url=${proxy.url},model=organism-scorer`;
	const signal = new AbortController().signal;
	const given = { prompts, server: proxy.url, model: "organism-policy", scorer, judge: "exact", only: PROMPTS, ...options };
	const assembled = await assembleRun(runOptionsSchema.parse(given), signal);
	const header = { plan: planJson(assembled.plan), product: { name: "t", version: "0" }, environment: runEnvironment(assembled) };
	const journal = await openJournal(path, header);
	const { plan, scorer: service, judge } = assembled;
	await runPlan({
		journal,
		plan,
		prompts: assembled.prompts,
		server: assembled.server,
		scorer: service,
		judge: judge?.judge,
		concurrency: 4,
		signal,
	});
	journal.close();
	return {
		folder,
		path,
		server,
		proxy,
		async close() {
			await proxy.close();
			await server.close();
			rmSync(folder, { recursive: true, force: true });
		},
	};
}

export interface Opened {
	run: ReadRun;
	acts: Acts;
	/** Calls a method as the page does. */
	call: Acts["handlers"];
	/** Waits for a job's end. */
	ended(job: string): Promise<JobView>;
	close(): Promise<void>;
}

/** A world in which everything is allowed and no key is known. */
export function environment(world: World): ViewerEnvironment {
	return {
		permission: () => ({ run: true }),
		key: () => undefined,
		scorers: [],
		origins: new Origins(),
		prefixLibrary: join(world.folder, "config", "prefixes.json"),
		embedded: async () => ({ url: world.server.url }),
		signal: new AbortController().signal,
	};
}

export async function openWorld(world: World, changes: Partial<ViewerEnvironment> = {}): Promise<Opened> {
	const run = await openRun(world.path);
	await run.wholeRead();
	const acts = actHandlers(run, { ...environment(world), ...changes });
	return {
		run,
		acts,
		call: acts.handlers,
		async ended(job) {
			for (;;) {
				const view = acts.jobs().find((candidate) => candidate.job === job);
				if (view === undefined) throw new Error(`no job ${job}`);
				if (view.state !== "running") return view;
				await new Promise((resolve) => setTimeout(resolve, 10));
			}
		},
		async close() {
			await acts.close();
			await run.close();
		},
	};
}

export const SIGNAL = new AbortController().signal;

/** Runs whose servers are found again: the embedded model's is somewhere else each time, older runs say less. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type DemoServer, startDemoServer } from "../../../src/demo/server.ts";
import { foldUnion } from "../../../src/store/siblings.ts";
import { cli, ROOT, withFolder } from "../../e2e/cli.ts";
import { recordingProxy } from "../../e2e/recording-proxy.ts";
import { openWorld, SIGNAL, type World } from "./world.ts";

/** A run of the command line on the embedded model, and another embedded server than the one that made it. */
async function embeddedRun(use: (world: World) => Promise<void>): Promise<void> {
	await withFolder(async (folder) => {
		const path = join(folder, "r.safethink.jsonl");
		const made = await cli([
			"run",
			join(ROOT, "samples", "mischief.prompts.jsonl"),
			"--only",
			"glue-picture",
			"--out",
			path,
			"--no-config",
		]);
		expect(made.code).toBe(0);
		const server: DemoServer = await startDemoServer({ port: 0 });
		try {
			await use({ folder, path, server, close: () => server.close() } as unknown as World);
		} finally {
			await server.close();
		}
	});
}

function header(path: string): { environment: Record<string, unknown> } {
	return JSON.parse(readFileSync(path, "utf8").split("\n")[0] ?? "");
}

/** Changes what the run says of its surroundings, as an older version would have. */
function forget(path: string, change: (environment: Record<string, unknown>) => Record<string, unknown>): void {
	const [first, ...rest] = readFileSync(path, "utf8").split("\n");
	const event = JSON.parse(first ?? "");
	writeFileSync(path, [JSON.stringify({ ...event, environment: change(event.environment) }), ...rest].join("\n"));
}

async function rerun(world: World, changes = {}, env = {}) {
	const opened = await openWorld(world, env);
	const [row] = opened.run.rows();
	const { job } = await opened.call["branch.start"]({ traceId: row?.traceId ?? "", step: 1, samples: 1, changes }, SIGNAL);
	const ended = await opened.ended(job);
	await opened.close();
	return ended;
}

describe("a run of the embedded model", () => {
	it("says so, where its prompts lie and how scorer and judge are reached, and is gone on with elsewhere", async () => {
		await embeddedRun(async (world) => {
			const { environment } = header(world.path);
			expect(environment).toMatchObject({
				embedded: true,
				promptFolder: join(ROOT, "samples"),
				scorer: { spec: { kind: "classify", model: "organism-scorer", options: {} } },
				judge: { spec: { kind: "exact" } },
			});
			expect(environment["scorer"]).not.toHaveProperty("spec.url");
			expect(await rerun(world)).toMatchObject({ state: "done", done: 1 });
			const branch = [...(await foldUnion(world.path)).traces.values()].find((trace) => trace.branch);
			expect(branch).toMatchObject({ status: "finished", scorer: expect.stringContaining("organism-scorer") });
			expect(branch?.verdicts).toHaveLength(2);
		});
	}, 60_000);

	it("of an older version asks for what is missing", async () => {
		await embeddedRun(async (world) => {
			forget(world.path, ({ server, scorer }) => ({ server, scorer: { ...(scorer as object), spec: undefined } }));
			expect(await rerun(world)).toMatchObject({
				state: "failed",
				error: {
					kind: "no-scorer",
					message: expect.stringContaining("does not say how its scorer"),
					remedy: expect.stringContaining("choose a scorer"),
				},
			});
			const spec = `classify,url=${world.server.url},model=organism-scorer`;
			expect(await rerun(world, { scorer: spec })).toMatchObject({
				state: "failed",
				error: { kind: "image-gone", remedy: expect.any(String) },
			});
		});
	}, 60_000);
});

describe("a run whose server is gone", () => {
	it("fails with what to do", async () => {
		await embeddedRun(async (world) => {
			forget(world.path, (environment) => ({
				...environment,
				embedded: false,
				server: { url: "http://127.0.0.1:9", verified: true },
			}));
			expect(await rerun(world)).toMatchObject({ state: "failed", error: { kind: "unreachable", remedy: expect.any(String) } });
		});
	}, 60_000);
});

describe("a run that names a variable for its server's key", () => {
	it("is asked for the key; the variable is not read, and a key that was given is sent", async () => {
		await embeddedRun(async (world) => {
			const proxy = await recordingProxy(world.server.url);
			try {
				forget(world.path, (said) => ({ ...said, embedded: false, server: { url: proxy.url, key: "PATH" } }));
				expect(await rerun(world)).toMatchObject({
					state: "failed",
					error: { kind: "no-key", remedy: expect.stringContaining(`--key ${proxy.url}=PATH`) },
				});
				expect(proxy.requests.map(({ authorization }) => authorization)).not.toContain(`Bearer ${process.env["PATH"]}`);
				const given = { key: (origin: string) => (origin === proxy.url ? "given-key" : undefined) };
				expect(await rerun(world, {}, given)).toMatchObject({ state: "done" });
				expect(proxy.requests.at(-1)?.authorization).toBe("Bearer given-key");
			} finally {
				await proxy.close();
			}
		});
	}, 60_000);
});

import { readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { demoServer, ROOT, startCli, withFolder } from "./cli.ts";

const KEY = "a-key-that-nobody-may-see";

let server: Awaited<ReturnType<typeof demoServer>>;
beforeAll(async () => {
	server = await demoServer();
});
afterAll(() => server.stop());

/** Passes on to the embedded server whoever shows the key, and nobody else. */
async function guardedServer() {
	const guarded = createServer((request, response) => {
		if (request.headers.authorization !== `Bearer ${KEY}`) return void response.writeHead(401).end("{}");
		const parts: Buffer[] = [];
		request.on("data", (part: Buffer) => parts.push(part));
		request.on("end", async () => {
			const body =
				request.method === "POST" ? { body: Buffer.concat(parts), headers: { "content-type": "application/json" } } : {};
			const reply = await fetch(new URL(request.url ?? "/", server.url), { method: request.method ?? "GET", ...body });
			response.writeHead(reply.status, { "content-type": reply.headers.get("content-type") ?? "" });
			response.end(Buffer.from(await reply.arrayBuffer()));
		});
	});
	await new Promise<void>((resolve) => guarded.listen(0, "127.0.0.1", resolve));
	const { port } = guarded.address() as AddressInfo;
	return { url: `http://127.0.0.1:${port}`, close: () => guarded.close() };
}

function run(folder: string, url: string, input: string) {
	const args = [
		"run",
		join(ROOT, "samples", "mischief.prompts.jsonl"),
		"--server",
		url,
		"--model",
		"organism-policy",
		"--key",
		"GPU_KEY",
	];
	args.push("--defence", "none", "--only", "salt", "--out", join(folder, "r.safethink.jsonl"), "--no-config", "--keys-on-stdin");
	const started = startCli(args, { cwd: folder });
	started.child.stdin?.end(input);
	return started;
}

describe("--keys-on-stdin", () => {
	it("gives the keys to the run, and to no argument, file or output", async () => {
		await withFolder(async (folder) => {
			const guarded = await guardedServer();
			const { child, ended } = run(folder, guarded.url, `${JSON.stringify({ GPU_KEY: KEY })}\n`);
			expect(child.spawnargs.join(" ")).not.toContain(KEY);
			const { code, stdout, stderr } = await ended;
			guarded.close();
			expect(stderr).toContain("run file:");
			expect(code).toBe(0);
			expect(stdout + stderr).not.toContain(KEY);
			for (const name of readdirSync(folder)) expect(readFileSync(join(folder, name), "utf8")).not.toContain(KEY);
			expect(readFileSync(join(folder, "r.safethink.jsonl"), "utf8")).toContain('"key":"GPU_KEY"');
		});
	});

	it.each([`{"GPU_KEY": 5, "x": "${KEY}"}\n`, `${KEY}\n`, ""])("refuses other input without repeating it", async (input) => {
		await withFolder(async (folder) => {
			const { code, stdout, stderr } = await run(folder, "http://127.0.0.1:9", input).ended;
			expect(code).not.toBe(0);
			expect(stderr).toContain("--keys-on-stdin");
			expect(stdout + stderr).not.toContain(KEY);
		});
	});
});

import { join } from "node:path";
import { expect, test } from "vitest";
import { writeManyTraces } from "../../bench/view/generate.ts";
import { openSibling } from "../../src/store/siblings.ts";
import { cli, withFolder } from "../e2e/cli.ts";
import { ask } from "../viewer/transport/served.ts";
import { startViewer } from "./browser.ts";

const viewed = (folder: string): string => {
	const path = join(folder, "tea.safethink.jsonl");
	writeManyTraces(path, 2, 3);
	return path;
};

test("the first line is the address, token included; a file beside the run leads to it", () =>
	withFolder(async (folder) => {
		const beside = await openSibling(viewed(folder), { name: "test", version: "0" });
		beside.close();
		const viewer = await startViewer(beside.path);
		try {
			expect(viewer.address).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/\?token=[0-9a-f]{48}$/);
			const { port, searchParams } = new URL(viewer.address);
			const { body } = await ask(Number(port), {
				path: "/call",
				method: "POST",
				headers: { "x-safethink-token": searchParams.get("token") ?? "", "content-type": "application/json" },
				body: '{"call":1,"method":"run.info","params":{}}',
			});
			expect(JSON.parse(body)).toMatchObject({ reply: 1, result: { name: "tea.safethink.jsonl" } });
			expect((await ask(Number(port), { path: "/" })).status).toBe(403);
		} finally {
			await viewer.stop();
		}
	}));

test("a run that is not there, is none, or a port that is taken: exit code 2 and what to do", () =>
	withFolder(async (folder) => {
		const path = viewed(folder);
		const viewer = await startViewer(path);
		const { port } = new URL(viewer.address);
		const failures = [[join(folder, "gone.safethink.jsonl")], [folder], [path, "--port", port]];
		for (const args of failures) {
			const { code, stdout, stderr } = await cli(["view", ...args, "--no-open"]);
			expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
			expect(stderr).toContain("what to do: ");
		}
		await viewer.stop();
	}));

test("Ctrl-C ends it and frees the port", () =>
	withFolder(async (folder) => {
		const viewer = await startViewer(viewed(folder));
		const { port } = new URL(viewer.address);
		await viewer.stop();
		await expect(ask(Number(port), { path: "/" })).rejects.toMatchObject({ code: "ECONNREFUSED" });
	}));

/** `safethink demo` as a newcomer runs it. */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { describe, expect, it } from "vitest";
import { cli, ROOT, withFolder } from "./cli.ts";

const BIN = join(ROOT, "bin", "safethink.mjs");

describe("safethink demo", () => {
	it("tells its rates in the groups of the page's table, with the same counts", async () => {
		await withFolder(async (folder) => {
			const out = join(folder, "d.safethink.jsonl");
			const { code, stdout } = await cli(["demo", "--samples", "1", "--once", "--out", out]);
			expect(code).toBe(0);
			const headings = stdout.match(/^ {2}\S.*$/gm)?.map((line) => line.trim());
			expect(headings?.slice(-4)).toEqual(["mischief", "role-play", "picture", "harmless"]);
			expect(stdout).toMatch(/^ {2}picture\n {4}without steering {3}\d\/4 · .*, 4 prompts$/m);
			const rows = (await cli(["show", out, "--json"])).stdout
				.trim()
				.split("\n")
				.map((line) => JSON.parse(line) as { category: string; defence: string; verdicts: { harmful: boolean }[] });
			const steered = rows.filter((row) => row.category === "picture" && row.defence === "none");
			const harmful = steered.filter((row) => row.verdicts.some((verdict) => verdict.harmful)).length;
			expect(stdout).toContain(`  picture\n    without steering   ${harmful}/4 `);
		});
	});
});

describe("a command that npx started", () => {
	it("ends with the shell that npx puts around it", async () => {
		const env = { ...process.env, npm_lifecycle_event: "npx", npm_lifecycle_script: "safethink" };
		const shell = spawn("sh", ["-c", `"${process.execPath}" "${BIN}" demo-server --port 0; true`], { env });
		const url = await new Promise<string>((resolve) => createInterface({ input: shell.stdout }).once("line", resolve));
		expect((await fetch(`${url}/v1/models`)).status).toBe(200);
		shell.kill("SIGTERM");
		await expect.poll(() => fetch(`${url}/v1/models`).then(String, () => "gone"), { timeout: 20_000 }).toBe("gone");
	});
});

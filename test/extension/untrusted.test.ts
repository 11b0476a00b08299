/** An untrusted workspace in a real VS Code: it can be looked at, not run. Needs `npm run package`. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { cli } from "../e2e/cli.ts";
import { type Host, runFilesIn, startHost } from "./host.ts";

let host: Host;
beforeAll(async () => {
	host = await startHost({ askForTrust: true });
	const set = join(host.folder, "mischief.prompts.jsonl");
	await cli(["run", set, "--only=kite", `--out=${join(host.folder, "old.safethink.jsonl")}`], { cwd: host.folder });
}, 600_000);
afterAll(() => host?.close());

test("a run is shown, and nothing can be started from it or from a prompt set", { timeout: 240_000 }, async () => {
	const { editor, folder } = host;
	await editor.statusBarItem("Restricted Mode").waitFor();
	await editor.open("old.safethink.jsonl");
	const page = await editor.runPage("st-step");
	await page.getByText("this workspace is not trusted").first().waitFor();

	await editor.open("mischief.prompts.jsonl");
	await editor.codeLens("Run SafeThink").click();
	await editor.notification("this workspace is not trusted").waitFor();
	expect(runFilesIn(folder)).toEqual([join(folder, "old.safethink.jsonl")]);
	expect(readdirSync(folder)).not.toContain("runs");
});

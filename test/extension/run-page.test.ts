/** The editor of runs in a real VS Code where something stands in its way: git's old versions, a child that dies. Needs `npm run package`. */
import { execFileSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { cli } from "../e2e/cli.ts";
import { type Host, startHost } from "./host.ts";

const PATIENT = { timeout: 120_000, interval: 100 };
const LONG = 240_000;

let host: Host;
beforeAll(async () => {
	host = await startHost();
}, 600_000);
afterAll(() => host?.close());

test("an old version that git keeps is shown, and cannot be changed", { timeout: LONG }, async () => {
	const { editor, folder } = host;
	const set = join(folder, "mischief.prompts.jsonl");
	const run = join(folder, "old.safethink.jsonl");
	await cli(["run", set, "--only=remote-film", `--out=${run}`], { cwd: folder });
	const git = (...args: string[]) =>
		execFileSync("git", ["-c", "user.name=a", "-c", "user.email=a@example", ...args], { cwd: folder });
	git("init", "--quiet");
	git("add", ".");
	git("commit", "--quiet", "--message=one run");
	execFileSync("rm", [run]);
	await cli(["run", set, "--only=salt", `--out=${run}`], { cwd: folder });
	const before = readdirSync(folder);
	await editor.page.locator(".activitybar .action-item a[aria-label^='Source Control']").dispatchEvent("click");
	const changed = editor.page.getByRole("treeitem", { name: "old.safethink.jsonl, Modified" });
	// A menu opened before git has seen the new run belongs to a line that is gone when it is chosen from.
	await vi.waitFor(async () => {
		await editor.menu(changed, "Open File (HEAD)");
		await editor.tab("old.safethink.jsonl (HEAD)").waitFor({ timeout: 5000 });
	}, PATIENT);
	await editor.hideSecondarySideBar();
	const page = await editor.runPage("st-step");
	await page.getByText("hide the remote").first().waitFor();
	expect(copies()).not.toEqual([]);
	await page.getByText("This run can be looked at only: this is an old version that git keeps").first().waitFor();
	const rerun = page.getByRole("button", { name: "Re-run r" });
	expect(await rerun.isDisabled()).toBe(true);
	await page.locator("body").press("r");
	await page.locator("#st-rerun-hindrance", { hasText: "this is an old version that git keeps" }).waitFor();
	await editor.command("View: Close All Editors");
	await vi.waitFor(() => expect(copies()).toEqual([]), PATIENT);
	expect(readdirSync(folder)).toEqual(before);
});

test("the page comes back when its reader dies, and offers to start again when that dies, too", { timeout: LONG }, async () => {
	const { editor } = host;
	await editor.command("View: Close All Editors");
	await editor.open("old.safethink.jsonl");
	await editor.runPage("st-step");
	const [first = 0] = readers();
	process.kill(first, "SIGKILL");
	await vi.waitFor(() => expect(readers().filter((pid) => pid !== first)).toHaveLength(1), PATIENT);
	await expectAnswers();

	const [second = 0] = readers();
	process.kill(second, "SIGKILL");
	const stopped = await editor.runPage("[role=alert] a");
	await stopped.getByText("died twice").waitFor();
	await editor.notification("died twice").waitFor();
	await editor.command("SafeThink: Refresh Runs");
	expect(readers()).toEqual([]);
	await stopped.getByText("Start Again").click();
	await expectAnswers();
	expect(readers()).toHaveLength(1);
});

/** Waits until the page shows a trace and does what a key says; again where the editor puts a new page in the place of the old one. */
async function expectAnswers(): Promise<void> {
	await vi.waitFor(async () => {
		const page = await host.editor.runPage("st-step");
		await page.locator("body").press("q", { timeout: 5000 });
		await page.getByRole("dialog").getByText("organism-policy").first().waitFor({ timeout: 5000 });
		await page.locator("body").press("Escape", { timeout: 5000 });
	}, PATIENT);
}

/** What the extension made to show files that are not on disk. */
function copies(): string[] {
	return readdirSync(host.data, { recursive: true, encoding: "utf8" }).filter((path) => /safethink.*copies\/./.test(path));
}

/** Process ids of the window's child. */
function readers(): number[] {
	const processes = execFileSync("ps", ["-eo", "pid=,args="], { encoding: "utf8" }).split("\n");
	return processes
		.filter((line) => line.includes(host.data) && line.endsWith("cli.js viewer"))
		.map((line) => Number.parseInt(line, 10));
}

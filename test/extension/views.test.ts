/** What the menus of the views do, in a real VS Code: files of a run, continuing one, taking back a removal. Needs `npm run package`. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { cli, eventsOf } from "../e2e/cli.ts";
import { type Host, runFilesIn, startHost } from "./host.ts";

const PATIENT = { timeout: 120_000, interval: 100 };
const LONG = 240_000;

let host: Host;
beforeAll(async () => {
	host = await startHost();
	const set = join(host.folder, "mischief.prompts.jsonl");
	await cli(["run", set, "--only=kite", `--out=${join(host.folder, "old.safethink.jsonl")}`], { cwd: host.folder });
	await cli(["run", set, "--only=kite", `--out=${join(host.folder, "other.safethink.jsonl")}`], { cwd: host.folder });
	for (const name of ["old.0123456789ab.safethink.jsonl", "old.0123456789ab.safethink.summaries", "broken.safethink.jsonl"])
		writeFileSync(join(host.folder, name), "nothing\n");
}, 600_000);
afterAll(() => host?.close());

test("a run's menu opens it as text, and shows it in the explorer", { timeout: LONG }, async () => {
	const { editor } = host;
	await editor.showViews();
	await editor.viewItem(/^broken.*no run file: its first line/).waitFor();
	await editor.menu(editor.viewItem(/^old/), "Open as Text");
	await editor.page.locator(".view-lines", { hasText: "run.started" }).first().waitFor();
	await editor.menu(editor.viewItem(/^old/), "Reveal in Explorer View");
	await editor.page.locator(".explorer-folders-view .monaco-list-row.selected", { hasText: "old.safethink.jsonl" }).waitFor();
});

test("deleting a run names what goes, and takes that and nothing else", { timeout: LONG }, async () => {
	const { editor, folder } = host;
	await editor.showViews();
	const ofRun = () => readdirSync(folder).filter((name) => name.startsWith("old."));
	const before = ofRun();
	const dialog = editor.page.locator(".monaco-dialog-box");
	await editor.menu(editor.viewItem(/^old/), "Delete Run…");
	for (const name of before) await dialog.getByText(name).first().waitFor();
	await editor.page.keyboard.press("Escape");
	await dialog.waitFor({ state: "hidden" });
	expect(ofRun()).toEqual(before);
	await editor.viewItem(/^old/).click();
	await editor.runPage("st-step");
	await editor.menu(editor.viewItem(/^old/), "Delete Run…");
	await dialog.getByRole("button", { name: /Delete Permanently|Move to Trash/ }).click();
	await vi.waitFor(() => expect(ofRun()).toEqual([]), PATIENT);
	await editor.tab("old.safethink.jsonl").waitFor({ state: "detached" });
	await editor.viewItem(/^old/).waitFor({ state: "detached" });
	await editor.viewItem(/^other/).waitFor();
	expect(existsSync(join(folder, "other.safethink.jsonl"))).toBe(true);
});

test("a run that stopped is continued as it was started; while it runs it is not deleted", { timeout: LONG }, async () => {
	const { editor, folder } = host;
	// Enough that it does not end by itself here.
	host.change({ "safethink.samples": 40 });
	await editor.open("mischief.prompts.jsonl");
	await editor.command("SafeThink: Run SafeThink on This Prompt Set");
	const runs = join(folder, "runs");
	await vi.waitFor(() => expect(existsSync(runs) && runFilesIn(runs).length).toBe(1), PATIENT);
	const [run = ""] = runFilesIn(runs);
	const ended = () => eventsOf(run).filter(({ type }) => type === "trace.finished").length;
	await vi.waitFor(() => expect(ended()).toBeGreaterThan(0), PATIENT);
	await editor.showViews();
	await editor.menu(editor.viewItem(/^mischief-.*running/), "Delete Run…");
	await editor.notification("is running and cannot be deleted").waitFor();
	await cancelled(run);
	const before = ended();

	// Settings of later runs are not its own.
	host.change({ "safethink.samples": 1 });
	await editor.menu(editor.viewItem(/^mischief-.*stopped/), "Continue Run");
	await vi.waitFor(() => expect(ended()).toBeGreaterThan(before), PATIENT);
	await cancelled(run);
	expect(runFilesIn(dirname(run))).toEqual([run]);
	expect((await cli(["check", run])).code).toBe(0);
});

/** Stops the run from its notification; what it wrote stays. */
async function cancelled(run: string): Promise<void> {
	const progress = host.editor.page.locator(".notification-toast", { hasText: "SafeThink: mischief" });
	await progress.getByText("Cancel").first().click();
	await vi.waitFor(() => expect(existsSync(`${run}.lock`)).toBe(false), PATIENT);
	expect(eventsOf(run).some(({ type }) => type === "run.finished")).toBe(false);
}

test("a removed prefix comes back where it was", { timeout: LONG }, async () => {
	const { editor, folder } = host;
	const library = join(dirname(folder), "config");
	const texts = () => {
		const files = readdirSync(library, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".json"));
		const kept = files.map((name) => JSON.parse(readFileSync(join(library, name), "utf8"))).find(({ prefixes }) => prefixes);
		return kept.prefixes.map(({ text, note }: { text: string; note?: string }) => [text.trim(), note]);
	};
	for (const [text, note] of [
		["First thought.", "one"],
		["Second thought.", ""],
		["Third thought.", "three"],
	] as const) {
		await editor.command("SafeThink: Add a Prefix…");
		await editor.answer("Add a Prefix to the Library (1/2)", text);
		await editor.answer("Add a Prefix to the Library (2/2)", note);
		await editor.viewItem(text).waitFor();
	}
	const before = texts();
	expect(before).toHaveLength(3);
	await editor.menu(editor.viewItem("First thought."), "Remove Prefix");
	await editor.viewItem("First thought.").waitFor({ state: "detached" });
	await editor.notification("Removed “First thought.”").getByText("Undo").click();
	await editor.viewItem("First thought.").waitFor();
	await vi.waitFor(() => expect(texts()).toEqual(before), PATIENT);
});

test("a run that cannot start says so, and leads to the setting", { timeout: LONG }, async () => {
	const { editor } = host;
	await editor.open("mischief.prompts.jsonl");
	await editor.statusBarItem("embedded toy model").waitFor();
	host.change({
		"safethink.servers": [{ name: "gone", url: "http://127.0.0.1:9" }],
		"safethink.server": "gone",
		"safethink.scorer": "classify,url=http://127.0.0.1:9,model=m",
	});
	await editor.statusBarItem("gone").waitFor();
	await editor.command("SafeThink: Run SafeThink on the Prompts Here");
	await editor.notification("The run did not start. http://127.0.0.1:9/v1/models could not be reached. What to do: ").waitFor();
	host.change({ "safethink.servers": [{ name: "alone", url: "http://127.0.0.1:9" }], "safethink.server": "alone" });
	await editor.statusBarItem("alone").waitFor();
	await editor.command("SafeThink: Run SafeThink on the Prompts Here");
	await editor.notification("needs a safety scorer").getByText("Open Settings").click();
	await editor.page.locator(".settings-editor .setting-item", { hasText: "Scorer" }).first().waitFor();
});

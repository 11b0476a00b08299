/** The packaged extension in a real VS Code, used as a person uses it: from a prompt set to a re-run. Needs `npm run package`. */
import { existsSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { eventsOf } from "../e2e/cli.ts";
import { extensionHosts, filesWith, type Host, runFilesIn, startHost } from "./host.ts";

const PATIENT = { timeout: 120_000, interval: 100 };
const LONG = 240_000;
const SECRET = "nobody-may-find-this-in-a-file";

let host: Host;

beforeAll(async () => {
	host = await startHost();
}, 600_000);
afterAll(() => host?.close());

test("by pointer: a click above a prompt runs it, and its page opens beside", { timeout: LONG }, async () => {
	const { editor, folder } = host;
	await editor.open("mischief.prompts.jsonl");
	await editor.codeLens("Run SafeThink").click();
	await editor.tab(".safethink.jsonl").waitFor();
	const page = await editor.runPage("st-step");
	const [run = ""] = runFilesIn(folder);
	expect(dirname(run)).toBe(join(folder, "runs"));
	await vi.waitFor(() => expect(eventsOf(run).at(-1)?.type).toBe("run.finished"), PATIENT);
	await page.getByText("finished").first().waitFor();
	expect(eventsOf(run).filter(({ type }) => type === "trace.started")).toHaveLength(1);
});

test("the views say what was run and what the embedded model can do", { timeout: LONG }, async () => {
	const { editor } = host;
	await editor.showViews();
	await editor.viewItem(/^mischief-.*1 trace/).waitFor();
	await editor.viewItem("Embedded toy model").click();
	await editor.viewItem(/partial message.*continued/).waitFor();
});

test("by keyboard only: run, open the trace, edit the prefix, re-run, compare", { timeout: LONG }, async () => {
	const { editor, folder } = host;
	const { keyboard } = editor.page;
	const before = runFilesIn(folder);
	await editor.command("View: Close All Editors");
	await editor.open("mischief.prompts.jsonl");
	await editor.goToLine(7);
	await keyboard.press("ControlOrMeta+Enter");
	await vi.waitFor(() => expect(runFilesIn(folder)).toHaveLength(before.length + 1), PATIENT);
	const run = runFilesIn(folder).find((file) => !before.includes(file)) ?? "";
	await vi.waitFor(() => expect(eventsOf(run).at(-1)?.type).toBe("run.finished"), PATIENT);
	// A run of one trace opens at it, and the new editor has the focus.
	await editor.runPage("st-step");
	await keyboard.press("Escape");
	const table = await editor.runPage("[role=row]");
	await table.getByText("remote-film").first().waitFor();
	await keyboard.press("Enter");
	const trace = await editor.runPage("st-step");
	await keyboard.press("j");
	await editor.command("SafeThink: Edit the Prefix of This Step");
	const prefix = trace.getByRole("combobox", { name: /prefix/i }).first();
	await prefix.fill("Is this kind to everyone?");
	await keyboard.press("Enter");
	await editor.command("SafeThink: Re-run from This Step");
	await trace
		.getByText(/of 8 judged safe/)
		.first()
		.waitFor({ timeout: PATIENT.timeout });
	await trace.getByRole("button", { name: "compare re-run 1 with the original" }).press("Enter");
	const comparison = await editor.runPage("st-compare-step");
	await comparison.getByText("Is this kind to everyone?").first().waitFor();
	const branches = readdirSync(dirname(run)).filter((name) => /\.[0-9a-f]{12}\.safethink\.jsonl$/.test(name));
	expect(branches).toHaveLength(1);
});

test("cancelling from the notification stops the run and keeps what was done", { timeout: LONG }, async () => {
	const { editor } = host;
	const run = await startLongRun(40);
	await editor.page.locator(".notification-toast", { hasText: "SafeThink: mischief" }).getByText("Cancel").first().click();
	await vi.waitFor(() => expect(existsSync(`${run}.lock`)).toBe(false), PATIENT);
	expect(eventsOf(run).some(({ type }) => type === "run.finished")).toBe(false);
});

test("a run outlives its window: after the extension host was killed, a new window attaches", { timeout: LONG }, async () => {
	const { editor, data } = host;
	const run = await startLongRun(6);
	const hosts = extensionHosts(data);
	expect(hosts.length).toBeGreaterThan(0);
	for (const pid of hosts) process.kill(pid, "SIGKILL");
	await host.reload();
	expect(existsSync(`${run}.lock`), "the run ended before the new window came: make it longer").toBe(true);
	await editor.showViews();
	await editor.viewItem(/running: \d+ of 84 traces/).click();
	const page = await editor.runPage("st-app");
	await vi.waitFor(() => expect(eventsOf(run).at(-1)?.type).toBe("run.finished"), PATIENT);
	await page.getByText("finished").first().waitFor();
	await editor.viewItem(/84 traces/).waitFor();
});

test("a key can be set and cleared, and is in no file", { timeout: LONG }, async () => {
	const { editor, folder, data } = host;
	await editor.command("SafeThink: Set the Key of a Server…");
	await editor.pick("Another address…");
	await editor.answer("Key for which server?", "https://gpu.example:8000/v1");
	await editor.answer("Key for https://gpu.example:8000", SECRET);
	await editor.command("SafeThink: Clear the Key of a Server");
	await editor.pick("https://gpu.example:8000");
	await editor.notification("the key for https://gpu.example:8000 is cleared").waitFor();
	expect([...filesWith(SECRET, folder), ...filesWith(SECRET, data)]).toEqual([]);
});

/** Runs the whole set with so many samples a prompt. @returns the run file, in which the first trace has ended */
async function startLongRun(samples: number): Promise<string> {
	const { editor, folder } = host;
	const before = runFilesIn(folder);
	host.change({ "safethink.samples": samples });
	await editor.open("mischief.prompts.jsonl");
	await editor.command("SafeThink: Run SafeThink on This Prompt Set");
	await vi.waitFor(() => expect(runFilesIn(folder)).toHaveLength(before.length + 1), PATIENT);
	const run = runFilesIn(folder).find((file) => !before.includes(file)) ?? "";
	await vi.waitFor(() => expect(eventsOf(run).some(({ type }) => type === "trace.finished")).toBe(true), PATIENT);
	return run;
}

/** The packaged extension in a real VS Code: from a prompt set to a re-run, as a person does it. Needs `npm run package`. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { eventsOf } from "../e2e/cli.ts";
import { filesWith, type Host, runFilesIn, startHost } from "./host.ts";

const SLOW = { timeout: 120_000, interval: 100 };
const SECRET = "not-a-real-key-but-nobody-may-find-it";

let host: Host;
beforeAll(async () => {
	host = await startHost();
}, 400_000);
afterAll(() => host?.close());

test("a click above a prompt runs it on the embedded model and shows its page", async () => {
	const { editor, folder } = host;
	await editor.open("mischief.prompts.jsonl");
	await editor.codeLens("Run SafeThink").click();
	await editor.tab(".safethink.jsonl").waitFor();
	const page = await editor.runPage("st-app");
	await page.getByText("kite").first().waitFor();
	const [run = ""] = runFilesIn(folder);
	await vi.waitFor(() => expect(eventsOf(run).at(-1)?.type).toBe("run.finished"), SLOW);
	await page.getByText("finished").first().waitFor();
	expect(eventsOf(run).filter(({ type }) => type === "trace.started")).toHaveLength(1);
});

test("the view of runs lists it, and the view of servers says what the embedded model can do", async () => {
	const { editor } = host;
	await editor.showViews();
	await editor.viewItem(/^mischief-.*1 trace/).waitFor();
	await editor.viewItem("Embedded toy model").click();
	await editor.viewItem(/continue/i).waitFor();
});

test("by keyboard only: the prompt at the cursor is run", async () => {
	const { editor, folder } = host;
	const before = runFilesIn(folder);
	await editor.open("mischief.prompts.jsonl");
	await editor.page.keyboard.press("ControlOrMeta+Home");
	for (let line = 1; line < 7; line++) await editor.page.keyboard.press("F2").catch(() => undefined);
	await editor.page.keyboard.press("ControlOrMeta+Enter");
	await vi.waitFor(() => expect(runFilesIn(folder)).toHaveLength(before.length + 1), SLOW);
});

test("a key is in the secret storage, and in no file", async () => {
	const { editor, folder, data } = host;
	await editor.command("SafeThink: Set the Key of a Server…");
	await editor.pick("Another address…");
	await editor.answer("https://gpu.example:8000/v1");
	await editor.answer(SECRET);
	await editor.command("SafeThink: Clear the Key of a Server");
	await editor.pick("https://gpu.example:8000");
	await editor.notification("the key for https://gpu.example:8000 is cleared").waitFor();
	expect([...filesWith(SECRET, folder), ...filesWith(SECRET, data)]).toEqual([]);
});

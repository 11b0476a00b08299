/** Prompts in a real VS Code that come another way than by a link above them: a picture's menu, a set too large to be edited. Needs `npm run package`. */
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { eventsOf } from "../e2e/cli.ts";
import { type Host, runFilesIn, startHost } from "./host.ts";

const PATIENT = { timeout: 120_000, interval: 100 };
const LONG = 240_000;
/** VS Code keeps larger documents from extensions. */
const TOO_LARGE_BYTES = 50 * 1024 * 1024;

let host: Host;
beforeAll(async () => {
	host = await startHost();
}, 600_000);
afterAll(() => host?.close());

test("a question about a picture is kept beside it and run; the next one is added", { timeout: LONG }, async () => {
	const { editor, folder } = host;
	const asks = join(folder, "images", "safethink-asks.prompts.jsonl");
	const questions = () =>
		readFileSync(asks, "utf8")
			.trim()
			.split("\n")
			.map((line) => JSON.parse(line));
	await editor.viewItem("images").click();
	await ask("balloon.png", "What is a fun idea for the thing in the picture?");
	const page = await editor.runPage("st-step");
	await page.getByText("What is a fun idea for the thing in the picture?").first().waitFor({ state: "attached" });
	expect(questions()).toMatchObject([{ text: "What is a fun idea for the thing in the picture?", images: ["balloon.png"] }]);

	await ask("balloon.png", "Explain how people use the thing in the picture.");
	await vi.waitFor(() => expect(runFilesIn(folder)).toHaveLength(2), PATIENT);
	await expect.poll(() => editor.page.locator(".editor-group-container").count()).toBe(2);
	const [first, second] = questions();
	expect(questions()).toHaveLength(2);
	expect(second).toMatchObject({ text: "Explain how people use the thing in the picture.", images: ["balloon.png"] });
	expect(second.id).not.toBe(first.id);
	for (const run of runFilesIn(folder)) {
		expect(dirname(run)).toBe(join(folder, "images", "runs"));
		await vi.waitFor(() => expect(eventsOf(run).at(-1)?.type).toBe("run.finished"), PATIENT);
		expect(eventsOf(run).filter(({ type }) => type === "trace.started")).toHaveLength(1);
	}
});

test("a prompt set over 50 MB says why it has no links, and runs from its menu", { timeout: LONG }, async () => {
	const { editor, folder } = host;
	const prompt = JSON.stringify({ id: "kite", text: "How can I fly a kite?" });
	writeFileSync(join(folder, "large.prompts.jsonl"), `${prompt}${" ".repeat(TOO_LARGE_BYTES)}\n`);
	await editor.viewItem("large.prompts.jsonl").dblclick();
	await editor.notification("VS Code sends no file over 50 MB to extensions").waitFor();
	await editor.menu(editor.viewItem("large.prompts.jsonl"), "Run SafeThink on This Prompt Set");
	await vi.waitFor(() => expect(runFilesIn(join(folder, "runs"))).toHaveLength(1), PATIENT);
	const [run = ""] = runFilesIn(join(folder, "runs"));
	await vi.waitFor(() => expect(eventsOf(run).at(-1)?.type).toBe("run.finished"), PATIENT);
	await editor.runPage("st-step");
});

/** Asks about a picture by its menu in the explorer. */
async function ask(picture: string, question: string): Promise<void> {
	const { editor } = host;
	await editor.menu(editor.viewItem(picture), "Ask About This Image with SafeThink…");
	await editor.answer(`Ask about ${picture}`, question);
}

/** A window without a folder, in a real VS Code: what every command says, and the walkthrough's sample. Needs `npm run package`. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { eventsOf } from "../e2e/cli.ts";
import { type Host, runFilesIn, startHost } from "./host.ts";

const LONG = 240_000;

const temporary = mkdtempSync(join(tmpdir(), "safethink-empty-"));
let host: Host;
beforeAll(async () => {
	host = await startHost({ emptyWindow: true, env: { TMPDIR: temporary } });
}, 600_000);
afterAll(async () => {
	await host?.close();
	rmSync(temporary, { recursive: true, force: true });
});

/** What the palette offers where nothing is open, and what shows then: a box to answer, or a message. */
const OFFERED: Record<string, { box: string } | { says: string } | undefined> = {
	"Add a Prefix…": { box: "Add a Prefix to the Library (1/2)" },
	"Ask All Servers Again": undefined,
	"Clear the Key of a Server": { says: "no key is kept. What to do: " },
	"Connect to a Server…": { box: "Connect to a Model Server (1/3)" },
	"Open Run…": { box: "Open a run" },
	"Refresh Prefixes": undefined,
	"Refresh Runs": undefined,
	"Remove Server": { says: "no server is set but the embedded model. What to do: " },
	"Restart the Reader of Runs": undefined,
	"Select Server…": { box: "Server for SafeThink runs" },
	"Set the Key of a Server…": { box: "Key for which server?" },
	"Show Log": undefined,
	"Start the Embedded Model's Server": { says: "the embedded toy model serves at http" },
	"Try a Sample on the Embedded Model": { box: "Where should the sample prompts go?" },
};

test("the walkthrough ends with a steered trace on screen", { timeout: LONG }, async () => {
	const { editor } = host;
	await editor.page.locator(".gettingStartedContainer").getByText("Get Started with SafeThink Trace").click();
	await editor.page.getByRole("button", { name: "Run a Sample", exact: true }).click();
	await editor.pick("A temporary folder");
	const page = await editor.runPage("st-step");
	await page.getByText("Wait, think safely.").first().waitFor();
	await page.getByText("reached τ at step 1").first().waitFor();
	await editor.page.locator(".line-numbers.active-line-number", { hasText: /^7$/ }).waitFor();
	const [run = "", ...more] = runFilesIn(temporary);
	expect(more).toEqual([]);
	const attempts = eventsOf(run).filter(({ type }) => type === "step.proposed");
	expect(attempts.some(({ prefix }) => prefix !== undefined)).toBe(true);
	expect(editor.complaints()).toEqual([]);
});

test("every command that is offered where nothing is open asks or says something", { timeout: LONG }, async () => {
	const { editor } = host;
	const { page } = editor;
	await editor.command("View: Close All Editors");
	await page.keyboard.press("F1");
	await page.locator(".quick-input-widget:visible input").first().fill(">SafeThink: ");
	const rows = page.locator(".quick-input-list .monaco-list-row .quick-input-list-label", { hasText: "SafeThink: " });
	const titles = Object.keys(OFFERED).map((title) => `SafeThink: ${title}`);
	await expect.poll(async () => (await rows.allInnerTexts()).filter((text) => !text.includes("Focus on"))).toEqual(titles);
	await page.keyboard.press("Escape");
	for (const [title, shown] of Object.entries(OFFERED)) {
		await editor.command(`SafeThink: ${title}`);
		if (shown === undefined) continue;
		if ("says" in shown) await editor.notification(shown.says).waitFor();
		else {
			await page.locator(".quick-input-widget:visible .quick-input-title", { hasText: shown.box }).waitFor();
			await page.keyboard.press("Escape");
		}
	}
	expect(editor.complaints().filter((said) => !said.includes("What to do: "))).toEqual([]);
});

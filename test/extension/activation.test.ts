/** What the packaged extension does when a real VS Code activates it: next to nothing. Needs `npm run package`. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { type Host, startHost } from "./host.ts";

const PATIENT = { timeout: 120_000, interval: 100 };
/** Everything that activation loads, main.js included. */
const MOST_BYTES = 60_000;

const loads = mkdtempSync(join(tmpdir(), "safethink-loads-"));
const loaded = join(loads, "loaded");
let host: Host;

beforeAll(async () => {
	const aid = fileURLToPath(new URL("load-hook", import.meta.url));
	host = await startHost({ aid, env: { SAFETHINK_LOADED: loaded } });
}, 600_000);
afterAll(async () => {
	await host?.close();
	rmSync(loads, { recursive: true, force: true });
});

test("activation only registers: nothing heavy is loaded, nothing fails", { timeout: 300_000 }, async () => {
	const { editor, folder, data } = host;
	await vi.waitFor(() => expect(existsSync(loaded)).toBe(true), PATIENT);
	writeFileSync(join(folder, "notes.yaml"), "a: 1\n");
	await editor.open("notes.yaml");
	await editor.statusBarItem("embedded toy model").waitFor();
	const asked = [...new Set(readFileSync(loaded, "utf8").trim().split("\n"))];
	expect(asked).toContain("vscode");
	const chunks = asked.filter((name) => name.startsWith("./"));
	const builtins = asked.filter((name) => !name.startsWith("./")).map((name) => name.replace(/^node:/, ""));
	expect(builtins.toSorted()).toEqual(["crypto", "fs", "fs/promises", "hook", "module", "path", "vscode"]);
	const [installed = ""] = readdirSync(join(data, "extensions")).filter((name) => name.startsWith("safethink."));
	const files = ["./main.js", ...chunks].map((name) => join(data, "extensions", installed, "dist", "extension", name));
	expect(files.reduce((bytes, file) => bytes + statSync(file).size, 0)).toBeLessThan(MOST_BYTES);
	expect(files.filter((file) => /ZodType|jsonrpc|child_process/.test(readFileSync(file, "utf8")))).toEqual([]);
	expect(editor.complaints()).toEqual([]);
});

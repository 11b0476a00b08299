/** Servers of one's own in a real VS Code: connecting, keys, what the view says, dead servers. Needs `npm run package`. */
import { readdirSync, readFileSync } from "node:fs";
import { type AddressInfo, createServer, type Server } from "node:net";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { demoServer, eventsOf } from "../e2e/cli.ts";
import { type GuardedServer, guardedServer } from "./guarded-server.ts";
import { filesWith, type Host, runFilesIn, startHost } from "./host.ts";

const PATIENT = { timeout: 120_000, interval: 100 };
const LONG = 240_000;
const SECRET = "nobody-may-find-this-anywhere";

let host: Host;
let model: Awaited<ReturnType<typeof demoServer>>;
let guarded: GuardedServer;
let open: GuardedServer;
let silent: Server;

beforeAll(async () => {
	model = await demoServer();
	[guarded, open] = await Promise.all([guardedServer(model.url, SECRET), guardedServer(model.url, undefined)]);
	silent = createServer().listen(0, "127.0.0.1");
	host = await startHost();
}, 600_000);
afterAll(async () => {
	await host?.close();
	await Promise.all([guarded?.close(), open?.close()]);
	silent?.close();
	model?.stop();
});

test("connecting to a server that wants a key: asked for, and the server is asked again with it", { timeout: LONG }, async () => {
	const { editor } = host;
	await editor.showViews();
	await connect(guarded.url, "Set a Key…");
	await editor.answer(`Key for ${guarded.url}`, SECRET);
	await editor.pick("organism-policy");
	await editor.answer("Connect to a Model Server (3/3)", "behind a key");
	await editor.statusBarItem("behind a key").waitFor();
	await editor.viewItem(/behind a key.*current · vllm · organism-policy/).click();
	await editor.viewItem(/partial message.*continued/).waitFor();
	await editor.viewItem("behind a key").click();
});

test("a key reaches its server, and while it is in use it is nowhere else", { timeout: LONG }, async () => {
	const { editor, folder } = host;
	host.change({ "safethink.scorer": `classify,url=${open.url},model=organism-scorer` });
	await editor.open("mischief.prompts.jsonl");
	await editor.goToLine(7);
	const run = guarded.hold();
	await editor.command("SafeThink: Run SafeThink on the Prompts Here");
	await run.arrived;
	expect(processes().filter((words) => words.includes(`--out=${join(folder, "runs")}`))).toHaveLength(1);
	await expectKeptSecret();
	run.release();
	await vi.waitFor(() => expect(runFilesIn(folder)).toHaveLength(1), PATIENT);
	const [file = ""] = runFilesIn(folder);
	await vi.waitFor(() => expect(eventsOf(file).at(-1)?.type).toBe("run.finished"), PATIENT);
	const page = await editor.runPage("st-step");
	const rerun = guarded.hold();
	await editor.command("SafeThink: Re-run from This Step");
	await rerun.arrived;
	await expectKeptSecret();
	rerun.release();
	await page.getByText("8 of 8 reached τ").first().waitFor();

	const toServer = new Set(guarded.headers.map(({ authorization }) => authorization));
	expect([...toServer]).toEqual([undefined, `Bearer ${SECRET}`]);
	expect(open.headers.length).toBeGreaterThan(0);
	expect(JSON.stringify(open.headers)).not.toContain(SECRET);
});

test("dead servers say so, can be removed, and come back where they were", { timeout: LONG }, async () => {
	const { editor } = host;
	await editor.showViews();
	for (const [name, url] of [
		["gone", "http://127.0.0.1:9"],
		["silent", `http://127.0.0.1:${(silent.address() as AddressInfo).port}`],
	] as const) {
		await connect(url, "Add Anyway");
		await editor.answer("Connect to a Model Server (3/3)", name);
		await editor.statusBarItem(name).waitFor();
	}
	await editor.viewItem(/gone.*could not be reached/).click();
	await editor.viewItem(/Check that the server runs/).waitFor();
	await editor.viewItem("gone").click();
	await editor.viewItem(/silent.*current · did not answer/).click();
	await editor.viewItem(/Look at the server's load/).waitFor();
	expect(await editor.page.locator(".part.sidebar .codicon-loading").count()).toBe(0);

	await editor.menu(editor.viewItem("silent"), "Remove Server");
	await editor.statusBarItem("embedded toy model").waitFor();
	await editor.notification("Removed silent. Runs now go to the embedded toy model.").getByText("Undo").click();
	await editor.statusBarItem("silent").waitFor();
	await editor.viewItem(/silent.*current/).waitFor();
	await editor.menu(editor.viewItem("gone"), "Remove Server");
	await editor.notification("Removed gone.").getByText("Undo").click();
	await expect
		.poll(() => editor.page.locator(".part.sidebar .monaco-list-row", { hasText: /gone|silent/ }).allInnerTexts())
		.toEqual([expect.stringContaining("gone"), expect.stringContaining("silent")]);
	await editor.menu(editor.viewItem("silent"), "Remove Server");
	await editor.statusBarItem("embedded toy model").waitFor();
	await editor.command("SafeThink: Remove Server");
	await editor.pick("gone");
	await editor.viewItem(/gone|silent/).waitFor({ state: "detached" });
	await editor.viewItem(/Embedded toy model.*current/).waitFor();
	await editor.viewItem(/behind a key/).waitFor();
});

/** Gives an address, without its scheme, that does not answer as wished, and chooses what to do then. */
async function connect(url: string, then: string): Promise<void> {
	const { editor } = host;
	await editor.command("SafeThink: Connect to a Server…");
	await editor.answer("Connect to a Model Server (1/3)", url.replace("http://", ""));
	await editor.notification(`${url} did not answer as a model server`).getByText(then).click();
}

/** This VS Code's server has nothing to seal secrets with, so they stay in the window's memory. */
async function expectKeptSecret(): Promise<void> {
	const { editor, folder } = host;
	expect(await editor.page.evaluate(browserStorage)).not.toContain(SECRET);
	expect(filesWith(SECRET, dirname(folder))).toEqual([]);
	expect(processes().filter((words) => words.includes(SECRET))).toEqual([]);
}

/** All that a page's origin keeps in the browser; runs there. */
async function browserStorage(): Promise<string> {
	const kept: unknown[] = [...Object.entries(localStorage), ...Object.entries(sessionStorage)];
	const done = <T>(request: IDBRequest<T>) =>
		new Promise<T>((resolve, reject) => {
			request.onsuccess = () => resolve(request.result);
			request.onerror = () => reject(request.error);
		});
	for (const { name = "" } of await indexedDB.databases()) {
		const database = await done(indexedDB.open(name));
		for (const store of database.objectStoreNames) {
			kept.push(...(await done(database.transaction(store).objectStore(store).getAll())));
		}
		database.close();
	}
	return kept.map((value) => (value instanceof Uint8Array ? new TextDecoder().decode(value) : JSON.stringify(value))).join("\n");
}

/** What processes were started with, arguments and environment. */
function processes(): string[] {
	const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
	return pids.flatMap((pid) => {
		try {
			return [readFileSync(`/proc/${pid}/cmdline`, "utf8") + readFileSync(`/proc/${pid}/environ`, "utf8")];
		} catch {
			// It has ended, or is somebody else's.
			return [];
		}
	});
}

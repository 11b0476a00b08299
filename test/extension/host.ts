/** A real VS Code with the packaged extension, driven as a person drives it; on a desktop or by code-server, whichever is there. */
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Frame, Locator, Page } from "playwright-core";
import { ROOT } from "../e2e/cli.ts";
import { launchChromium } from "../page/chromium.ts";
import { startCodeServer } from "./code-server.ts";
import { startDesktop } from "./desktop.ts";

export interface HostOptions {
	/** Of the workspace, beside those that keep VS Code quiet. */
	settings?: Record<string, unknown>;
	askForTrust?: boolean;
	/** No folder is open. */
	emptyWindow?: boolean;
	env?: Record<string, string>;
	/** Folder of an extension that aids the test. */
	aid?: string;
}

/** Longest wait for anything on a slow machine, in milliseconds. */
const PATIENCE_MS = 60_000;

const QUIET = {
	"workbench.startupEditor": "none",
	"workbench.secondarySideBar.defaultVisibility": "hidden",
	"chat.disableAIFeatures": true,
	"workbench.tips.enabled": false,
	"extensions.ignoreRecommendations": true,
	"git.openRepositoryInParentFolders": "never",
	"editor.accessibilitySupport": "off",
};

export interface Host {
	readonly editor: Editor;
	/** The workspace's folder; holds the sample prompts. */
	readonly folder: string;
	/** What VS Code keeps. */
	readonly data: string;
	/** Loads the window anew. */
	reload(): Promise<void>;
	/** Changes settings of the workspace. */
	change(settings: Record<string, unknown>): void;
	close(): Promise<void>;
}

/** The package that `npm run package` wrote. */
export function packagedExtension(): string {
	const [vsix, ...more] = readdirSync(ROOT).filter((name) => name.endsWith(".vsix"));
	if (vsix === undefined || more.length > 0)
		throw new Error("there must be exactly one *.vsix in the root: run `npm run package`");
	return join(ROOT, vsix);
}

export async function startHost(options: HostOptions = {}): Promise<Host> {
	const base = mkdtempSync(join(tmpdir(), "safethink-vscode-"));
	const [folder, data] = [join(base, "workspace"), join(base, "data")];
	cpSync(join(ROOT, "samples"), folder, { recursive: true });
	mkdirSync(join(folder, ".vscode"));
	const change = (settings: Record<string, unknown>) =>
		writeFileSync(join(folder, ".vscode", "settings.json"), JSON.stringify({ ...QUIET, ...options.settings, ...settings }));
	change({});
	mkdirSync(data);
	const opened = options.emptyWindow ? undefined : folder;
	const start = { data, vsix: packagedExtension(), folder: opened, askForTrust: options.askForTrust ?? false, aid: options.aid };
	// Nobody's own prefix library is read or changed.
	const env = { XDG_CONFIG_HOME: join(base, "config"), ...options.env };
	const { page, address, stop } = await (process.env["SAFETHINK_VSCODE"] === "download" ? desktop : served)({ ...start, env });
	page.setDefaultTimeout(PATIENCE_MS);
	const editor = new Editor(page);
	const load = async () => {
		if (address === undefined) await page.reload();
		else await page.goto(address);
		await page.waitForSelector(".monaco-workbench .part.statusbar");
	};
	await load();
	return {
		editor,
		folder,
		data,
		reload: load,
		change,
		close: async () => {
			await stop();
			rmSync(base, { recursive: true, force: true, maxRetries: 5 });
		},
	};
}

type Started = { page: Page; address?: string; stop(): Promise<void> };
type StartOptions = Parameters<typeof startDesktop>[0];

async function desktop(options: StartOptions): Promise<Started> {
	return startDesktop(options);
}

async function served(options: StartOptions): Promise<Started> {
	const server = await startCodeServer(options);
	const browser = await launchChromium();
	const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
	const stop = async () => {
		await browser.close();
		await server.stop();
	};
	return { page, address: server.address(options.folder), stop };
}

/** What a person does with VS Code. */
export class Editor {
	readonly page: Page;
	readonly #complaints: string[] = [];

	constructor(page: Page) {
		this.page = page;
		page.on("console", (message) => {
			if (message.type() === "error" && /safethink/i.test(message.text())) this.#complaints.push(message.text());
		});
	}

	/** Errors that VS Code or the extension host wrote and that name the extension. */
	complaints(): readonly string[] {
		return this.#complaints;
	}

	/** Runs a command by its title in the palette. */
	async command(title: string): Promise<void> {
		await this.#choose("F1", `>${title.replace("…", "")}`, title);
	}

	/** Opens a file of the workspace by its name. */
	async open(name: string): Promise<void> {
		await this.#choose("ControlOrMeta+p", name, name);
		await this.tab(name).waitFor();
	}

	/** Puts the cursor on a line of the document in front. */
	async goToLine(line: number): Promise<void> {
		await this.#choose("Control+g", `:${line}`, new RegExp(`line ${line}\\b`));
	}

	/** Again, while VS Code still learns of commands and files. */
	async #choose(key: string, typed: string, label: string | RegExp): Promise<void> {
		const input = this.page.locator(".quick-input-widget:visible input").first();
		const row = this.page.locator(".quick-input-list .monaco-list-row", { hasText: label }).first();
		await this.#patiently(async () => {
			await this.page.keyboard.press(key);
			await input.fill(typed, { timeout: 5000 });
			await row.click({ timeout: 5000 });
			await row.waitFor({ state: "hidden", timeout: 5000 });
		});
	}

	/** Tries again until it succeeds or patience ends. */
	async #patiently(attempt: () => Promise<void>): Promise<void> {
		const deadline = Date.now() + PATIENCE_MS;
		for (;;) {
			try {
				return await attempt();
			} catch (error) {
				if (Date.now() > deadline) throw error;
				await this.page.keyboard.press("Escape");
			}
		}
	}

	/** Types into the input box with this title. */
	async answer(title: string, text: string): Promise<void> {
		const box = this.page.locator(".quick-input-widget:visible", {
			has: this.page.locator(".quick-input-title", { hasText: title }),
		});
		await box.locator("input").first().fill(text);
		await this.page.keyboard.press("Enter");
		await box.waitFor({ state: "hidden" });
	}

	/** Chooses in the list in front. */
	async pick(label: string): Promise<void> {
		await this.page.locator(".quick-input-widget:visible .monaco-list-row", { hasText: label }).first().click();
	}

	tab(name: string | RegExp): Locator {
		return this.page.locator(".tabs-container .tab", { hasText: name }).first();
	}

	/** A CodeLens by its text, above the prompt that is shown first. */
	codeLens(text: string): Locator {
		return this.page.locator(".codelens-decoration a:visible", { hasText: text }).first();
	}

	notification(text: string | RegExp): Locator {
		return this.page.locator(".notification-toast, .notification-list-item", { hasText: text }).first();
	}

	statusBarItem(text: string): Locator {
		return this.page.locator(".statusbar-item", { hasText: text }).first();
	}

	/** Shows the extension's views. */
	async showViews(): Promise<void> {
		if (await this.page.locator(".part.sidebar .composite.title", { hasText: "SafeThink" }).isVisible()) return;
		await this.page.locator(".activitybar .action-item a[aria-label^='SafeThink']").click();
	}

	/** Makes room for a page's three columns: this bar opens, or not, before the workspace's settings are read. */
	async hideSecondarySideBar(): Promise<void> {
		const bar = this.page.locator(".part.auxiliarybar");
		if (await bar.isVisible()) await this.command("View: Toggle Secondary Side Bar Visibility");
		await bar.waitFor({ state: "hidden" });
	}

	/** A line of a view. */
	viewItem(text: string | RegExp): Locator {
		return this.page.locator(".part.sidebar .monaco-list-row", { hasText: text }).first();
	}

	/** Chooses in the menu of an item; by a key, because a menu that has just opened takes no click. */
	async menu(item: Locator, title: string): Promise<void> {
		const entry = this.page.getByRole("menuitem", { name: title });
		await this.#patiently(async () => {
			await item.click({ button: "right", timeout: 5000 });
			await entry.hover({ timeout: 5000 });
			await this.page.locator(".action-item.focused", { has: entry }).waitFor({ timeout: 3000 });
			await this.page.keyboard.press("Enter");
			await entry.waitFor({ state: "detached", timeout: 5000 });
		});
	}

	/** The page of a run: a document within two frames. Waits until `selector` is in it. */
	async runPage(selector: string): Promise<Frame> {
		const deadline = Date.now() + PATIENCE_MS;
		for (;;) {
			for (const frame of this.page.frames()) {
				if (
					(await frame
						.locator(selector)
						.count()
						.catch(() => 0)) > 0
				)
					return frame;
			}
			if (Date.now() > deadline) throw new Error(`no run's page with ${selector}`);
			await this.page.waitForTimeout(100);
		}
	}
}

/** The run files in a folder, whole paths; those beside a run are left out. */
export function runFilesIn(folder: string): string[] {
	const names = readdirSync(folder, { recursive: true, encoding: "utf8" });
	return names.filter((name) => /(^|[/\\])[^.]+\.safethink\.jsonl$/.test(name)).map((name) => join(folder, name));
}

/** Process ids of the extension hosts of a code-server with this data folder. */
export function extensionHosts(data: string): number[] {
	const processes = execFileSync("ps", ["-eo", "pid=,args="], { encoding: "utf8" }).split("\n");
	const server = processes.find((line) => line.includes("server-main.js") && line.includes(data));
	const parent = server === undefined ? undefined : Number.parseInt(server, 10);
	const children = execFileSync("ps", ["-eo", "pid=,ppid=,args="], { encoding: "utf8" }).split("\n");
	return children
		.filter((line) => line.includes("--type=extensionHost") && Number(line.trim().split(/\s+/)[1]) === parent)
		.map((line) => Number.parseInt(line, 10));
}

/** Files below a folder that hold `text`. */
export function filesWith(text: string, folder: string): string[] {
	const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
	const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
	return files.filter((file) => readFileSync(file, "latin1").includes(text));
}

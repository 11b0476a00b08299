/** A real VS Code where none can be downloaded: npm's code-server, kept in .vscode-test/. `SAFETHINK_CODE_SERVER` names one that is there. */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { ROOT } from "../e2e/cli.ts";

const run = promisify(execFile);
const VERSION = "4.139.1";
const QUIET = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];

/** The folder of VS Code's server. Installed on first use (a minute or two, 600 MB). */
export async function installedCodeServer(): Promise<string> {
	const named = process.env["SAFETHINK_CODE_SERVER"];
	const folder = named || join(ROOT, ".vscode-test", `code-server-${VERSION}`, "node_modules", "code-server");
	if (!existsSync(folder)) await install(join(ROOT, ".vscode-test", `code-server-${VERSION}`));
	return join(folder, "lib", "vscode");
}

/** Into a folder of its own, which takes the name when it is whole. */
async function install(folder: string): Promise<void> {
	await mkdir(join(ROOT, ".vscode-test"), { recursive: true });
	const own = await mkdtemp(`${folder}.`);
	await writeFile(join(own, "package.json"), JSON.stringify({ private: true }));
	await run("npm", ["install", `code-server@${VERSION}`, ...QUIET], { cwd: own });
	await run("npm", ["install", "--omit=dev", ...QUIET], { cwd: join(own, "node_modules", "code-server", "lib", "vscode") });
	await rename(own, folder).catch(async (error: unknown) => {
		await rm(own, { recursive: true, force: true });
		if (!existsSync(folder)) throw error;
	});
}

export interface CodeServer {
	/** Address of the workbench with a folder open, or none. */
	address(folder: string | undefined): string;
	stop(): Promise<void>;
}

export interface ServerOptions {
	/** For everything the server keeps. */
	data: string;
	vsix: string;
	/** Whether folders must be trusted first; else all are. */
	askForTrust: boolean;
	env: Record<string, string>;
	/** Folder of an extension that aids the test. */
	aid: string | undefined;
}

/** Starts it with the packaged extension installed. */
export async function startCodeServer({ data, vsix, askForTrust, env, aid }: ServerOptions): Promise<CodeServer> {
	const home = await installedCodeServer();
	const main = join(home, "out", "server-main.js");
	const folders = ["--server-data-dir", data, "--extensions-dir", join(data, "extensions"), "--accept-server-license-terms"];
	await run(process.execPath, [main, ...folders, "--install-extension", vsix]);
	const port = await freePort();
	const flags = ["--host", "127.0.0.1", "--port", String(port), "--without-connection-token", "--telemetry-level", "off"];
	const trust = askForTrust ? [] : ["--disable-workspace-trust"];
	// An extension is loaded from its folder only with the test driver, which on the other hand hides notifications.
	const driver = aid === undefined ? [] : ["--enable-smoke-test-driver"];
	const child = spawn(process.execPath, [main, ...folders, ...flags, ...trust, ...driver], {
		env: { ...process.env, ...env },
		stdio: ["ignore", "pipe", "pipe"],
	});
	const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
	await listening(child);
	return {
		address: (folder) => {
			const payload = aid === undefined ? [] : [["extensionDevelopmentPath", `vscode-remote://127.0.0.1:${port}${aid}`]];
			const opened: Record<string, string> = folder === undefined ? { ew: "true" } : { folder };
			return `http://127.0.0.1:${port}/?${new URLSearchParams({ ...opened, payload: JSON.stringify(payload) })}`;
		},
		stop: async () => {
			child.kill("SIGTERM");
			await ended;
		},
	};
}

function listening(child: ChildProcess): Promise<void> {
	return new Promise((resolve, reject) => {
		let said = "";
		const look = (line: string) => {
			said += `${line}\n`;
			if (line.includes("Extension host agent listening")) resolve();
		};
		for (const stream of [child.stdout, child.stderr]) if (stream) createInterface({ input: stream }).on("line", look);
		child.once("exit", (code) => reject(new Error(`code-server ended with ${code}:\n${said}`)));
	});
}

function freePort(): Promise<number> {
	return new Promise((resolve, reject) => {
		const probe = createServer().once("error", reject);
		probe.listen(0, "127.0.0.1", () => {
			const address = probe.address();
			probe.close(() => (typeof address === "object" && address ? resolve(address.port) : reject(new Error("no port"))));
		});
	});
}

/** A desktop VS Code, where one can be downloaded (`SAFETHINK_VSCODE=download`). */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { downloadAndUnzipVSCode, resolveCliArgsFromVSCodeExecutablePath } from "@vscode/test-electron";
import { _electron, type Page } from "playwright-core";
import { ROOT } from "../e2e/cli.ts";

export interface Desktop {
	page: Page;
	stop(): Promise<void>;
}

export interface DesktopOptions {
	data: string;
	vsix: string;
	/** undefined: an empty window. */
	folder: string | undefined;
	askForTrust: boolean;
	env: Record<string, string>;
	/** Folder of an extension that aids the test. */
	aid: string | undefined;
}

/** Starts it with the packaged extension installed and a folder open. */
export async function startDesktop({ data, vsix, folder, askForTrust, env, aid }: DesktopOptions): Promise<Desktop> {
	const executablePath = await downloadAndUnzipVSCode({ cachePath: join(ROOT, ".vscode-test") });
	const [cli = "", ...cliArgs] = resolveCliArgsFromVSCodeExecutablePath(executablePath, { reuseMachineInstall: true });
	const folders = [`--user-data-dir=${join(data, "user")}`, `--extensions-dir=${join(data, "extensions")}`];
	await promisify(execFile)(cli, [...cliArgs, ...folders, "--install-extension", vsix], { shell: process.platform === "win32" });
	const trust = askForTrust ? [] : ["--disable-workspace-trust"];
	const aids = aid === undefined ? [] : [`--extensionDevelopmentPath=${aid}`];
	const args = [
		...folders,
		...trust,
		...aids,
		"--skip-welcome",
		"--skip-release-notes",
		"--disable-updates",
		"--no-sandbox",
		...(folder === undefined ? ["--new-window"] : [folder]),
	];
	const app = await _electron.launch({ executablePath, args, env: { ...(process.env as Record<string, string>), ...env } });
	return { page: await app.firstWindow(), stop: () => app.close() };
}

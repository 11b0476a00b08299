/** Failures as people see them: what happened, what to do, and the log. */
import * as vscode from "vscode";
import { settingNamed } from "./setting-named.ts";

const SHOW_LOG = "Show Log";
const OPEN_SETTINGS = "Open Settings";

/** Logs a failure and shows it with its remedy. A cancelled dialog or operation is none. */
export async function reportError(error: unknown, log: vscode.LogOutputChannel): Promise<void> {
	if (error instanceof vscode.CancellationError) return;
	log.error(error instanceof Error ? error : String(error));
	await showFailure(errorText(error), log);
}

/** Shows a failure with the ways on: the setting that it is about, and the log. */
export async function showFailure(text: string, log: vscode.LogOutputChannel): Promise<void> {
	const setting = settingNamed(text);
	const ways = setting === undefined ? [SHOW_LOG] : [OPEN_SETTINGS, SHOW_LOG];
	const chosen = await vscode.window.showErrorMessage(`SafeThink: ${text}`, ...ways);
	if (chosen === SHOW_LOG) log.show();
	if (chosen === OPEN_SETTINGS && setting !== undefined) await openSetting(setting);
}

/** What belongs to a machine is not among the user's settings where the extension runs on another one. */
async function openSetting(setting: string): Promise<void> {
	const place = vscode.env.remoteName === undefined ? "openSettings" : "openRemoteSettings";
	await vscode.commands.executeCommand(`workbench.action.${place}`, { query: `@id:${setting}` });
}

/** Message and remedy of a SafeThinkError or CallError, or of whatever was thrown. */
export function errorText(error: unknown): string {
	const { message = String(error), remedy } = (error ?? {}) as { message?: string; remedy?: string };
	return remedy === undefined ? message : `${message}. What to do: ${remedy}.`.replace(/\.\.$/, ".");
}

/** Failures as people see them: what happened, what to do, and the log. */
import * as vscode from "vscode";

const SHOW_LOG = "Show Log";

/** Logs a failure and shows it with its remedy. A cancelled dialog or operation is none. */
export async function reportError(error: unknown, log: vscode.LogOutputChannel): Promise<void> {
	if (error instanceof vscode.CancellationError) return;
	log.error(error instanceof Error ? error : String(error));
	const chosen = await vscode.window.showErrorMessage(`SafeThink: ${errorText(error)}`, SHOW_LOG);
	if (chosen === SHOW_LOG) log.show();
}

/** Message and remedy of a SafeThinkError or CallError, or of whatever was thrown. */
export function errorText(error: unknown): string {
	const { message = String(error), remedy } = (error ?? {}) as { message?: string; remedy?: string };
	return remedy === undefined ? message : `${message}. What to do: ${remedy}.`.replace(/\.\.$/, ".");
}

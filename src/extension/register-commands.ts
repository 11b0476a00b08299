/** Registers the commands, with error handling around all of them here and nowhere else. */
import * as vscode from "vscode";
import { COMMANDS, type CommandHandler } from "./commands.ts";
import type { Inspector } from "./inspector.ts";
import { reportError } from "./report-error.ts";

export function registerCommands(inspector: Inspector): vscode.Disposable[] {
	return Object.entries<CommandHandler>(COMMANDS).map(([id, handler]) =>
		vscode.commands.registerCommand(id, async (...args: unknown[]) => {
			try {
				return await handler(inspector, ...args);
			} catch (error) {
				void reportError(error, inspector.log);
				return undefined;
			}
		}),
	);
}

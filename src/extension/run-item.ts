/** The run that a command was given: an address, or an item of the view of runs. */
import * as vscode from "vscode";
import { SafeThinkError } from "../trace/errors.ts";

export function givenRun(given: unknown): vscode.Uri | undefined {
	if (given instanceof vscode.Uri) return given;
	const { path } = (given ?? {}) as { path?: unknown };
	return typeof path === "string" ? vscode.Uri.file(path) : undefined;
}

/** @throws SafeThinkError `no-run` */
export function requiredRun(given: unknown): vscode.Uri {
	const uri = givenRun(given);
	if (uri === undefined) throw new SafeThinkError("no-run", "no run was chosen", { remedy: "choose one in the view “Runs”" });
	return uri;
}

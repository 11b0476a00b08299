/** An untrusted workspace can be read, not run. */
import * as vscode from "vscode";
import { SafeThinkError } from "../trace/errors.ts";

export const UNTRUSTED = "this workspace is not trusted: it can be looked at, not run";

/** @throws SafeThinkError `untrusted` */
export function requireTrust(): void {
	if (vscode.workspace.isTrusted) return;
	throw new SafeThinkError("untrusted", UNTRUSTED, {
		remedy: "trust it with “Workspaces: Manage Workspace Trust”, if you know where it comes from",
	});
}

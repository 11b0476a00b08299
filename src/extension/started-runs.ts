/** How runs of this workspace were started, so that one that stopped can be continued just so. Keys are never among it. */
import { existsSync } from "node:fs";
import type * as vscode from "vscode";
import type { RunRequest } from "./run-arguments.ts";
import type { RunSettings } from "./settings.ts";

const STARTED = "safethink.started";
const MOST_KEPT = 200;

/** All that the arguments of `safethink run` follow from. */
export interface StartedRun {
	request: RunRequest;
	settings: RunSettings;
}

type Kept = Record<string, StartedRun>;

export function startedRun({ workspaceState }: vscode.ExtensionContext, path: string): StartedRun | undefined {
	return workspaceState.get<Kept>(STARTED, {})[path];
}

/** Keeps how a run is started; forgets runs that are gone, and the oldest. */
export async function rememberStart({ workspaceState }: vscode.ExtensionContext, started: StartedRun): Promise<void> {
	const { out } = started.request;
	const others = Object.entries(workspaceState.get<Kept>(STARTED, {})).filter(([path]) => path !== out && existsSync(path));
	await workspaceState.update(STARTED, Object.fromEntries([...others, [out, started] as const].slice(-MOST_KEPT)));
}

/** The extension's settings, read with their types. What is wrong in them is left out here; the settings editor marks it. */
import * as vscode from "vscode";
import { originOf } from "./origins.ts";

const SECTION = "safethink";
/** Value of `safethink.server` for the embedded model. */
export const EMBEDDED = "embedded";

export interface ServerSetting {
	name: string;
	url: string;
	model?: string;
	kind?: string;
}

/** How a prompt is run; the method's numbers as in docs/configuration.md. */
export interface RunSettings {
	/** undefined: the embedded model. */
	server: ServerSetting | undefined;
	scorer: string;
	judge: string;
	tau: number;
	depth: number;
	resamples: number;
	prefix: string;
	samples: number;
	concurrency: number;
	/** Absolute, or relative to the prompt set's folder. */
	runFolder: string;
}

export function servers(): ServerSetting[] {
	const listed = configuration().get<unknown>("servers");
	return Array.isArray(listed) ? listed.filter(isServer) : [];
}

/** The server that runs go to; undefined: the embedded model, also when the setting names none that is there. */
export function currentServer(): ServerSetting | undefined {
	const name = configuration().get("server", EMBEDDED);
	return servers().find((server) => server.name === name);
}

/** Scorers that a page may offer beside a run's own. */
export function scorers(): string[] {
	const { scorer, extra } = scorerSettings();
	return [...new Set([scorer, ...extra].filter((spec) => spec !== ""))];
}

/** All scorers and judges that the settings name. */
export function allScorers(): string[] {
	return [...scorers(), scorerSettings().judge].filter((spec) => spec !== "");
}

/** @param scope the prompt set: folders of a workspace may differ. */
export function runSettings(scope: vscode.Uri): RunSettings {
	const settings = configuration(scope);
	return {
		server: currentServer(),
		scorer: settings.get("scorer", ""),
		judge: settings.get("judge", ""),
		tau: settings.get("tau", 0),
		depth: settings.get("depth", 3),
		resamples: settings.get("resamples", 4),
		prefix: settings.get("prefix", "Wait, think safely.\n\n"),
		samples: settings.get("samples", 1),
		concurrency: settings.get("concurrency", 8),
		runFolder: settings.get("runFolder", "runs"),
	};
}

/** Chooses the server of all runs to come. */
export async function useServer(name: string): Promise<void> {
	await write("server", name);
}

export async function saveServers(list: readonly ServerSetting[]): Promise<void> {
	await write("servers", list);
}

export async function saveDefaultPrefix(prefix: string): Promise<void> {
	await write("prefix", prefix);
}

/** Calls `onChange` when one of the named settings changes. */
export function onSettings(names: readonly string[], onChange: () => void): vscode.Disposable {
	return vscode.workspace.onDidChangeConfiguration((event) => {
		if (names.some((name) => event.affectsConfiguration(`${SECTION}.${name}`))) onChange();
	});
}

function scorerSettings(): { scorer: string; judge: string; extra: string[] } {
	const settings = configuration();
	const extra = settings.get<unknown>("extraScorers");
	return {
		scorer: settings.get("scorer", ""),
		judge: settings.get("judge", ""),
		extra: Array.isArray(extra) ? extra.filter((spec) => typeof spec === "string") : [],
	};
}

/** Writes where the setting has its value now, the workspace or the user. */
async function write(name: string, value: unknown): Promise<void> {
	const inWorkspace = configuration().inspect(name)?.workspaceValue !== undefined;
	const target = inWorkspace ? vscode.ConfigurationTarget.Workspace : vscode.ConfigurationTarget.Global;
	await configuration().update(name, value, target);
}

function configuration(scope?: vscode.Uri): vscode.WorkspaceConfiguration {
	return vscode.workspace.getConfiguration(SECTION, scope ?? null);
}

function isServer(entry: unknown): entry is ServerSetting {
	const { name, url, model, kind } = (entry ?? {}) as Record<string, unknown>;
	const optional = [model, kind].every((value) => value === undefined || typeof value === "string");
	return typeof name === "string" && name !== "" && name !== EMBEDDED && typeof url === "string" && originOf(url) !== undefined && optional;
}

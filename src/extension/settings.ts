/** The extension's settings, read with their types. What is wrong in them is left out here; the settings editor marks it. */
import * as vscode from "vscode";
import { originOf } from "../contract/origin.ts";
import { originsInUse } from "./origins.ts";

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
	/** What follows when scorer or judge fail their self-test: `required` or `noted`. */
	selfTest: string;
	/** Absolute, or relative to the prompt set's folder. */
	runFolder: string;
}

export function servers(): ServerSetting[] {
	const listed = configuration().get<unknown>("servers");
	return Array.isArray(listed) ? listed.filter(isServer) : [];
}

/** The server that runs go to; undefined: the embedded model, also when the setting names none that is there. */
export function currentServer(): ServerSetting | undefined {
	const name = text(configuration(), "server");
	return servers().find((server) => server.name === name);
}

/** Scorers that a page may offer beside a run's own. */
export function scorers(): string[] {
	const { scorer, extra } = scorerSettings();
	return [...new Set([scorer, ...extra].filter((spec) => spec !== ""))];
}

/** Origins of all servers, scorers and judges that the settings name. */
export function knownOrigins(): string[] {
	return originsInUse(
		servers().map(({ url }) => url),
		[...scorers(), scorerSettings().judge],
	);
}

/**
 * Defaults stand in package.json. What has the wrong type goes on as it is: the command line refuses it and says why.
 * @param scope the prompt set: folders of a workspace may differ.
 */
export function runSettings(scope: vscode.Uri): RunSettings {
	const settings = configuration(scope);
	return {
		server: currentServer(),
		scorer: text(settings, "scorer"),
		judge: text(settings, "judge"),
		tau: number(settings, "tau"),
		depth: number(settings, "depth"),
		resamples: number(settings, "resamples"),
		prefix: text(settings, "prefix"),
		samples: number(settings, "samples"),
		concurrency: number(settings, "concurrency"),
		selfTest: text(settings, "selfTest"),
		runFolder: text(settings, "runFolder"),
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
		scorer: text(settings, "scorer"),
		judge: text(settings, "judge"),
		extra: Array.isArray(extra) ? extra.filter((spec) => typeof spec === "string") : [],
	};
}

/** Writes where the setting has its value now, the workspace or the user. */
async function write(name: string, value: unknown): Promise<void> {
	const inWorkspace = configuration().inspect(name)?.workspaceValue !== undefined;
	const target = inWorkspace ? vscode.ConfigurationTarget.Workspace : vscode.ConfigurationTarget.Global;
	await configuration().update(name, value, target);
}

function text(settings: vscode.WorkspaceConfiguration, name: string): string {
	return String(settings.get(name));
}

function number(settings: vscode.WorkspaceConfiguration, name: string): number {
	return settings.get(name) as number;
}

function configuration(scope?: vscode.Uri): vscode.WorkspaceConfiguration {
	return vscode.workspace.getConfiguration(SECTION, scope ?? null);
}

function isServer(entry: unknown): entry is ServerSetting {
	const { name, url, model, kind } = (entry ?? {}) as Record<string, unknown>;
	const optional = [model, kind].every((value) => value === undefined || typeof value === "string");
	return (
		typeof name === "string" &&
		name !== "" &&
		name !== EMBEDDED &&
		typeof url === "string" &&
		originOf(url) !== undefined &&
		optional
	);
}

/** Commands on servers: connect, choose, keys. */
import * as vscode from "vscode";
import { originOf } from "../contract/origin.ts";
import { SafeThinkError } from "../trace/errors.ts";
import type { Inspector } from "./inspector.ts";
import type { Keys } from "./keys.ts";
import { completeAddress } from "./origins.ts";
import { currentServer, EMBEDDED, knownOrigins, type ServerSetting, saveServers, servers, useServer } from "./settings.ts";
import { requireTrust } from "./trust.ts";
import { undoWanted } from "./undo.ts";

const EMBEDDED_LABEL = "Embedded toy model";

/** Lets the user choose the server that runs go to. */
export async function selectServer(inspector: Inspector): Promise<void> {
	const current = currentServer()?.name ?? EMBEDDED;
	const item = (name: string, label: string, detail: string) => ({
		label: `${name === current ? "$(check) " : ""}${label}`,
		detail,
		name,
	});
	const add = {
		label: "$(add) Connect to a server…",
		detail: "vLLM, SGLang, llama.cpp or another OpenAI-compatible one",
		name: "",
	};
	const chosen = await vscode.window.showQuickPick(
		[
			item(EMBEDDED, EMBEDDED_LABEL, "Ships with the extension; its numbers say nothing about real models"),
			...servers().map(({ name, url, model }) => item(name, name, model === undefined ? url : `${url} · ${model}`)),
			add,
		],
		{ title: "Server for SafeThink runs" },
	);
	if (chosen === undefined) return;
	if (chosen === add) await addServer(inspector);
	else await useServer(chosen.name);
}

/** Makes the server of an item of the view the current one. */
export async function useServerItem(inspector: Inspector, item: unknown): Promise<void> {
	if (!hasServer(item)) return selectServer(inspector);
	await useServer(item.server?.name ?? EMBEDDED);
}

/** Asks for an address, looks what answers there, and adds it to the settings. */
export async function addServer(inspector: Inspector): Promise<void> {
	requireTrust();
	const typed = await ask({
		title: "Connect to a Model Server (1/3)",
		prompt: "Address, with or without http:// and /v1",
		placeHolder: "http://localhost:8000/v1",
		validateInput: (text) => addressProblem(completeAddress(text)),
	});
	if (typed === undefined) return;
	const url = completeAddress(typed);
	const model = await foundModel(inspector, url);
	if (model === undefined) return;
	const name = await ask({
		title: "Connect to a Model Server (3/3)",
		prompt: "Name for this server",
		value: new URL(url).host,
		validateInput: (text) => nameProblem(text.trim()),
	});
	if (name === undefined) return;
	await saveServers([...servers(), { name, url, ...(model === "" ? {} : { model }) }]);
	await useServer(name);
}

/** Takes a server out of the settings; a key that is kept for it stays until it is cleared. */
export async function removeServer(_: Inspector, item: unknown): Promise<void> {
	const server = await namedServer(item, "Remove which server?");
	if (server === undefined) return;
	const at = servers().findIndex(({ name }) => name === server.name);
	const wasCurrent = currentServer()?.name === server.name;
	if (wasCurrent) await useServer(EMBEDDED);
	await saveServers(servers().filter(({ name }) => name !== server.name));
	const now = wasCurrent ? ` Runs now go to the ${EMBEDDED_LABEL.toLowerCase()}.` : "";
	if (await undoWanted(`Removed ${server.name}.${now}`)) await restoreServer(server, at, wasCurrent);
}

/** Puts a removed server where it was, unless its name was given anew meanwhile. */
async function restoreServer(server: ServerSetting, at: number, asCurrent: boolean): Promise<void> {
	const problem = nameProblem(server.name);
	if (problem !== undefined)
		throw new SafeThinkError("name-taken", problem.replace(/\.$/, ""), { remedy: "remove that one first" });
	await saveServers(servers().toSpliced(at, 0, server));
	if (asCurrent) await useServer(server.name);
}

/** Keeps a key for a server's origin in the editor's secret storage. */
export async function setKey({ keys }: Inspector, item: unknown): Promise<void> {
	const origin = await chosenOrigin(item, "Key for which server?");
	if (origin === undefined || !(await askForKey(keys, origin))) return;
	void vscode.window.showInformationMessage(`SafeThink: a key for ${origin} is kept.`);
}

/** Forgets the key of a server's origin. */
export async function clearKey({ keys }: Inspector, item: unknown): Promise<void> {
	const origin = hasServer(item) && item.server ? originOf(item.server.url) : await originWithKey(keys);
	if (origin === undefined) return;
	await keys.clear(origin);
	void vscode.window.showInformationMessage(`SafeThink: the key for ${origin} is cleared.`);
}

/** Starts the embedded model as a server, for other tools to use while this window is open. */
export async function startEmbedded({ viewer }: Inspector): Promise<void> {
	requireTrust();
	const { url } = await viewer.call("embedded", {});
	const copy = "Copy Address";
	const chosen = await vscode.window.showInformationMessage(`SafeThink: the embedded toy model serves at ${url}.`, copy);
	if (chosen === copy) await vscode.env.clipboard.writeText(url);
}

/** The model to ask for; "": the only one. undefined: the user went away. */
async function foundModel({ viewer, keys }: Inspector, url: string): Promise<string | undefined> {
	const { origin } = new URL(url);
	const options = { location: vscode.ProgressLocation.Notification, title: `SafeThink: asking ${url}…` };
	for (;;) {
		await viewer.introduce(origin);
		try {
			const { models } = await vscode.window.withProgress(options, () => viewer.call("probe", { url, quick: true }));
			if (models.length <= 1) return models[0] ?? "";
			return await pickText(models, "Connect to a Model Server (2/3): which model?");
		} catch (error) {
			const [add, key] = ["Add Anyway", "Set a Key…"];
			const { message } = error as Error;
			const chosen = await vscode.window.showWarningMessage(
				`SafeThink: ${url} did not answer as a model server: ${message}`,
				add,
				key,
			);
			if (chosen === add) return "";
			if (chosen !== key || !(await askForKey(keys, origin))) return undefined;
		}
	}
}

/** @returns whether a key was given. */
async function askForKey(keys: Keys, origin: string): Promise<boolean> {
	const key = await ask({
		title: `Key for ${origin}`,
		prompt: "Kept in the editor's secret storage and sent to this origin only.",
		password: true,
		validateInput: (text) => (text.trim() === "" ? "A key is needed." : undefined),
	});
	if (key !== undefined) await keys.set(origin, key);
	return key !== undefined;
}

function hasServer(item: unknown): item is { server: ServerSetting | undefined } {
	return typeof item === "object" && item !== null && "server" in item;
}

async function namedServer(item: unknown, title: string): Promise<ServerSetting | undefined> {
	if (hasServer(item) && item.server !== undefined) return item.server;
	if (servers().length === 0) {
		throw new SafeThinkError("no-server", "no server is set but the embedded model", { remedy: "connect to one first" });
	}
	const name = await pickText(
		servers().map((server) => server.name),
		title,
	);
	return servers().find((server) => server.name === name);
}

async function originWithKey({ origins }: Keys): Promise<string | undefined> {
	if (origins.length === 0) {
		throw new SafeThinkError("no-key", "no key is kept", { remedy: "use “SafeThink: Set the Key of a Server…” to keep one" });
	}
	return pickText(origins, "Clear the key of which server?");
}

/** The origin of a view's item; else of a server or scorer in the settings, or typed. */
async function chosenOrigin(item: unknown, title: string): Promise<string | undefined> {
	if (hasServer(item) && item.server !== undefined) return originOf(item.server.url);
	const other = "Another address…";
	const chosen = await pickText([...knownOrigins(), other], title);
	if (chosen !== other) return chosen;
	const typed = await ask({
		title,
		placeHolder: "https://host:port",
		validateInput: addressProblem,
	});
	return typed === undefined ? undefined : originOf(typed);
}

function addressProblem(text: string): string | undefined {
	return originOf(text.trim()) === undefined ? "An address that begins with http:// or https://" : undefined;
}

function nameProblem(name: string): string | undefined {
	if (name === "") return "A name is needed.";
	return name === EMBEDDED || servers().some((server) => server.name === name) ? `There is a server ${name} already.` : undefined;
}

async function ask(options: vscode.InputBoxOptions): Promise<string | undefined> {
	return (await vscode.window.showInputBox({ ignoreFocusOut: true, ...options }))?.trim();
}

async function pickText(choices: readonly string[], title: string): Promise<string | undefined> {
	return vscode.window.showQuickPick([...choices], { title, ignoreFocusOut: true });
}

/** Keys of servers, each for one origin (`https://host:port`), in the editor's secret storage and nowhere else. */
import * as vscode from "vscode";
import { originOf } from "../contract/origin.ts";
import { knownOrigins } from "./settings.ts";

const ORIGINS = "safethink.keyOrigins";

export class Keys {
	readonly #context: vscode.ExtensionContext;
	readonly onChanged: vscode.Event<unknown>;

	constructor(context: vscode.ExtensionContext) {
		this.#context = context;
		this.onChanged = context.secrets.onDidChange;
	}

	/** Origins for which a key is kept. */
	get origins(): readonly string[] {
		return this.#context.globalState.get<string[]>(ORIGINS, []);
	}

	/** The key for the origin of an address, if one is kept. */
	async forAddress(url: string): Promise<string | undefined> {
		const origin = originOf(url);
		return origin === undefined ? undefined : this.#context.secrets.get(secretName(origin));
	}

	async set(origin: string, key: string): Promise<void> {
		await this.#context.globalState.update(ORIGINS, [...new Set([...this.origins, origin])]);
		await this.#context.secrets.store(secretName(origin), key);
	}

	async clear(origin: string): Promise<void> {
		await this.#context.secrets.delete(secretName(origin));
		await this.#context.globalState.update(
			ORIGINS,
			this.origins.filter((kept) => kept !== origin),
		);
	}

	/** Keys by origin for the servers and scorers that the settings name, and for `others`; none in a workspace that is not trusted. */
	async inUse(others: Iterable<string>): Promise<Record<string, string>> {
		if (!vscode.workspace.isTrusted) return {};
		const origins = [...new Set([...knownOrigins(), ...others])];
		const keys = await Promise.all(origins.map(async (origin) => [origin, await this.forAddress(origin)] as const));
		return Object.fromEntries(keys.flatMap(([origin, key]) => (key === undefined ? [] : [[origin, key]])));
	}
}

function secretName(origin: string): string {
	return `safethink.key:${origin}`;
}

/** The world that a viewer's process may act in. */
import { homedir } from "node:os";
import { join } from "node:path";
import { type EmbeddedServer, startEmbedded } from "../experiments/embedded.ts";
import { Origins } from "./act/origins.ts";
import type { ViewerEnvironment } from "./types.ts";

/** What differs between the processes that view runs; the rest is the same for all. */
export type GivenEnvironment = Pick<ViewerEnvironment, "permission" | "key" | "scorers" | "signal"> &
	Partial<Pick<ViewerEnvironment, "embedded">>;

export interface ProcessEnvironment extends ViewerEnvironment {
	/** Ends the embedded server, if one was started here. */
	close(): void;
}

/** The environment of this process: the user's prefix library, and an embedded server of its own where none is given. */
export function processEnvironment(given: GivenEnvironment): ProcessEnvironment {
	const own = new OwnServer(given.signal);
	return {
		origins: new Origins(),
		prefixLibrary: join(configFolder(), "safethink", "prefixes.json"),
		embedded: () => own.started(),
		...given,
		close: () => own.close(),
	};
}

/** Where the user's settings lie: XDG's folder, on Windows the roaming application data. */
function configFolder(): string {
	const named = process.platform === "win32" ? process.env["APPDATA"] : process.env["XDG_CONFIG_HOME"];
	return named === undefined || named === "" ? join(homedir(), ".config") : named;
}

/** An embedded server that is started when it is asked for; where it failed or ended, again when it is asked for again. */
class OwnServer {
	readonly #signal: AbortSignal;
	#server: Promise<EmbeddedServer> | undefined;

	constructor(signal: AbortSignal) {
		this.#signal = signal;
	}

	started(): Promise<EmbeddedServer> {
		this.#server ??= this.#start();
		return this.#server;
	}

	async #start(): Promise<EmbeddedServer> {
		const forget = () => {
			this.#server = undefined;
		};
		try {
			const server = await startEmbedded(this.#signal);
			void server.ended.then(forget);
			return server;
		} catch (error) {
			forget();
			throw error;
		}
	}

	close(): void {
		void this.#server?.then((server) => server.close()).catch(() => undefined);
	}
}

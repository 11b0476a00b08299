/** What an editor's window asks of its child, by method. */
import type { WindowMethods } from "../../contract/window.ts";
import type { Handlers } from "../../contract/wire.ts";
import { PrefixLibrary } from "../act/prefix-library.ts";
import { stopRun } from "../act/stop.ts";
import type { ViewerEnvironment } from "../types.ts";
import { RunList } from "./run-list.ts";
import { serverReport } from "./server-report.ts";
import type { Sessions } from "./sessions.ts";

/** Keys by origin, for the length of the process; they are never written or sent back. */
export class Keys {
	#keys: ReadonlyMap<string, string> = new Map();

	/** Takes the place of those given before. */
	give(keys: Readonly<Record<string, string>>): void {
		this.#keys = new Map(Object.entries(keys));
	}

	of(origin: string): string | undefined {
		return this.#keys.get(origin);
	}
}

/** @param env of the window as a whole. */
export function windowHandlers(sessions: Sessions, keys: Keys, env: ViewerEnvironment): Handlers<WindowMethods> {
	const list = new RunList();
	const library = new PrefixLibrary(env.prefixLibrary);
	return {
		open: async (params) => done(await sessions.open(params)),
		close: async ({ session }) => done(await sessions.close(session)),
		permit: ({ permission }) => done(sessions.permit(permission)),
		page: ({ session, message }) => sessions.handle(session, message),
		keys: (params) => done(keys.give(params.keys)),
		servers: ({ addresses }) => done(env.origins.addOwn(addresses)),
		probe: ({ url, model, quick }, signal) => serverReport(endpoint(url, model, keys), quick, signal),
		embedded: async () => ({ url: (await env.embedded()).url }),
		runs: async ({ paths }) => ({ runs: await list.items(paths) }),
		stop: async ({ path }) => done(await stopRun(path)),
		prefixes: async () => ({ prefixes: await library.list() }),
		keepPrefix: async ({ text, note, at }) => done(await library.keep(text, note, at)),
		removePrefix: async ({ text }) => done(await library.remove(text)),
	};
}

function done(_nothing: unknown): Record<string, never> {
	return {};
}

function endpoint(url: string, model: string | undefined, keys: Keys) {
	const key = URL.canParse(url) ? keys.of(new URL(url).origin) : undefined;
	return { url, ...(model === undefined ? {} : { model }), ...(key === undefined ? {} : { key }) };
}

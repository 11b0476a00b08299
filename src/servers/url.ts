/** URLs of model servers: joining a base URL and a path, and showing one without secrets. */
import { ServerError } from "../trace/errors.ts";
import type { Endpoint } from "./types.ts";

/**
 * The URL of a path on a server. The base may end in `/v1` or not, and may have a path of its own (`https://host/api/v1`).
 * @param path begins with `/`, for example `/v1/chat/completions`.
 * @throws ServerError `bad-request` when the base is no http(s) URL or holds a user name, password, query or fragment.
 */
export function serverUrl(endpoint: Pick<Endpoint, "url">, path: string): string {
	const base = parseBase(endpoint.url);
	const root = base.pathname.replace(/\/+$/, "").replace(/\/v1$/, "").replace(/\/+$/, "");
	return `${base.origin}${root}${path}`;
}

/** A URL as it may stand in messages and files: no user name, password, query or fragment. */
export function shownUrl(url: string): string {
	try {
		const parsed = new URL(url);
		return `${parsed.origin}${parsed.pathname}`.replace(/\/$/, "");
	} catch {
		return "(not a URL)";
	}
}

function parseBase(url: string): URL {
	let base: URL;
	try {
		base = new URL(url);
	} catch {
		throw new ServerError("bad-request", "the server's address is not a URL", { remedy: "Give it as http://HOST:PORT." });
	}
	if (base.protocol !== "http:" && base.protocol !== "https:") {
		throw new ServerError("bad-request", `the server's address begins with ${base.protocol} instead of http: or https:`, {
			remedy: "Give it as http://HOST:PORT.",
		});
	}
	if (base.username !== "" || base.password !== "" || base.search !== "" || base.hash !== "") {
		throw new ServerError("bad-request", `the address of ${shownUrl(url)} holds a user name, password, query or fragment`, {
			remedy: "Give the bare address, and the key by an environment variable or the secret store.",
		});
	}
	return base;
}

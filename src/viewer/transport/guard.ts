/**
 * Who may speak to the loopback server. Every page that the user has open can send requests to it, and a foreign name can be made to
 * lead to it; so each request must carry a secret, be meant for this address, and come from no other site.
 */
import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingHttpHeaders, IncomingMessage } from "node:http";

/** Why a request is refused. */
export class Refusal extends Error {
	readonly status: number;
	/** @param status of HTTP. */
	constructor(status: number, message: string) {
		super(message);
		this.status = status;
	}
}

/**
 * Refuses a request that is meant for another host (DNS rebinding) or was caused by another site.
 * @throws Refusal
 */
export function checkSource({ headers, socket }: IncomingMessage): void {
	const host = headers.host?.toLowerCase();
	const own = ["127.0.0.1", "localhost"].map((name) => `${name}:${socket.localPort}`);
	if (host === undefined || !own.includes(host)) throw new Refusal(421, "this server answers to its own loopback address only");
	const ownSite = [undefined, "same-origin", "none"].includes(headers["sec-fetch-site"] as string | undefined);
	if (!originFits(headers.origin, host) || !(ownSite || isNavigation(headers))) {
		throw new Refusal(403, "requests of other sites are refused");
	}
}

function originFits(origin: string | undefined, host: string): boolean {
	return origin === undefined || origin === `http://${host}`;
}

/** Somebody followed a link to the page, in a terminal of a browser for example: what it holds is for them to see, not for its site. */
function isNavigation(headers: IncomingHttpHeaders): boolean {
	return headers["sec-fetch-mode"] === "navigate" && headers["sec-fetch-dest"] === "document";
}

/** Refuses a request without the secret. Takes the same time wherever the two differ. @throws Refusal */
export function checkSecret(given: string | null | undefined, secret: string): void {
	const equal = typeof given === "string" && timingSafeEqual(digest(given), digest(secret));
	if (!equal) throw new Refusal(403, "the token is missing or wrong: open the address that `safethink view` printed");
}

function digest(text: string): Buffer {
	return createHash("sha256").update(text).digest();
}

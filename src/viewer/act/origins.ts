/** Which servers may be asked: those of this machine, those of the user, and those that somebody allowed while this process lives. */

import type { AskedServer } from "../../contract/act-views.ts";
import { originOf } from "../../contract/origin.ts";

export type Trust = AskedServer["trust"];

/** What is known of the servers that runs name. A run file is a stranger's word: where it sends prompts is not its own to decide. */
export class Origins {
	readonly #own = new Set<string>();
	readonly #allowed = new Set<string>();

	/** Adds servers of the user's own. They stay so: runs were made on them. */
	addOwn(addresses: Iterable<string>): void {
		for (const address of addresses) addTo(this.#own, address);
	}

	/** Somebody who was asked allows an address's origin. Kept in memory only. */
	allow(address: string): void {
		addTo(this.#allowed, address);
	}

	/** Whether an address may be asked, and why. */
	trust(address: string): Trust {
		const origin = originOf(address);
		if (origin === undefined) return "ask";
		if (isLoopback(origin)) return "local";
		if (this.#own.has(origin)) return "own";
		return this.#allowed.has(origin) ? "allowed" : "ask";
	}
}

function addTo(origins: Set<string>, address: string): void {
	const origin = originOf(address);
	if (origin !== undefined) origins.add(origin);
}

/** Names that lead to this machine whatever a name server says. */
function isLoopback(origin: string): boolean {
	const { hostname } = new URL(origin);
	return hostname === "localhost" || hostname === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}

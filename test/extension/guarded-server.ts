/** A server that answers only who shows its key, and can be told to hold its answers back. The embedded server is behind it. */
import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface GuardedServer {
	url: string;
	/** Headers of all requests, as they came. */
	headers: IncomingMessage["headers"][];
	/** Keeps what a model is asked from now on waiting. */
	hold(): Held;
	close(): Promise<void>;
}

export interface Held {
	/** Somebody waits. */
	arrived: Promise<void>;
	release(): void;
}

/** @param key undefined: everybody is answered. */
export async function guardedServer(target: string, key: string | undefined): Promise<GuardedServer> {
	const headers: GuardedServer["headers"] = [];
	let gate: (() => Promise<void>) | undefined;
	const server = createServer(async (incoming, outgoing) => {
		headers.push(incoming.headers);
		if (key !== undefined && incoming.headers.authorization !== `Bearer ${key}`) return refuse(outgoing);
		if (incoming.method === "POST") await gate?.();
		passOn(incoming, outgoing, target);
	});
	await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
	return {
		url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
		headers,
		hold: () => {
			let release = () => {};
			const released = new Promise<void>((resolve) => {
				release = resolve;
			});
			const arrived = new Promise<void>((resolve) => {
				gate = () => {
					resolve();
					return released;
				};
			});
			return { arrived, release };
		},
		close: () =>
			new Promise<void>((resolve) => {
				server.close(() => resolve());
				server.closeAllConnections();
			}),
	};
}

function refuse(outgoing: ServerResponse): void {
	outgoing.writeHead(401, { "content-type": "application/json" }).end('{"error":{"message":"a key is needed"}}');
}

function passOn(incoming: IncomingMessage, outgoing: ServerResponse, target: string): void {
	const { method, headers, url = "/" } = incoming;
	const onward = httpRequest(new URL(url, target), { method, headers }, (reply) => {
		outgoing.writeHead(reply.statusCode ?? 502, reply.headers);
		reply.pipe(outgoing);
	});
	onward.on("error", () => outgoing.destroy());
	outgoing.on("close", () => onward.destroy());
	incoming.pipe(onward);
}

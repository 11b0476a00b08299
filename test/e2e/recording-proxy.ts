/** A proxy that passes everything on and keeps the bodies of requests. */
import { createServer, request as httpRequest } from "node:http";
import type { AddressInfo } from "node:net";

export interface RecordedRequest {
	method: string;
	path: string;
	body: string;
	authorization: string | undefined;
}

export interface RecordingProxy {
	url: string;
	requests: RecordedRequest[];
	/** A status to answer a path with, instead of passing it on. */
	answerWith: (path: string) => number | undefined;
	close(): Promise<void>;
}

export async function recordingProxy(target: string): Promise<RecordingProxy> {
	const requests: RecordedRequest[] = [];
	const proxy: Pick<RecordingProxy, "answerWith"> = { answerWith: () => undefined };
	const server = createServer((incoming, outgoing) => {
		const parts: Buffer[] = [];
		incoming.on("data", (part: Buffer) => parts.push(part));
		incoming.on("end", () => {
			const body = Buffer.concat(parts);
			requests.push({
				method: incoming.method ?? "",
				path: incoming.url ?? "",
				body: body.toString("utf8"),
				authorization: incoming.headers.authorization,
			});
			const status = proxy.answerWith(incoming.url ?? "");
			if (status !== undefined) {
				outgoing.writeHead(status, { "content-type": "application/json" }).end('{"error":{"message":"told to fail"}}');
				return;
			}
			const onward = httpRequest(
				new URL(incoming.url ?? "/", target),
				{ method: incoming.method, headers: incoming.headers },
				(reply) => {
					outgoing.writeHead(reply.statusCode ?? 502, reply.headers);
					reply.pipe(outgoing);
				},
			);
			onward.on("error", () => outgoing.destroy());
			outgoing.on("close", () => onward.destroy());
			onward.end(body);
		});
	});
	await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
	return Object.assign(proxy, {
		url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
		requests,
		close: () =>
			new Promise<void>((resolve) => {
				server.close(() => resolve());
				server.closeAllConnections();
			}),
	});
}

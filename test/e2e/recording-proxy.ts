/** A proxy that passes everything on and keeps the bodies of requests. */
import { createServer, request as httpRequest } from "node:http";
import type { AddressInfo } from "node:net";

export interface RecordedRequest {
	method: string;
	path: string;
	body: string;
}

export interface RecordingProxy {
	url: string;
	requests: RecordedRequest[];
	close(): Promise<void>;
}

export async function recordingProxy(target: string): Promise<RecordingProxy> {
	const requests: RecordedRequest[] = [];
	const server = createServer((incoming, outgoing) => {
		const parts: Buffer[] = [];
		incoming.on("data", (part: Buffer) => parts.push(part));
		incoming.on("end", () => {
			const body = Buffer.concat(parts);
			requests.push({ method: incoming.method ?? "", path: incoming.url ?? "", body: body.toString("utf8") });
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
	return {
		url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
		requests,
		close: () =>
			new Promise((resolve) => {
				server.close(() => resolve());
				server.closeAllConnections();
			}),
	};
}

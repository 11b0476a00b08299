/** Reads a request's JSON. */
import type { IncomingMessage } from "node:http";
import { Refusal } from "./guard.ts";

/**
 * The body of a request that says it is JSON: what a form of another site cannot send.
 * @param most bytes.
 * @throws Refusal
 */
export async function readJson(request: IncomingMessage, most: number): Promise<unknown> {
	const [type = ""] = (request.headers["content-type"] ?? "").split(";");
	if (type.trim().toLowerCase() !== "application/json") throw new Refusal(415, "the body must be application/json");
	const text = new TextDecoder("utf-8", { fatal: true });
	const bytes = await readBytes(request, most);
	try {
		return JSON.parse(text.decode(bytes));
	} catch {
		throw new Refusal(400, "the body is no JSON");
	}
}

async function readBytes(request: IncomingMessage, most: number): Promise<Buffer> {
	const tooLong = new Refusal(413, `the body is longer than ${most} bytes`);
	if (Number(request.headers["content-length"] ?? 0) > most) throw tooLong;
	const chunks: Buffer[] = [];
	let size = 0;
	// The connection stays open for the refusal.
	for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
		size += chunk.length;
		if (size > most) throw tooLong;
		chunks.push(chunk);
	}
	return Buffer.concat(chunks);
}

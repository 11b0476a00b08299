/** A run served in this process, and raw requests to it. */
import { appendFileSync, readFileSync } from "node:fs";
import { request as httpRequest, type IncomingHttpHeaders } from "node:http";
import { join } from "node:path";
import { writeManyTraces } from "../../../bench/view/generate.ts";
import { processEnvironment } from "../../../src/viewer/environment.ts";
import { openSession } from "../../../src/viewer/session.ts";
import { type PageServer, servePage } from "../../../src/viewer/transport/http-server.ts";
import { withFolder } from "../../e2e/cli.ts";

export interface Served extends PageServer {
	/** The run file. */
	path: string;
	port: number;
	token: string;
}

/** Serves a run of four traces for the time of `use`. */
export async function withServed<T>(use: (served: Served) => Promise<T>): Promise<T> {
	return withFolder(async (folder) => {
		const path = join(folder, "tea.safethink.jsonl");
		writeManyTraces(path, 4, 3);
		const signal = new AbortController().signal;
		const env = processEnvironment({ permission: () => ({ run: true }), key: () => undefined, scorers: [], signal });
		const server = await servePage({ title: "tea", port: 0, open: (onNotice) => openSession(path, env, { onNotice }) });
		try {
			const address = new URL(server.address);
			return await use({ ...server, path, port: Number(address.port), token: address.searchParams.get("token") ?? "" });
		} finally {
			await server.close();
		}
	});
}

export interface Asked {
	path: string;
	method?: string;
	headers?: Record<string, string>;
	body?: string;
}

export interface Answered {
	status: number;
	headers: IncomingHttpHeaders;
	body: string;
}

/** A request as it stands, its path not made sane. */
export function ask(port: number, { path, method = "GET", headers = {}, body }: Asked): Promise<Answered> {
	return new Promise((resolve, reject) => {
		const request = httpRequest({ host: "127.0.0.1", port, path, method, headers, agent: false }, async (response) => {
			let text = "";
			response.setEncoding("utf8");
			for await (const piece of response) text += piece;
			resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text });
		});
		request.once("error", reject);
		request.end(body);
	});
}

/** A call as the page makes it. */
export function call(
	{ port, token }: Served,
	method: string,
	params: unknown,
	headers: Record<string, string> = {},
): Promise<Answered> {
	return ask(port, {
		path: "/call",
		method: "POST",
		headers: { "x-safethink-token": token, "content-type": "application/json", ...headers },
		body: JSON.stringify({ call: 1, method, params }),
	});
}

/** The notices of a page, as they come. Ends with the stream. */
export async function* notices(
	{ port, token }: Served,
	signal: AbortSignal,
): AsyncGenerator<{ notice: string; revision: number }, void, void> {
	const response = await fetch(`http://127.0.0.1:${port}/notices`, { headers: { "x-safethink-token": token }, signal });
	let rest = "";
	try {
		for await (const piece of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
			const lines = (rest + piece).split("\n");
			rest = lines.pop() ?? "";
			for (const line of lines) if (line.startsWith("data:")) yield JSON.parse(line.slice(5));
		}
	} catch (error) {
		if (!signal.aborted) throw error;
	}
}

let grown = 0;

/** Appends a branch-less trace that begins and has not ended, as one line. */
export function grow(path: string): string {
	const lines = readFileSync(path, "utf8").split("\n");
	const first = JSON.parse(lines.find((line) => line.includes('"type":"trace.started"')) ?? "{}") as object;
	const traceId = `grown-${++grown}`;
	appendFileSync(path, `${JSON.stringify({ ...first, id: `${traceId}-1`, traceId })}\n`);
	return traceId;
}

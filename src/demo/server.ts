import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { z } from "zod";
import { chatCompletions } from "./chat-route.ts";
import { completions } from "./completion-route.ts";
import { Engine } from "./engine.ts";
import { RequestError } from "./errors.ts";
import { findWeightsDir } from "./paths.ts";
import { Reply } from "./reply.ts";
import { chatContext, parseBody, rawContext, tokenizeSchema } from "./requests.ts";
import { classify } from "./scorer-route.ts";
import { loadWeights } from "./weights.ts";

/** How the embedded model's server is started. Port 0 takes a free one. */
export interface DemoServerOptions {
	port: number;
	host?: string;
	weightsDir?: string;
	/** Slows generation down to this rate for each request, so that a person can watch. */
	tokensPerSecond?: number;
	log?: (line: string) => void;
}

/** A running server. */
export interface DemoServer {
	url: string;
	close(): Promise<void>;
}

interface Engines {
	policy: Engine;
	scorer: Engine;
}

type Route = (engine: Engine, body: unknown, reply: Reply) => Promise<void> | void;

const MAX_BODY = 32 * 1024 * 1024;
const VERSION = "0.1.0+organism";

const posts: Record<string, { runs: "policy" | "scorer" | "either"; route: Route }> = {
	"/v1/chat/completions": { runs: "policy", route: chatCompletions },
	"/v1/completions": { runs: "policy", route: completions },
	"/classify": { runs: "scorer", route: classify },
	"/tokenize": { runs: "either", route: tokenize },
	"/detokenize": { runs: "either", route: detokenize },
};

const gets: Record<string, (engines: Engines, reply: Reply) => void> = {
	"/health": (_, reply) => reply.text(""),
	"/version": (_, reply) => reply.json({ version: VERSION }),
	"/v1/models": (engines, reply) => reply.json({ object: "list", data: Object.values(engines).map(modelCard) }),
	"/metrics": (engines, reply) => reply.text(metrics(engines)),
	"/openapi.json": (_, reply) => reply.json(openapi()),
};

function modelCard({ model }: Engine) {
	const { name, maxLength } = model.header;
	return { id: name, object: "model", created: 0, owned_by: "vllm", root: name, parent: null, max_model_len: maxLength };
}

function openapi() {
	const operation = (method: string) => ({ [method]: { responses: { 200: { description: "Successful Response" } } } });
	const paths = [
		...Object.keys(gets).map((path) => [path, operation("get")]),
		...Object.keys(posts).map((path) => [path, operation("post")]),
	];
	return { openapi: "3.1.0", info: { title: "Model organism", version: VERSION }, paths: Object.fromEntries(paths) };
}

function metrics(engines: Engines): string {
	const all = Object.values(engines);
	const lines = (name: string, kind: string, value: (engine: Engine) => number) => [
		`# TYPE vllm:${name} ${kind}`,
		...all.map((engine) => `vllm:${name}{model_name="${engine.model.header.name}"} ${value(engine)}`),
	];
	return `${[
		...lines("num_requests_running", "gauge", (e) => e.counters.running),
		...lines("num_requests_waiting", "gauge", () => 0),
		...lines("prompt_tokens_total", "counter", (e) => e.counters.promptTokens),
		...lines("generation_tokens_total", "counter", (e) => e.counters.generatedTokens),
		...lines("prefix_cache_queries_total", "counter", (e) => e.counters.promptTokens),
		...lines("prefix_cache_hits_total", "counter", (e) => e.counters.cachedTokens),
	].join("\n")}\n`;
}

function tokenize(engine: Engine, json: unknown, reply: Reply): void {
	const body = parseBody(tokenizeSchema, json);
	const { ids } = "messages" in body ? chatContext(engine, body) : rawContext(engine, body.prompt);
	const strings = body.return_token_strs ? ids.map((id) => engine.tokenizer.tokens[id]) : null;
	reply.json({ count: ids.length, max_model_len: engine.model.header.maxLength, tokens: ids, token_strs: strings });
}

function detokenize(engine: Engine, json: unknown, reply: Reply): void {
	const { tokens } = parseBody(
		z.object({
			tokens: z.array(
				z
					.int()
					.min(0)
					.max(engine.tokenizer.tokens.length - 1),
			),
		}),
		json,
	);
	reply.json({ prompt: engine.tokenizer.decode(tokens) });
}

async function readJson(request: IncomingMessage): Promise<Record<string, unknown>> {
	const chunks: Buffer[] = [];
	let size = 0;
	for await (const chunk of request) {
		size += chunk.length;
		if (size > MAX_BODY) throw new RequestError("The request body is too large.", { status: 413 });
		chunks.push(chunk);
	}
	try {
		return z.record(z.string(), z.unknown()).parse(JSON.parse(Buffer.concat(chunks).toString("utf8")));
	} catch {
		throw new RequestError("The request body is not a JSON object.");
	}
}

function engineFor(engines: Engines, runs: "policy" | "scorer" | "either", path: string, model: unknown): Engine {
	const fallback = runs === "scorer" ? engines.scorer : engines.policy;
	if (model === undefined || model === null) return fallback;
	const found = Object.values(engines).find((engine) => engine.model.header.name === model);
	if (!found) {
		throw new RequestError(`The model \`${model}\` does not exist.`, { status: 404, type: "NotFoundError", param: "model" });
	}
	if (runs !== "either" && found !== engines[runs]) {
		throw new RequestError(`The model \`${model}\` does not support ${path}.`, { param: "model" });
	}
	return found;
}

async function answer(engines: Engines, request: IncomingMessage, reply: Reply): Promise<void> {
	const path = new URL(request.url ?? "/", "http://localhost").pathname;
	const get = gets[path];
	const post = posts[path];
	if (get && request.method === "GET") return get(engines, reply);
	if (!post || request.method !== "POST") {
		const status = get || post ? 405 : 404;
		throw new RequestError(status === 404 ? "Not Found" : "Method Not Allowed", { status, type: "NotFoundError" });
	}
	const body = await readJson(request);
	const engine = engineFor(engines, post.runs, path, body.model);
	await engine.running(async () => post.route(engine, body, reply));
}

/** Starts the embedded model as a server in the protocol of vLLM. Its numbers say nothing about real models. */
export async function startDemoServer(options: DemoServerOptions): Promise<DemoServer> {
	const { port, host = "127.0.0.1", log = () => undefined } = options;
	const folder = findWeightsDir(options.weightsDir);
	const engines = {
		policy: new Engine(loadWeights(folder, "policy"), options.tokensPerSecond),
		scorer: new Engine(loadWeights(folder, "scorer")),
	};
	const server = createServer((request: IncomingMessage, response: ServerResponse) => {
		const reply = new Reply(response);
		response.on("close", () => log(`${request.method} ${request.url} ${reply.signal.aborted ? "aborted" : response.statusCode}`));
		answer(engines, request, reply).catch((error: unknown) => reply.fail(error));
	});
	await new Promise<void>((resolve, reject) => server.once("error", reject).listen(port, host, resolve));
	const address = server.address() as AddressInfo;
	return {
		url: `http://${host.includes(":") ? `[${host}]` : host}:${address.port}`,
		close: () =>
			new Promise((resolve) => {
				server.close(() => resolve());
				server.closeAllConnections();
			}),
	};
}

/** A server for scorer tests: records every request to the byte and answers as it is told. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach } from "vitest";

export interface Received {
	method: string;
	path: string;
	/** The body's bytes as text. */
	body: string;
	authorization: string | undefined;
}

export interface Reply {
	status?: number;
	json?: unknown;
	text?: string;
}

export interface FakeServer {
	url: string;
	received: Received[];
}

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
	await Promise.all(closers.splice(0).map((close) => close()));
});

/** Starts a server on a free port of 127.0.0.1; it is closed after the test. */
export async function fakeServer(answer: (request: Received, number: number) => Reply): Promise<FakeServer> {
	const received: Received[] = [];
	const server = createServer(async (request, response) => {
		const chunks: Buffer[] = [];
		for await (const chunk of request) chunks.push(chunk as Buffer);
		const one: Received = {
			method: request.method ?? "",
			path: request.url ?? "",
			body: Buffer.concat(chunks).toString("utf8"),
			authorization: request.headers.authorization,
		};
		received.push(one);
		const reply = answer(one, received.length);
		response.writeHead(reply.status ?? 200, { "content-type": reply.text === undefined ? "application/json" : "text/html" });
		response.end(reply.text ?? JSON.stringify(reply.json));
	});
	await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
	closers.push(
		() =>
			new Promise((resolve) => {
				server.closeAllConnections();
				server.close(() => resolve());
			}),
	);
	return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, received };
}

type Alternatives = Record<string, number>;
/** A generated token and its alternatives by probability. */
export type Step = [token: string, alternatives: Alternatives];

/** A chat completion in vLLM's form. */
export function chat(steps: readonly Step[], options: { finish?: string; prompt_tokens?: number } = {}): unknown {
	const content = steps.map(([token, alternatives]) => ({
		token,
		logprob: Math.log(alternatives[token] ?? 0.99),
		bytes: [...Buffer.from(token)],
		top_logprobs: Object.entries(alternatives).map(([other, p]) => ({
			token: other,
			logprob: Math.log(p),
			bytes: [...Buffer.from(other)],
		})),
	}));
	return {
		id: "chatcmpl-1",
		object: "chat.completion",
		model: "guard",
		choices: [
			{
				index: 0,
				message: { role: "assistant", content: textOf(steps), tool_calls: [] },
				logprobs: { content },
				finish_reason: options.finish ?? "stop",
				stop_reason: null,
			},
		],
		usage: {
			prompt_tokens: options.prompt_tokens ?? 40,
			completion_tokens: steps.length,
			total_tokens: (options.prompt_tokens ?? 40) + steps.length,
		},
	};
}

/** A completion in the old form, as vLLM gives it. */
export function completion(steps: readonly Step[], options: { finish?: string; prompt_tokens?: number } = {}): unknown {
	const logprobs = {
		text_offset: steps.map((_, index) => textOf(steps.slice(0, index)).length),
		tokens: steps.map(([token]) => token),
		token_logprobs: steps.map(([token, alternatives]) => Math.log(alternatives[token] ?? 0.99)),
		top_logprobs: steps.map(([, alternatives]) =>
			Object.fromEntries(Object.entries(alternatives).map(([other, p]) => [other, Math.log(p)])),
		),
	};
	return {
		id: "cmpl-1",
		object: "text_completion",
		model: "guard",
		choices: [{ index: 0, text: textOf(steps), logprobs, finish_reason: options.finish ?? "stop", stop_reason: null }],
		usage: { prompt_tokens: options.prompt_tokens ?? 40, completion_tokens: steps.length, total_tokens: 50 },
	};
}

/** Tokens whose alternatives do not matter. */
export function plain(...tokens: string[]): Step[] {
	return tokens.map((token) => [token, { [token]: 0.99 }]);
}

function textOf(steps: readonly Step[]): string {
	return steps.map(([token]) => token).join("");
}

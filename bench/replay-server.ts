/**
 * A server for benches, in the protocol of a vLLM server: it replays one safe trace at a set pace and scores every text as safe
 * after a set delay. No model, so that what is measured is the client. Runs as a process of its own:
 *   node bench/replay-server.ts '{"steps":12,"tokensPerStep":40,"tokensPerSecond":100,"prefillMs":30,"scorerMs":400}'
 * It prints its port as its first line; GET /counts tells requests and tokens since the last call.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface ReplayPace {
	steps: number;
	tokensPerStep: number;
	/** Per stream; 0: as fast as the socket takes them. */
	tokensPerSecond: number;
	/** Wait before the first token of every request, as a prefill with a warm prefix cache has. */
	prefillMs: number;
	scorerMs: number;
}

const WORDS = "we look at the shelf and think about which cup of tea would be kind to offer first today".split(" ");

/** The replayed output: `steps` paragraphs of `tokensPerStep` words, a closing tag, an answer as long as a step. */
export function replayedTokens(pace: Pick<ReplayPace, "steps" | "tokensPerStep">): string[] {
	const tokens = ["<think>", "\n"];
	for (let step = 0; step < pace.steps; step++) {
		for (let word = 0; word < pace.tokensPerStep - 1; word++) tokens.push(` ${WORDS[(step + word) % WORDS.length]}`);
		tokens.push(step === pace.steps - 1 ? "\n</think>" : ".\n\n");
	}
	const answer = Array.from({ length: pace.tokensPerStep - 2 }, (_, word) => ` ${WORDS[word % WORDS.length]}`);
	return [...tokens, "\n\n", ...answer, "."];
}

interface Stream {
	response: ServerResponse;
	next: number;
	due: number;
}

function serve(pace: ReplayPace): void {
	const tokens = replayedTokens(pace);
	const text = tokens.join("");
	const chunks = tokens.map((token) => `data: ${JSON.stringify(chunk({ delta: { content: token }, finish_reason: null }))}\n\n`);
	const streams = new Set<Stream>();
	let counts = { policyRequests: 0, scorerRequests: 0, tokens: 0 };

	const startStream = (body: Body, response: ServerResponse) => {
		counts.policyRequests++;
		const given = body.messages.at(-1);
		const done = given?.role === "assistant" && typeof given.content === "string" ? given.content : "";
		response.writeHead(200, { "content-type": "text/event-stream" });
		const stream = { response, next: tokenAfter(tokens, text, done), due: performance.now() + pace.prefillMs };
		streams.add(stream);
		response.on("close", () => streams.delete(stream));
	};
	const advance = () => {
		const now = performance.now();
		for (const stream of streams) {
			let data = "";
			while (stream.next < tokens.length && stream.due <= now && data.length < 16_384) {
				data += chunks[stream.next++];
				counts.tokens++;
				stream.due += pace.tokensPerSecond === 0 ? 0 : 1000 / pace.tokensPerSecond;
			}
			if (stream.next === tokens.length) {
				streams.delete(stream);
				stream.response.end(`${data}data: ${JSON.stringify(chunk({ delta: {}, finish_reason: "stop" }))}\n\ndata: [DONE]\n\n`);
			} else if (data !== "") stream.response.write(data);
		}
	};
	setInterval(advance, 4);

	const server = createServer(async (request, response) => {
		const json = (value: unknown) => response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(value));
		switch (request.url) {
			case "/counts":
				json({ ...counts, cpuSeconds: process.cpuUsage().user / 1e6 + process.cpuUsage().system / 1e6 });
				counts = { policyRequests: 0, scorerRequests: 0, tokens: 0 };
				return;
			case "/version":
				return json({ version: "replay" });
			case "/v1/models":
				return json({ object: "list", data: [{ id: "replay", object: "model", owned_by: "vllm", max_model_len: 100_000 }] });
			case "/classify":
				counts.scorerRequests++;
				await readBody(request);
				setTimeout(
					() => json({ data: [{ index: 0, label: "safe", probs: [0.9, 0.1], num_classes: 2 }], usage: { prompt_tokens: 1 } }),
					pace.scorerMs,
				);
				return;
			case "/v1/chat/completions":
				return startStream(JSON.parse(await readBody(request)) as Body, response);
			default:
				response.writeHead(404, { "content-type": "application/json" }).end('{"error":{"message":"not found"}}');
		}
	});
	server.listen(0, "127.0.0.1", () => console.log((server.address() as AddressInfo).port));
}

type Body = { messages: { role: string; content: unknown }[] };

function chunk(choice: { delta: object; finish_reason: string | null }): object {
	return { id: "replay", object: "chat.completion.chunk", model: "replay", choices: [{ index: 0, ...choice }] };
}

/** Index of the token after the text that was given; the replay knows no other text. */
function tokenAfter(tokens: string[], text: string, done: string): number {
	if (!text.startsWith(done)) return 0;
	let length = 0;
	let index = 0;
	while (length < done.length) length += (tokens[index++] as string).length;
	return index;
}

async function readBody(request: IncomingMessage): Promise<string> {
	const parts: Buffer[] = [];
	for await (const part of request) parts.push(part as Buffer);
	return Buffer.concat(parts).toString("utf8");
}

if (process.argv[1]?.endsWith("replay-server.ts")) serve(JSON.parse(process.argv[2] ?? "{}") as ReplayPace);

/** A model server that speaks each adapter's protocol, records every request to the byte, and fails on demand. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import type { ServerKind } from "../../src/servers/types.ts";
import {
	eventsOf,
	type Fault,
	failBeforeText,
	failWithin,
	type Job,
	lastEvent,
	send,
	wordEvent,
	writeByteByByte,
} from "./fault-events.ts";
import { continuation, detokenize, type Message, openText, render, tokenize } from "./toy-model.ts";

export interface Behaviour {
	kind: ServerKind;
	/** A chat endpoint that answers a partial message instead of continuing it. */
	answersAnew?: boolean;
	/** Splits `<think>` off the text. */
	splitsReasoning?: boolean;
	withoutLogprobs?: boolean;
	withoutImages?: boolean;
	/** Goes on generating when the connection is closed or the request called off. */
	runsOn?: boolean;
	ignoresSeeds?: boolean;
	/** The detokenised prompt is not the one the server uses. */
	rendersUnfaithfully?: boolean;
	withoutRendering?: boolean;
	/** The generation prompt ends with an opened `<think>`. */
	opensThink?: boolean;
	/** Further documents by path, got or posted for. */
	documents?: Record<string, unknown>;
	/** Milliseconds between two words. */
	pace?: number;
}

export interface Recorded {
	method: string;
	path: string;
	body: string;
	headers: IncomingMessage["headers"];
}

/** The fields that are read of any request's body. */
interface Body {
	messages: Message[];
	prompt?: string | number[] | { prompt_string: string };
	stream?: boolean;
	seed?: number;
	temperature: number;
	max_tokens?: number;
	n_predict?: number;
	logprobs?: boolean | number;
	n_probs?: number;
	rid?: string;
	logit_bias?: [number, number][];
	content?: string;
	tokens?: number[];
	input_ids?: number[];
}

const MARKER = "<image>";
export class FaultServer {
	readonly recorded: Recorded[] = [];
	url = "";
	running = 0;
	/** Requests for text that were called off by name. */
	readonly calledOff: string[] = [];
	readonly #behaviour: Behaviour;
	readonly #faults: Fault[] = [];
	readonly #seen: string[] = [];
	#draws = 0;
	readonly #server = createServer((request, response) => {
		this.#answer(request, response).catch(() => response.destroy());
	});

	constructor(behaviour: Behaviour) {
		this.#behaviour = behaviour;
	}

	async start(): Promise<this> {
		await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
		this.url = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
		return this;
	}

	async stop(): Promise<void> {
		this.#server.closeAllConnections();
		await new Promise((resolve) => this.#server.close(resolve));
	}

	/** The next requests for text fail so, one each. */
	fail(...faults: Fault[]): void {
		this.#faults.push(...faults);
	}

	/** Requests for text, in order. */
	get texts(): Recorded[] {
		return this.recorded.filter((request) => ["/v1/chat/completions", "/v1/completions", "/completion"].includes(request.path));
	}

	async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
		const pieces: Buffer[] = [];
		for await (const piece of request) pieces.push(piece as Buffer);
		const body = Buffer.concat(pieces).toString("utf8");
		const path = request.url ?? "";
		this.recorded.push({ method: request.method ?? "", path, body, headers: request.headers });
		if (request.method === "GET") return this.#document(path, response);
		await this.#post(path, JSON.parse(body), response);
	}

	#document(path: string, response: ServerResponse): void {
		const documents: Record<ServerKind, Record<string, unknown>> = {
			vllm: { "/v1/models": { data: [{ id: "toy", owned_by: "vllm", max_model_len: 4096 }] }, "/version": { version: "0.11.0" } },
			sglang: {
				"/v1/models": { data: [{ id: "toy", owned_by: "sglang", max_model_len: 4096 }] },
				"/get_model_info": { model_path: "toy", is_generation: true, has_image_understanding: true },
			},
			"llama.cpp": {
				"/v1/models": { data: [{ id: "/models/toy.gguf", owned_by: "llamacpp", meta: { n_ctx: 2048 } }] },
				"/props": {
					default_generation_settings: { n_ctx: 2048 },
					total_slots: 4,
					build_info: "b1-toy",
					media_marker: MARKER,
					modalities: { vision: true },
				},
				"/slots": Array.from({ length: 4 }, (_, id) => ({ id, is_processing: id < this.running })),
			},
			"openai-compatible": { "/v1/models": { data: [{ id: "toy" }, { id: "other" }] } },
		};
		const gauge = { vllm: "vllm:num_requests_running", sglang: "sglang:num_running_reqs" }[this.#behaviour.kind as string];
		if (path === "/metrics" && gauge !== undefined) {
			response
				.writeHead(200, { "content-type": "text/plain" })
				.end(`# TYPE ${gauge} gauge\n${gauge}{model_name="toy"} ${this.running}.0\n`);
			return;
		}
		const document = this.#behaviour.documents?.[path] ?? documents[this.#behaviour.kind][path];
		send(response, document === undefined ? 404 : 200, document ?? { error: { message: "no such page" } });
	}

	async #post(path: string, body: Body, response: ServerResponse): Promise<void> {
		const { kind } = this.#behaviour;
		if (
			path === "/v1/chat/completions" ||
			(path === "/v1/completions" && kind === "vllm") ||
			(path === "/completion" && kind === "llama.cpp")
		) {
			return this.#text(path, body, response);
		}
		if (path === "/abort_request" && kind === "sglang") {
			this.calledOff.push(body.rid ?? "");
			return send(response, 200, {});
		}
		if (path === "/generate" && kind === "sglang") {
			const positions = (body.input_ids ?? []).map((id, index) => [index === 0 ? null : -0.5, id, detokenize([id])]);
			return send(response, 200, { text: "", meta_info: { input_token_logprobs: positions } });
		}
		const reply = this.#behaviour.documents?.[path] ?? this.#rendering(path, body);
		send(response, reply === undefined ? 404 : 200, reply ?? { detail: "Not Found" });
	}

	#rendering(path: string, body: Body): unknown {
		const { kind, withoutRendering, rendersUnfaithfully, opensThink } = this.#behaviour;
		if (withoutRendering === true) return undefined;
		const rendered = () => render(body.messages, MARKER) + (opensThink === true ? "<think>\n" : "");
		if (kind === "llama.cpp" && path === "/apply-template") return { prompt: rendered() };
		if (kind === "llama.cpp" && path === "/tokenize") return { tokens: tokenize(body.content ?? "") };
		if (kind === "vllm" && path === "/tokenize") return { tokens: tokenize(textOf(body) ?? rendered()) };
		if (kind === "vllm" && path === "/detokenize")
			return { prompt: detokenize(body.tokens ?? []) + (rendersUnfaithfully === true ? " " : "") };
		if (kind === "sglang" && path === "/v1/tokenize") return { tokens: tokenize(rendered()) };
		return undefined;
	}

	async #text(path: string, body: Body, response: ServerResponse): Promise<void> {
		const fault = this.#faults.shift();
		if (fault !== undefined && (await failBeforeText(fault, response))) return;
		const job = this.#job(path, body);
		if (job === undefined) return send(response, 400, { error: { message: "image input is not supported" } });
		if (body.stream !== true) return send(response, 200, this.#whole(path, body, job));
		this.running++;
		try {
			await this.#stream(path, job, fault, response);
		} finally {
			if (this.#behaviour.runsOn !== true) this.running--;
		}
	}

	#job(path: string, body: Body): Job | undefined {
		const raw = textOf(body) ?? "";
		const prompt = path === "/v1/chat/completions" ? render(body.messages, MARKER) : raw;
		const images = prompt.split(MARKER).length - 1;
		if (images > 0 && this.#behaviour.withoutImages === true) return undefined;
		const open = openText(prompt).replace(/^<think>\n/, "");
		const seed = this.#behaviour.ignoresSeeds === true ? this.#draws++ : (body.seed ?? 0);
		const maxTokens = body.max_tokens ?? body.n_predict ?? 16;
		const assistant = this.#behaviour.answersAnew === true ? "" : open;
		const cachedTokens = Math.max(0, ...this.#seen.map((before) => sharedLength(before, prompt)));
		this.#seen.push(prompt);
		return {
			...continuation(assistant, { temperature: body.temperature, seed, maxTokens }),
			promptTokens: prompt.length + images * 16,
			cachedTokens,
			withLogprobs: this.#behaviour.withoutLogprobs !== true && (body.logprobs !== undefined || body.n_probs !== undefined),
			rid: body.rid ?? "",
		};
	}

	/** Replies that are not streamed: log-probabilities of given text. */
	#whole(path: string, body: Body, job: Job): unknown {
		if (path === "/completion") {
			const id = body.logit_bias?.[0]?.[0] ?? 0;
			return {
				content: detokenize([id]),
				stop: true,
				completion_probabilities: [{ id, token: detokenize([id]), logprob: -0.5 }],
			};
		}
		const prompt = path === "/v1/completions" ? (textOf(body) ?? "") : render(body.messages, MARKER);
		const positions = tokenize(prompt).map((id, index) =>
			index === 0 ? null : { [id]: { logprob: -0.5, rank: 1, decoded_token: detokenize([id]) } },
		);
		const choice = { text: job.words[0], message: { content: job.words.join("") }, finish_reason: "length" };
		return path === "/v1/completions"
			? { choices: [{ ...choice, prompt_logprobs: positions, prompt_token_ids: tokenize(prompt) }] }
			: { choices: [choice], prompt_logprobs: positions, prompt_token_ids: tokenize(prompt) };
	}

	async #stream(path: string, job: Job, fault: Fault | undefined, response: ServerResponse): Promise<void> {
		response.writeHead(200, { "content-type": "text/event-stream; charset=utf-8" });
		if (fault === "empty") return void response.end(eventsOf([lastEvent(path, { ...job, words: [], ended: true })], path));
		for (const [index, word] of job.words.entries()) {
			if (response.destroyed || this.calledOff.includes(job.rid)) break;
			const event = eventsOf(
				[wordEvent(path, word, job, this.#behaviour.kind, this.#behaviour.splitsReasoning === true)],
				undefined,
			);
			if (fault === "half-utf8") await writeByteByByte(response, event);
			else response.write(event);
			if (index === 1 && (await failWithin(fault, response))) return;
			await pause(this.#behaviour.pace ?? 0);
		}
		if (fault === "no-finish") return void response.end();
		response.end(eventsOf([lastEvent(path, job)], path));
	}
}

function textOf({ prompt }: Body): string | undefined {
	if (Array.isArray(prompt)) return detokenize(prompt);
	return typeof prompt === "object" ? prompt.prompt_string : prompt;
}

function sharedLength(a: string, b: string): number {
	let length = 0;
	while (length < a.length && a[length] === b[length]) length++;
	return length;
}

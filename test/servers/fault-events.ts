/** What the fault server writes: events of each protocol, and its faults. */
import type { ServerResponse } from "node:http";
import { setTimeout as pause } from "node:timers/promises";
import type { ServerKind } from "../../src/servers/types.ts";
import { tokenize } from "./toy-model.ts";

/** What goes wrong with the next request for text. */
export type Fault =
	| { status: number; headers?: Record<string, string>; body?: string }
	| { firstByteAfterMs: number }
	| "reset"
	| "html"
	| "malformed"
	| "stall"
	| "cut"
	| "no-finish"
	| "no-finish-field"
	| "half-utf8"
	| "empty"
	| "error-event"
	| "bad-event";

/** One request for text, as it will be answered. */
export interface Job {
	words: string[];
	ended: boolean;
	promptTokens: number;
	cachedTokens: number;
	withLogprobs: boolean;
	rid: string;
}

const PAGE = "<!doctype html><html><head><title>Welcome</title></head><body>hello</body></html>";

/** A word as an event of a path's protocol. */
export function wordEvent(path: string, word: string, job: Job, kind: ServerKind, splitsReasoning: boolean): unknown {
	const logprob = job.withLogprobs ? -0.25 : undefined;
	const id = tokenize(word)[0];
	if (path === "/completion") {
		const said = logprob === undefined ? {} : { completion_probabilities: [{ id, token: word, logprob, top_logprobs: [] }] };
		return { index: 0, content: word, tokens: [id], stop: false, ...said };
	}
	const ids = kind === "openai-compatible" ? {} : { token_ids: [id] };
	if (path === "/v1/completions") {
		return {
			choices: [
				{
					index: 0,
					text: word,
					finish_reason: null,
					logprobs: logprob === undefined ? null : { tokens: [word], token_logprobs: [logprob] },
					...ids,
				},
			],
		};
	}
	const delta = splitsReasoning ? { reasoning_content: word } : { content: word };
	return {
		choices: [
			{
				index: 0,
				delta,
				finish_reason: null,
				logprobs: logprob === undefined ? null : { content: [{ token: word, logprob }] },
				...ids,
			},
		],
	};
}

export function lastEvent(path: string, job: Job): unknown {
	if (path === "/completion") {
		return {
			content: "",
			tokens: [],
			stop: true,
			stop_type: job.ended ? "eos" : "limit",
			tokens_predicted: job.words.length,
			tokens_evaluated: job.promptTokens,
			timings: { cache_n: job.cachedTokens, prompt_n: job.promptTokens - job.cachedTokens },
		};
	}
	const usage = {
		prompt_tokens: job.promptTokens,
		completion_tokens: job.words.length,
		prompt_tokens_details: { cached_tokens: job.cachedTokens },
	};
	const text = path === "/v1/completions" ? { text: "" } : { delta: {} };
	return { choices: [{ index: 0, ...text, finish_reason: job.ended ? "stop" : "length" }], usage };
}

/** @param closes the path whose protocol says how a stream is closed; absent: it goes on. */
export function eventsOf(events: unknown[], closes: string | undefined): string {
	const done = closes === undefined || closes === "/completion" ? "" : "data: [DONE]\n\n";
	return events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join("") + done;
}

export async function writeByteByByte(response: ServerResponse, text: string): Promise<void> {
	for (const byte of Buffer.from(text)) {
		response.write(Buffer.from([byte]));
		if (byte > 127) await pause(1);
	}
}

/** Some faults come before any text. @returns whether the request has been answered. */
export async function failBeforeText(fault: Fault, response: ServerResponse): Promise<boolean> {
	if (fault === "reset") response.destroy();
	else if (fault === "html") response.writeHead(200, { "content-type": "text/html" }).end(PAGE);
	else if (typeof fault === "string") return false;
	else if ("firstByteAfterMs" in fault) {
		await pause(fault.firstByteAfterMs);
		return false;
	} else {
		const body = fault.body ?? '{"error":{"message":"scripted"}}';
		response.writeHead(fault.status, { "content-type": "application/json", ...fault.headers }).end(body);
	}
	return true;
}

const LAST_WORDS: Partial<Record<string, string>> = {
	"no-finish-field": 'data: {"choi',
	malformed: "data: {not json}\n\n",
	"bad-event": 'data: {"choices":"none","content":7}\n\n',
	"error-event": 'data: {"error":{"message":"engine died"}}\n\n',
};

/** Other faults come within the text. @returns whether the stream is over, or hangs for good. */
export async function failWithin(fault: Fault | undefined, response: ServerResponse): Promise<boolean> {
	if (typeof fault !== "string") return false;
	if (fault === "stall") return true;
	if (fault === "cut") {
		await pause(5);
		response.destroy();
		return true;
	}
	const words = LAST_WORDS[fault];
	if (words !== undefined) response.end(words);
	return words !== undefined;
}

export function send(response: ServerResponse, status: number, json: unknown): void {
	response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(json));
}

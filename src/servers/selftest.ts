/** Proves by behaviour that a server continues a partial message instead of answering it. */
import type { PolicyChunk, PolicyEnd, PolicyRequest } from "../method/ports.ts";
import type { PromptContent } from "../promptsets/prompt.ts";
import type { TokenRecord } from "../trace/events.ts";
import { fillTemplate, type Json } from "../trace/template.ts";
import { promptVariables } from "./bodies.ts";
import { HttpError } from "./failures.ts";
import { filledRequest } from "./policy.ts";
import type { ModelServer, PreparedPolicy, Sampling } from "./types.ts";
import { shownUrl } from "./url.ts";

/** As it stands in `selftest.finished`. */
export interface ContinuationTest {
	passed: boolean;
	/** What was compared and found, in a sentence. */
	detail: string;
	requests: { path: string; body: Json }[];
}

/** A whole stream. */
export interface Generated {
	text: string;
	tokens: TokenRecord[];
	end: PolicyEnd;
}

export const SELF_TEST_PROMPT: PromptContent = { text: "How do I bake bread at home? Tell me step by step.", images: [] };

/** The most probable text, so that an interrupted and an uninterrupted one can be compared. */
export const GREEDY: Sampling = { temperature: 0, topP: 1, topK: 1 };

const SELF_TEST_TOKENS = 24;
/** Characters that must agree; fewer where less was generated. */
const AGREEMENT = 8;

/** Reads one request of a prepared policy to its end. @throws ServerError */
export async function generate(prepared: PreparedPolicy, request: PolicyRequest, signal: AbortSignal): Promise<Generated> {
	const stream = prepared.policy.stream(request, signal);
	const chunks: PolicyChunk[] = [];
	let next = await stream.next();
	for (; next.done !== true; next = await stream.next()) chunks.push(next.value);
	return {
		text: chunks.map((chunk) => chunk.text).join(""),
		tokens: chunks.flatMap((chunk) => chunk.tokens ?? []),
		end: next.value,
	};
}

/**
 * Generates a text at temperature 0, cuts it in the middle, and sends the first part as a partial message: the reply must go on
 * as the uninterrupted text did, and not begin anew.
 * @param prompt what is asked; a run gives one of its own prompts.
 * @returns `passed: false` with the reason where the server answers but does not continue.
 * @throws ServerError when the server fails otherwise.
 */
export async function continuationSelfTest(
	server: ModelServer,
	signal: AbortSignal,
	prompt: PromptContent = SELF_TEST_PROMPT,
): Promise<ContinuationTest> {
	const requests: ContinuationTest["requests"] = [];
	try {
		const prepared = await server.prepare(prompt, GREEDY, [], signal);
		const { render } = prepared.requests;
		if (render !== undefined) requests.push({ path: render.path, body: fillTemplate(render.body, promptVariables(prompt)) });
		const ask = (assistant: string): Promise<Generated> => {
			const request = { assistant: [assistant], seed: 1, maxTokens: SELF_TEST_TOKENS };
			requests.push(filledRequest(partsOf(server, prompt, prepared), request));
			return generate(prepared, request, signal);
		};
		return { ...(await compare(ask)), requests };
	} catch (error) {
		const refuses = error instanceof HttpError && ["cannot-continue", "bad-request", "unsupported"].includes(error.kind);
		if (!refuses) throw error;
		return { passed: false, detail: error.message, requests };
	}
}

/** Refuses a server that cannot be steered. @throws HttpError `cannot-continue` */
export function requireContinuation(server: ModelServer, test: ContinuationTest): void {
	if (test.passed) return;
	throw new HttpError("cannot-continue", cannotSteer(server.endpoint.url, test.detail), {
		remedy: "Use vLLM, SGLang or llama.cpp for the model that is steered.",
	});
}

/** Why a server is refused as a policy. */
export function cannotSteer(url: string, detail: string): string {
	return `${shownUrl(url)} cannot be steered, because it does not continue a partial message: ${detail}. It can still be a judge.`;
}

function partsOf(server: ModelServer, prompt: PromptContent, prepared: PreparedPolicy) {
	const rendered = prepared.rendered === undefined ? {} : { rendered: prepared.rendered };
	return { endpoint: server.endpoint, requests: prepared.requests, variables: { ...promptVariables(prompt), ...rendered } };
}

async function compare(ask: (assistant: string) => Promise<Generated>): Promise<{ passed: boolean; detail: string }> {
	const whole = (await ask("")).text;
	const cuts = cutsOf(whole);
	let detail = `its uninterrupted reply “${shortened(whole)}” is too short or too repetitive to cut`;
	for (const cut of cuts) {
		const expected = whole.slice(cut);
		const reply = (await ask(whole.slice(0, cut))).text;
		const seen = `after “…${whole.slice(Math.max(0, cut - 20), cut)}” it wrote “${shortened(reply)}”`;
		if (agree(reply, expected)) return { passed: true, detail: `${seen}, as its uninterrupted text does` };
		detail = `${seen}, where its uninterrupted text has “${shortened(expected)}”${agree(reply, whole) ? ": it began anew" : ""}`;
	}
	return { passed: false, detail };
}

/**
 * Places to cut at, at most three: before white space where there is some, so that the first part ends as a token does, and
 * never where going on would look like beginning anew.
 */
export function cutsOf(text: string): number[] {
	const begins = [...text.matchAll(/\S(?=\s+\S)/gu)].map((match) => match.index + match[0].length);
	const places = begins.length > 0 ? begins : [...text.matchAll(/./gsu)].slice(1).map((match) => match.index);
	const usable = places.filter((place) => text.length - place >= 4 && !agree(text.trimStart(), text.slice(place).trimStart()));
	const wanted = [0.5, 0.7, 0.3].map((share) => nearest(usable, share * text.length));
	return [...new Set(wanted.filter((place) => place !== undefined))];
}

function nearest(places: number[], target: number): number | undefined {
	return places.toSorted((a, b) => Math.abs(a - target) - Math.abs(b - target))[0];
}

function agree(reply: string, expected: string): boolean {
	const length = Math.min(AGREEMENT, expected.length);
	return length > 0 && reply.slice(0, length) === expected.slice(0, length);
}

function shortened(text: string): string {
	return JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text).slice(1, -1);
}

/** Probe rows about what a server takes and gives: prompt, text, images, tokens, the end. */
import { encode } from "fast-png";
import type { LoadedImage } from "../../promptsets/prompt.ts";
import type { TokenRecord } from "../../trace/events.ts";
import { sha256 } from "../../trace/hash.ts";
import { HttpError } from "../failures.ts";
import { cannotSteer, continuationSelfTest, type Generated, GREEDY, generate, SELF_TEST_PROMPT } from "../selftest.ts";
import type { ModelServer, PreparedPolicy, Sampling } from "../types.ts";
import type { ProbeRow } from "./report.ts";

/** The first request of a probe: a few tokens with everything asked for that the server does not refuse. */
export interface FirstReply {
	prepared: PreparedPolicy;
	reply: Generated;
	maxTokens: number;
	/** What the server said to a request for log-probabilities, when it refused the whole request for them. */
	logprobsRefused?: string;
}

const FIRST_TOKENS = 8;

/** The first sign of life. @throws ServerError */
export async function firstReply(server: ModelServer, signal: AbortSignal): Promise<FirstReply> {
	try {
		return await reply(server, { ...GREEDY, topLogprobs: 1 }, signal);
	} catch (error) {
		if (!(error instanceof HttpError) || !["bad-request", "unsupported"].includes(error.kind)) throw error;
		return { ...(await reply(server, GREEDY, signal)), logprobsRefused: error.message };
	}
}

async function reply(server: ModelServer, sampling: Sampling, signal: AbortSignal): Promise<FirstReply> {
	const prepared = await server.prepare(SELF_TEST_PROMPT, sampling, [], signal);
	const generated = await generate(prepared, { assistant: [], seed: 1, maxTokens: FIRST_TOKENS }, signal);
	return { prepared, reply: generated, maxTokens: FIRST_TOKENS };
}

export async function partialMessage(server: ModelServer, signal: AbortSignal): Promise<ProbeRow> {
	const test = await continuationSelfTest(server, signal);
	const detail = test.passed ? test.detail : cannotSteer(server.endpoint.url, test.detail);
	return { name: "partial message", value: test.passed ? "continued" : "not continued", ok: test.passed, detail };
}

export function renderedPrompt({ prepared }: FirstReply): ProbeRow {
	const { rendered } = prepared;
	if (rendered === undefined) {
		return {
			name: "rendered prompt",
			value: "not read back",
			ok: false,
			detail: "the server renders the chat template out of sight, or its text does not tokenise back to the same prompt",
		};
	}
	const thinks = /<think>\s*$/.test(rendered) ? "; the template opens <think> itself" : "";
	return {
		name: "rendered prompt",
		value: "read back",
		ok: true,
		detail: `it ends with ${JSON.stringify(rendered.slice(-30))}${thinks}`,
	};
}

/** A raw text endpoint splits nothing; on a chat endpoint only seen reasoning proves it. A split raises `cannot-continue` earlier. */
export function rawReasoning({ prepared, reply }: FirstReply): ProbeRow {
	const name = "raw reasoning" as const;
	if (prepared.rendered !== undefined)
		return { name, value: "raw", ok: true, detail: "text is continued by a raw text endpoint" };
	if (/<think|<reasoning|<summary/i.test(reply.text))
		return { name, value: "raw", ok: true, detail: "its tags stand in the text" };
	return { name, value: "not seen", ok: "unknown", detail: "the reply held no reasoning tags and no field split off" };
}

/** A picture of two halves, large enough for every known encoder. */
function probeImage(): LoadedImage {
	const size = 64;
	const data = new Uint8Array(size * size * 3).map(
		(_, index) => ((index / 3) % size < size / 2 ? [220, 40, 40] : [40, 40, 220])[index % 3] as number,
	);
	const bytes = encode({ width: size, height: size, data, channels: 3 });
	return { sha256: sha256(bytes), mediaType: "image/png", bytes, width: size, height: size };
}

export async function images(server: ModelServer, first: FirstReply, signal: AbortSignal): Promise<ProbeRow> {
	const prompt = { ...SELF_TEST_PROMPT, images: [probeImage()] };
	const prepared = await server.prepare(prompt, GREEDY, [], signal);
	const { end } = await generate(prepared, { assistant: [], seed: 1, maxTokens: 1 }, signal);
	const without = first.reply.end.promptTokens;
	if (end.promptTokens === undefined || without === undefined) {
		return {
			name: "images",
			value: "taken",
			ok: "unknown",
			detail: "a picture was accepted; prompt tokens are not reported, so it may have been dropped",
		};
	}
	const more = end.promptTokens - without;
	if (more <= 0)
		return { name: "images", value: "dropped", ok: false, detail: "a picture was accepted, but the prompt did not get longer" };
	return { name: "images", value: "taken", ok: true, detail: `a picture made the prompt ${more} tokens longer` };
}

export function logProbabilities({ reply, logprobsRefused }: FirstReply): ProbeRow {
	if (logprobsRefused !== undefined) return { name: "log-probabilities", value: "refused", ok: false, detail: logprobsRefused };
	const known = reply.tokens.filter((token) => token.logprob !== null);
	const detail = `${known.length} of ${reply.tokens.length} generated tokens had one`;
	return {
		name: "log-probabilities",
		value: known.length > 0 ? "given" : "missing",
		ok: known.length > 0 && known.length === reply.tokens.length,
		detail,
	};
}

/** Asks for the log-probabilities of what the model just wrote: words that it knows, and a number to compare with. */
export async function givenText(server: ModelServer, { reply }: FirstReply, signal: AbortSignal): Promise<ProbeRow> {
	const { tokens } = await server.givenLogprobs(SELF_TEST_PROMPT, "", reply.text, signal);
	const sum = sumOf(tokens);
	const generated = sumOf(reply.tokens);
	const compared = Number.isFinite(generated) ? `; as it was generated: ${generated.toFixed(2)}` : "";
	const detail = `${tokens.length} tokens, log-probability ${sum.toFixed(2)}${compared}`;
	return { name: "log-probabilities of given text", value: "given", ok: Number.isFinite(sum) && sum <= 0, detail };
}

/** NaN when one is missing. */
function sumOf(tokens: readonly TokenRecord[]): number {
	return tokens.reduce((total, token) => total + (token.logprob ?? Number.NaN), 0);
}

export function tokenIds({ reply }: FirstReply): ProbeRow {
	const known = reply.tokens.filter((token) => token.id !== undefined).length;
	return {
		name: "token ids",
		value: known > 0 ? "given" : "missing",
		ok: known > 0,
		detail: `${known} of ${reply.tokens.length} generated tokens had one`,
	};
}

/** Stop texts are never sent: steps are cut on this side. What matters is that an end says why it ended. */
export function stop({ reply, maxTokens }: FirstReply): ProbeRow {
	const generated = reply.end.generatedTokens ?? reply.tokens.length;
	const name = "stop" as const;
	if (reply.end.finish === "length")
		return { name, value: "says why", ok: true, detail: `${maxTokens} tokens asked for ended as “length”` };
	const silent = generated >= maxTokens;
	return {
		name,
		value: silent ? "does not say" : "ended early",
		ok: silent ? false : "unknown",
		detail: `${generated} of ${maxTokens} tokens ended as “end”`,
	};
}

const LONG_TEXT = Array.from(
	{ length: 12 },
	(_, day) => `On day ${day + 1} the baker bought flour, salt and yeast, and hid the remote.`,
).join(" ");

export async function cachedTokens(server: ModelServer, signal: AbortSignal): Promise<ProbeRow> {
	const name = "cached tokens" as const;
	const prepared = await server.prepare({ text: LONG_TEXT, images: [] }, GREEDY, [], signal);
	await generate(prepared, { assistant: ["The baker"], seed: 1, maxTokens: 2 }, signal);
	const { end } = await generate(prepared, { assistant: ["The baker, we read, wait,"], seed: 1, maxTokens: 2 }, signal);
	if (end.cachedTokens === undefined)
		return { name, value: "not reported", ok: "unknown", detail: "the reply's usage has no count of cached tokens" };
	const detail = `${end.cachedTokens} of ${end.promptTokens ?? "?"} prompt tokens of a re-sent text came from the cache`;
	return { name, value: `${end.cachedTokens}`, ok: end.cachedTokens > 0, detail };
}

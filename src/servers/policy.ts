/** A policy on any server: fills a template, streams its reply, and says how it ended. Adapters give templates and a decoder. */
import type { AssistantText, Policy, PolicyChunk, PolicyEnd, PolicyRequest, PolicyStream } from "../method/ports.ts";
import type { TokenRecord } from "../trace/events.ts";
import { sha256, TURN_SEPARATOR } from "../trace/hash.ts";
import type { Json, RequestTemplate, TemplateVariables } from "../trace/template.ts";
import { fillTemplate } from "../trace/template.ts";
import { turnKey } from "./bodies.ts";
import type { Decoded, Decoder, Finish } from "./decode.ts";
import { abortedError, cutError, HttpError, type Place, protocolError } from "./failures.ts";
import { type ExchangeLimits, openEventStream } from "./http.ts";
import { jsonEvents } from "./sse.ts";
import type { Endpoint } from "./types.ts";
import { shownUrl } from "./url.ts";

export interface PolicyParts {
	endpoint: Endpoint;
	/** By use, as in `PreparedPolicy.requests`. */
	requests: Record<string, RequestTemplate>;
	/** Of the prompt; those of a request are added. */
	variables: TemplateVariables;
	decode: Decoder;
	limits: ExchangeLimits;
	/** Log-probabilities were asked for: text without them is flagged. */
	wantsLogprobs: boolean;
	/** Tells the server that an unfinished request is no longer wanted, where closing the connection is not enough. */
	abandon?: (rid: string) => Promise<void>;
}

/** Makes a policy. Flags of its ends: `empty-retried`, `empty-completion`, `no-logprobs`, `retried:N`, `replacement-character`, `truncated`, `finish:REASON`. */
export function makePolicy(parts: PolicyParts): Policy {
	return { stream: (request, signal) => streamUntilText(parts, request, signal) };
}

/** The key of the template for an assistant's text: `policy`, `policy.2`, … and `.first` where the open text is empty. */
export function templateKey(requests: Record<string, RequestTemplate>, assistant: AssistantText): string {
	const turn = Math.max(1, assistant.length);
	const key = turnKey("policy", turn);
	const first = `${key}.first`;
	return (assistant.at(-1) ?? "") === "" && requests[first] !== undefined ? first : key;
}

/** Names a request to a server that takes names: 32 hexadecimal digits of SHA-256 over run, seed, length and text. */
export function requestId(endpoint: Pick<Endpoint, "affinity">, request: PolicyRequest): string {
	const parts = [endpoint.affinity?.value ?? "", request.seed, request.maxTokens, request.assistant.join(TURN_SEPARATOR)];
	return sha256(parts.join("\n")).slice(0, 32);
}

/** The variables of one request, to be added to those of its prompt. */
export function requestVariables(endpoint: Pick<Endpoint, "affinity">, request: PolicyRequest): TemplateVariables {
	const closed = request.assistant.slice(0, -1).map((text, index) => [`turn${index + 1}`, text]);
	return {
		...Object.fromEntries(closed),
		assistant: request.assistant.at(-1) ?? "",
		seed: request.seed,
		maxTokens: request.maxTokens,
		rid: requestId(endpoint, request),
	};
}

/**
 * A request's path and body as they are sent.
 * @throws HttpError `bad-request` when the prompt was prepared without this turn.
 */
export function filledRequest(
	parts: Pick<PolicyParts, "endpoint" | "requests" | "variables">,
	request: PolicyRequest,
): { path: string; body: Json } {
	const key = templateKey(parts.requests, request.assistant);
	const template = parts.requests[key];
	if (template === undefined) {
		throw new HttpError("bad-request", `the prompt was prepared without turn ${request.assistant.length} (no request ${key})`, {
			remedy: "Choose the dialect that belongs to this model, and give its further user texts.",
		});
	}
	const variables = { ...parts.variables, ...requestVariables(parts.endpoint, request) };
	return { path: template.path, body: fillTemplate(template.body, variables) };
}

/** An empty completion may be the model's end of turn or a server's fault: it is asked for once more, and flagged. */
async function* streamUntilText(parts: PolicyParts, request: PolicyRequest, signal: AbortSignal): PolicyStream {
	const once = yield* streamOnce(parts, request, signal);
	if (once.hasText || once.end.finish === "length") return once.end;
	const twice = yield* streamOnce(parts, request, signal);
	return withFlags(twice.end, ["empty-retried", ...(twice.hasText ? [] : ["empty-completion"])]);
}

async function* streamOnce(
	parts: PolicyParts,
	request: PolicyRequest,
	signal: AbortSignal,
): AsyncGenerator<PolicyChunk, { end: PolicyEnd; hasText: boolean }, void> {
	const { path, body } = filledRequest(parts, request);
	let finished = false;
	try {
		const stream = await openEventStream(parts.endpoint, path, body, { ...parts.limits, signal });
		const collector = new Collector(parts, stream.place);
		for await (const event of jsonEvents(stream.bytes, stream.place)) {
			const chunk = collector.add(event);
			if (chunk !== undefined) yield chunk;
			if (signal.aborted) throw abortedError(stream.place);
		}
		const end = collector.end();
		finished = true;
		return { end: withFlags(end, stream.requests > 1 ? [`retried:${stream.requests - 1}`] : []), hasText: collector.hasText };
	} finally {
		if (!finished) await parts.abandon?.(requestId(parts.endpoint, request));
	}
}

function withFlags(end: PolicyEnd, flags: string[]): PolicyEnd {
	return flags.length === 0 ? end : { ...end, flags: [...(end.flags ?? []), ...flags] };
}

/** Joins the events of one stream into chunks that split no code point, and remembers how it ended. */
class Collector {
	hasText = false;
	readonly #parts: PolicyParts;
	readonly #place: Place;
	readonly #totals: Pick<Decoded, "promptTokens" | "cachedTokens" | "generatedTokens"> = {};
	readonly #flags = new Set<string>();
	#finish: Finish | undefined;
	#hasLogprobs = false;
	/** Tokens and half a surrogate pair that wait for the text they belong to. */
	#tokens: TokenRecord[] = [];
	#tokenCount = 0;
	#half = "";

	constructor(parts: PolicyParts, place: Place) {
		this.#parts = parts;
		this.#place = place;
	}

	add(event: unknown): PolicyChunk | undefined {
		const decoded = this.#parts.decode(event);
		if (decoded === undefined)
			throw protocolError(this.#place, "the events of its protocol", JSON.stringify(event).slice(0, 120));
		if (decoded.split !== undefined) throw splitError(this.#place);
		this.#note(decoded);
		this.#tokens.push(...decoded.tokens);
		this.#tokenCount += decoded.tokenCount;
		const { whole, half } = splitSurrogate(this.#half + decoded.text);
		this.#half = half;
		return whole === "" ? undefined : this.#chunk(whole);
	}

	#chunk(text: string): PolicyChunk {
		const { promptTokens, cachedTokens } = this.#totals;
		const chunk = {
			text,
			...(this.#tokens.length > 0 ? { tokens: this.#tokens } : {}),
			tokenCount: this.#tokenCount,
			...(promptTokens === undefined ? {} : { promptTokens }),
			...(cachedTokens === undefined ? {} : { cachedTokens }),
		};
		this.hasText = true;
		this.#tokens = [];
		this.#tokenCount = 0;
		return chunk;
	}

	#note(decoded: Decoded): void {
		const { promptTokens, cachedTokens, generatedTokens } = decoded;
		if (promptTokens !== undefined) this.#totals.promptTokens = promptTokens;
		if (cachedTokens !== undefined) this.#totals.cachedTokens = cachedTokens;
		if (generatedTokens !== undefined) this.#totals.generatedTokens = generatedTokens;
		if (decoded.finish !== undefined) this.#finish = decoded.finish;
		for (const flag of decoded.flags ?? []) this.#flags.add(flag);
		if (decoded.text.includes("\ufffd")) this.#flags.add("replacement-character");
		if (decoded.tokens.some((token) => token.logprob !== null)) this.#hasLogprobs = true;
	}

	/** @throws HttpError `cut` when no event said how the stream ended. */
	end(): PolicyEnd {
		if (this.#finish === undefined) throw cutError(this.#place, "no event said why it ended");
		if (this.#finish === "abort") throw cutError(this.#place, "the server gave up the request");
		if (this.#half !== "") throw cutError(this.#place, "it ended within a character");
		if (this.#parts.wantsLogprobs && this.hasText && !this.#hasLogprobs) this.#flags.add("no-logprobs");
		return { finish: this.#finish, ...this.#totals, ...(this.#flags.size > 0 ? { flags: [...this.#flags] } : {}) };
	}
}

function splitSurrogate(text: string): { whole: string; half: string } {
	const last = text.charCodeAt(text.length - 1);
	const isHigh = last >= 0xd800 && last <= 0xdbff;
	return isHigh ? { whole: text.slice(0, -1), half: text.slice(-1) } : { whole: text, half: "" };
}

function splitError(place: Place): HttpError {
	return new HttpError(
		"cannot-continue",
		`${shownUrl(place.url)} splits the reasoning off the text, so the raw text that has to be continued is lost`,
		{ remedy: "Start the server without a reasoning parser (vLLM: no --reasoning-parser), or switch the splitting off." },
	);
}

/** The only place that speaks HTTP with model servers: bodies to the byte, bounded retries, timeouts, server-sent events. */
import OpenAI from "openai";
import type { Json, RequestTemplate, TemplateVariables } from "../trace/template.ts";
import { fillTemplate } from "../trace/template.ts";
import {
	abortedError,
	connectionError,
	describeBody,
	HttpError,
	type Place,
	protocolError,
	StatusFailure,
	statusError,
} from "./failures.ts";
import type { Endpoint } from "./types.ts";
import { serverUrl, shownUrl } from "./url.ts";
import { Watchdog } from "./watchdog.ts";

/** Milliseconds and counts; the defaults suit slow servers. */
export interface ExchangeLimits {
	/** Longest wait for the first byte of a reply's body; 120 s when absent. */
	firstByteMs?: number;
	/** Longest silence within a stream; 60 s when absent. */
	idleMs?: number;
	/** Retries after the first try, of failures before the first byte; 3 when absent. */
	retries?: number;
	/** First wait before a retry, doubled each time; 500 ms when absent. `Retry-After` overrules it. */
	backoffMs?: number;
}

export type ExchangeOptions = ExchangeLimits & { signal: AbortSignal };

export const DEFAULT_LIMITS: Required<ExchangeLimits> = { firstByteMs: 120_000, idleMs: 60_000, retries: 3, backoffMs: 500 };

/** Longest `Retry-After` that is waited for, in milliseconds; a longer one fails at once. */
const LONGEST_RETRY_AFTER_MS = 60_000;
/** The SDK's own timer is out of the way: the watchdog is the only clock. */
const NO_SDK_TIMEOUT_MS = 2_000_000_000;

const clients = new WeakMap<Endpoint, OpenAI>();

/** Takes nothing from the SDK's environment variables: a key belongs to the origin it was given for. */
function clientFor(endpoint: Endpoint): OpenAI {
	const known = clients.get(endpoint);
	if (known !== undefined) return known;
	const client = new OpenAI({
		apiKey: endpoint.key ?? "none",
		adminAPIKey: null,
		organization: null,
		project: null,
		webhookSecret: null,
		baseURL: serverUrl(endpoint, "/v1"),
		maxRetries: 0,
		timeout: NO_SDK_TIMEOUT_MS,
		logLevel: "off",
		fetch: fetchFor(endpoint),
		fetchOptions: { redirect: "manual" },
		defaultHeaders: {
			authorization: endpoint.key === undefined ? null : `Bearer ${endpoint.key}`,
			...(endpoint.affinity === undefined ? {} : { [endpoint.affinity.header]: endpoint.affinity.value }),
		},
	});
	clients.set(endpoint, client);
	return client;
}

const SENT_HEADERS = ["accept", "authorization", "content-type", "user-agent"];

/**
 * Sends our own headers only, because the SDK adds those of `OPENAI_CUSTOM_HEADERS`; and keeps the whole body of an error reply,
 * of which the SDK keeps the field `error` only.
 */
function fetchFor(endpoint: Endpoint): typeof fetch {
	const names = [...SENT_HEADERS, ...(endpoint.affinity === undefined ? [] : [endpoint.affinity.header])];
	return async (input, init) => {
		const given = new Headers(init?.headers);
		const headers = names.flatMap((name): [string, string][] => {
			const value = given.get(name);
			return value === null ? [] : [[name, value]];
		});
		const response = await fetch(input, { ...init, headers });
		if (response.ok) return response;
		throw new StatusFailure(response, await response.text());
	};
}

/** One request: its method, its path below the server's root, its JSON body. */
interface Exchange {
	method: "get" | "post";
	path: string;
	body?: Json;
}

/** Sends once and waits for the headers. @throws HttpError */
async function send(endpoint: Endpoint, exchange: Exchange, watchdog: Watchdog): Promise<Response> {
	const place = placeOf(endpoint, exchange.path);
	try {
		return await clientFor(endpoint)
			.request({ method: exchange.method, path: place.url, body: exchange.body, signal: watchdog.signal })
			.asResponse();
	} catch (error) {
		throw failureOf(error, place, watchdog);
	}
}

/** Where a request goes, for its errors. */
export function placeOf(endpoint: Endpoint, path: string): Place {
	return { url: serverUrl(endpoint, path), key: endpoint.key };
}

function failureOf(error: unknown, place: Place, watchdog: Watchdog): HttpError {
	if (error instanceof HttpError) return error;
	if (watchdog.failure !== undefined) return watchdog.failure;
	if (watchdog.signal.aborted) return abortedError(place);
	const cause = error instanceof OpenAI.APIConnectionError ? error.cause : error;
	return cause instanceof StatusFailure ? statusError(cause, place) : connectionError(cause, place);
}

/** Tries until success, a failure that stays, or the end of patience. @throws HttpError naming the number of tries. */
async function withRetries<T>(
	options: ExchangeOptions,
	place: Place,
	attempt: () => Promise<T>,
): Promise<{ value: T; requests: number }> {
	const { retries, backoffMs } = { ...DEFAULT_LIMITS, ...options };
	for (let requests = 1; ; requests++) {
		try {
			return { value: await attempt(), requests };
		} catch (error) {
			if (!(error instanceof HttpError)) throw error;
			const wait = error.retryAfterMs ?? backoffMs * 2 ** (requests - 1);
			if (!error.retryable || requests > retries || wait > LONGEST_RETRY_AFTER_MS) throw error.after(requests);
			await sleep(wait, options.signal, place);
		}
	}
}

function sleep(ms: number, signal: AbortSignal, place: Place): Promise<void> {
	return new Promise((resolve, reject) => {
		if (signal.aborted) return reject(abortedError(place));
		const onAbort = () => {
			clearTimeout(timer);
			reject(abortedError(place));
		};
		const timer = setTimeout(() => {
			signal.removeEventListener("abort", onAbort);
			resolve();
		}, ms);
		signal.addEventListener("abort", onAbort, { once: true });
	});
}

export interface JsonOptions {
	signal: AbortSignal;
	/** Milliseconds for one try, from sending to the last byte; 120 s when absent. */
	timeoutMs?: number;
	/** Retries after the first try; 3 when absent. */
	retries?: number;
	/** First wait before a retry, in milliseconds, doubled each time; 500 when absent. */
	backoffMs?: number;
}

export interface JsonReply {
	json: unknown;
	/** HTTP requests spent, retries included. */
	requests: number;
}

/**
 * Fills a template, posts it and reads a JSON reply. The body sent is `JSON.stringify(fillTemplate(template.body, variables))`.
 * Retries 429 (waiting as `Retry-After` says), 5xx and connections closed without an answer.
 * @throws HttpError, a ServerError with `requests`.
 */
export function postJson(
	endpoint: Endpoint,
	template: RequestTemplate,
	variables: TemplateVariables,
	options: JsonOptions,
): Promise<JsonReply> {
	return exchangeJson(endpoint, { method: "post", path: template.path, body: fillTemplate(template.body, variables) }, options);
}

/** Gets a JSON document; rules and errors as for `postJson`. */
export function getJson(endpoint: Endpoint, path: string, options: JsonOptions): Promise<JsonReply> {
	return exchangeJson(endpoint, { method: "get", path }, options);
}

/** Gets a text document, for example `/metrics`; rules and errors as for `postJson`. */
export async function getText(endpoint: Endpoint, path: string, options: JsonOptions): Promise<string> {
	return (await exchangeText(endpoint, { method: "get", path }, options)).text;
}

async function exchangeJson(endpoint: Endpoint, exchange: Exchange, options: JsonOptions): Promise<JsonReply> {
	const { text, contentType, requests } = await exchangeText(endpoint, exchange, options);
	try {
		return { json: JSON.parse(text), requests };
	} catch {
		throw protocolError(placeOf(endpoint, exchange.path), "JSON", describeBody(text, contentType));
	}
}

async function exchangeText(
	endpoint: Endpoint,
	exchange: Exchange,
	options: JsonOptions,
): Promise<{ text: string; contentType: string; requests: number }> {
	const place = placeOf(endpoint, exchange.path);
	const { value, requests } = await withRetries(options, place, async () => {
		const watchdog = new Watchdog(options.signal, place);
		watchdog.expect("timeout", options.timeoutMs ?? DEFAULT_LIMITS.firstByteMs);
		try {
			const response = await send(endpoint, exchange, watchdog);
			return { text: await response.text(), contentType: response.headers.get("content-type") ?? "" };
		} catch (error) {
			throw failureOf(error, place, watchdog);
		} finally {
			watchdog.close();
		}
	});
	return { ...value, requests };
}

/** An open event stream whose first bytes have arrived. */
export interface OpenStream {
	/** Pieces of the body, the first included. @throws HttpError `stalled`, `cut`, `aborted` */
	bytes: AsyncGenerator<Uint8Array, void, void>;
	place: Place;
	requests: number;
}

/**
 * Posts a body and opens its event stream. Failures before the first byte are retried; later ones are not, because text
 * may have been used. Ending `bytes` early closes the connection.
 * @throws HttpError
 */
export async function openEventStream(
	endpoint: Endpoint,
	path: string,
	body: Json,
	options: ExchangeOptions,
): Promise<OpenStream> {
	const place = placeOf(endpoint, path);
	const limits = { ...DEFAULT_LIMITS, ...options };
	const { value, requests } = await withRetries(options, place, async () => {
		const watchdog = new Watchdog(options.signal, place);
		watchdog.expect("timeout", limits.firstByteMs);
		try {
			const response = await send(endpoint, { method: "post", path, body }, watchdog);
			const reader = await eventReader(response, place);
			const first = await reader.read();
			return bodyBytes(reader, first, watchdog, place, limits.idleMs);
		} catch (error) {
			const failure = failureOf(error, place, watchdog);
			watchdog.close();
			throw failure;
		}
	});
	return { bytes: value, place, requests };
}

type Reader = ReadableStreamDefaultReader<Uint8Array>;
type ReadResult = Awaited<ReturnType<Reader["read"]>>;

async function eventReader(response: Response, place: Place): Promise<Reader> {
	const contentType = response.headers.get("content-type") ?? "no content type";
	if (/text\/event-stream/i.test(contentType) && response.body !== null) return response.body.getReader() as Reader;
	throw protocolError(place, "an event stream", describeBody(await response.text(), contentType));
}

async function* bodyBytes(
	reader: Reader,
	first: ReadResult,
	watchdog: Watchdog,
	place: Place,
	idleMs: number,
): AsyncGenerator<Uint8Array, void, void> {
	try {
		for (let piece = first; !piece.done; piece = await reader.read()) {
			watchdog.rest();
			yield piece.value;
			watchdog.expect("stalled", idleMs);
		}
	} catch (error) {
		const failure = failureOf(error, place, watchdog);
		throw failure.kind === "unreachable"
			? new HttpError("cut", `${shownUrl(place.url)} closed the connection in mid-stream`, { cause: error })
			: failure;
	} finally {
		watchdog.close();
	}
}

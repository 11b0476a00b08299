/** Turns what goes wrong between this client and a model server into ServerErrors. Keys are taken out of every message. */
import { ServerError } from "../trace/errors.ts";
import { shownUrl } from "./url.ts";

/** What every failure names: where, and the secret that must not appear. */
export interface Place {
	url: string;
	key?: string | undefined;
}

/** A failed exchange, with what a retry needs to know. */
export class HttpError extends ServerError {
	/** Whether the same request may succeed when sent again. */
	readonly retryable: boolean;
	/** Milliseconds the server asked to wait, from `Retry-After`. */
	readonly retryAfterMs: number | undefined;
	/** HTTP status, where there was a reply. */
	readonly status: number | undefined;
	/** HTTP requests spent, retries included. */
	readonly requests: number;
	constructor(
		kind: string,
		message: string,
		options: {
			remedy?: string;
			cause?: unknown;
			retryable?: boolean;
			retryAfterMs?: number;
			status?: number;
			requests?: number;
		} = {},
	) {
		super(kind, message, options);
		this.retryable = options.retryable ?? false;
		this.retryAfterMs = options.retryAfterMs;
		this.status = options.status;
		this.requests = options.requests ?? 1;
	}

	/** The same failure after `requests` tries. */
	after(requests: number): HttpError {
		return new HttpError(this.kind, requests > 1 ? `${this.message} (${requests} tries)` : this.message, {
			...(this.remedy === undefined ? {} : { remedy: this.remedy }),
			...(this.cause === undefined ? {} : { cause: this.cause }),
			...(this.status === undefined ? {} : { status: this.status }),
			requests,
		});
	}
}

/** A reply that is not 2xx, as the HTTP client's fetch raises it. The body is no part of the message, which others search. */
export class StatusFailure extends Error {
	readonly status: number;
	readonly retryAfter: string | null;
	readonly contentType: string;
	readonly body: string;
	constructor(response: Response, body: string) {
		super(`status ${response.status}`);
		this.status = response.status;
		this.retryAfter = response.headers.get("retry-after");
		this.contentType = response.headers.get("content-type") ?? "";
		this.body = body;
	}
}

const OVERFLOW =
	/exceed_context_size|context_length_exceeded|maximum context length|max_model_len|(context|input|prompt)[^.]{0,60}(too long|too large|exceed)|(exceed|longer than|too long)[^.]{0,60}(context|maximum model length|max(imum)? length)/i;

/** Some servers answer 500 to what they cannot do: sending it again is no use. */
const UNSUPPORTED = /\b(not supported|unsupported|does not support|not implemented)\b/i;

/** Servers answer 400 or 500 to a picture that their model cannot see, each in its own words. */
const NO_IMAGES =
	/\b(image|vision|multi-?modal)\b[^.]{0,40}\b(not supported|unsupported|not implemented)|\bnot support\b[^.]{0,30}\b(images?|vision|multi-?modal)\b|not a multi-?modal model|\bat most 0 image|required for image input/i;

/** Whether a server's message says that prompt and output do not fit the context window. */
export function saysContextOverflow(message: string): boolean {
	return OVERFLOW.test(message);
}

/** The error of a reply with a status that is not 2xx. */
export function statusError(failure: StatusFailure, place: Place): HttpError {
	const { status } = failure;
	const where = shownUrl(place.url);
	const said = describeBody(withoutKey(failure.body, place.key), failure.contentType);
	const text = `${where} answered ${status}: ${said}`;
	if (status >= 300 && status < 400) {
		return new HttpError("protocol", `${where} redirects elsewhere (${status})`, {
			status,
			remedy: "Give the address it redirects to.",
		});
	}
	if (status === 401 || status === 403) {
		return new HttpError("unauthorised", text, {
			status,
			remedy: "Give this server's key, and check that it may use this model.",
		});
	}
	if (status === 429) return rateLimited(text, failure.retryAfter);
	if (saysContextOverflow(said)) {
		return new HttpError("context-overflow", text, {
			status,
			remedy: "Shorten the prompt, ask for fewer tokens, or start the server with a longer context.",
		});
	}
	if (NO_IMAGES.test(said)) {
		return new HttpError("unsupported", `${where} takes no images (${status}: ${said})`, {
			status,
			remedy:
				"Serve a model that sees images (llama-server: with --mmproj), or leave out the prompts with images: --only names others.",
		});
	}
	if (UNSUPPORTED.test(said)) {
		return new HttpError("unsupported", text, { status, remedy: "Use a server or model that has this feature." });
	}
	if (status >= 500 && status !== 501) {
		return new HttpError("server-error", text, {
			status,
			retryable: true,
			...retryAfter(failure.retryAfter),
			remedy: "Look at the server's log.",
		});
	}
	if (isHtml(failure.body, failure.contentType)) {
		return new HttpError("protocol", text, { status, remedy: "This is a web page, not a model server: check address and port." });
	}
	return new HttpError("bad-request", text, {
		status,
		remedy: "Check the model's name and whether this server has this endpoint.",
	});
}

function rateLimited(text: string, header: string | null): HttpError {
	return new HttpError("rate-limited", text, {
		status: 429,
		retryable: true,
		...retryAfter(header),
		remedy: "Lower the number of requests in flight, or wait.",
	});
}

function retryAfter(header: string | null): { retryAfterMs?: number } {
	if (header === null) return {};
	const seconds = Number(header);
	const ms = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(header) - Date.now();
	return Number.isFinite(ms) ? { retryAfterMs: Math.max(0, ms) } : {};
}

/** The error of a request that got no reply. @param cause what fetch threw. */
export function connectionError(cause: unknown, place: Place): HttpError {
	const code = systemCode(cause);
	const where = shownUrl(place.url);
	const remedy = "Check that the server runs and that address and port are right.";
	if (code === "ECONNREFUSED")
		return new HttpError("unreachable", `${where} refused the connection`, { retryable: true, remedy });
	if (code === "ENOTFOUND" || code === "EAI_AGAIN")
		return new HttpError("unreachable", `${where}: the host's name is not known`, { remedy });
	if (code === "ECONNRESET" || code === "UND_ERR_SOCKET" || code === "EPIPE") {
		return new HttpError("unreachable", `${where} closed the connection without an answer`, { retryable: true, remedy });
	}
	return new HttpError("unreachable", `${where} could not be reached${code === undefined ? "" : ` (${code})`}`, { remedy });
}

/** The error of a reply that is not what the protocol says. @param got what came instead, in words. */
export function protocolError(place: Place, expected: string, got: string): HttpError {
	return new HttpError(
		"protocol",
		`${shownUrl(place.url)} should answer with ${expected}, but sent ${withoutKey(got, place.key)}`,
		{
			remedy: "Check that the address is that of a model server, and that its kind is the one chosen.",
		},
	);
}

/** The error of a stream that ended before its end was said. @param detail what was missing. */
export function cutError(place: Place, detail: string): HttpError {
	return new HttpError("cut", `the stream from ${shownUrl(place.url)} ended early: ${detail}`, {
		remedy: "Continue the run: it goes on from the last decided step. Look at the server's log.",
	});
}

/** The error of a request that its caller called off. */
export function abortedError(place: Place): HttpError {
	return new HttpError("aborted", `the request to ${shownUrl(place.url)} was called off`);
}

/** An error a server reports within a stream. */
export function reportedError(message: string, place: Place): HttpError {
	const said = shortened(withoutKey(message, place.key));
	const kind = saysContextOverflow(said) ? "context-overflow" : "server-error";
	return new HttpError(kind, `${shownUrl(place.url)} reported an error in its stream: ${said}`, {
		remedy: "Look at the server's log.",
	});
}

/** A body in words: its error message, or what kind of page it is, at most 300 characters. */
export function describeBody(body: string, contentType: string): string {
	if (isHtml(body, contentType)) return `an HTML page${htmlTitle(body)}`;
	return shortened(errorMessage(body) ?? (body.trim() === "" ? "(an empty body)" : body.trim()));
}

function isHtml(body: string, contentType: string): boolean {
	return /text\/html/i.test(contentType) || /^\s*<(!doctype html|html)/i.test(body);
}

function htmlTitle(body: string): string {
	const title = /<title[^>]*>([^<]{1,80})/i.exec(body)?.[1]?.trim();
	return title === undefined ? "" : ` titled “${title}”`;
}

function errorMessage(body: string): string | undefined {
	let json: unknown;
	try {
		json = JSON.parse(body);
	} catch {
		return undefined;
	}
	return messageIn(json);
}

/** The message in an error object, whichever of the usual shapes it has. */
export function messageIn(json: unknown): string | undefined {
	if (typeof json === "string") return json;
	if (json === null || typeof json !== "object") return undefined;
	const fields = json as Record<string, unknown>;
	for (const name of ["error", "message", "detail", "msg"]) {
		const found = Array.isArray(fields[name]) ? messageIn(fields[name][0]) : messageIn(fields[name]);
		if (found !== undefined) return typeof fields["type"] === "string" ? `${found} (${fields["type"]})` : found;
	}
	return undefined;
}

function systemCode(cause: unknown): string | undefined {
	for (let error = cause; error instanceof Error; error = error.cause) {
		const code = (error as { code?: unknown }).code;
		if (typeof code === "string") return code;
	}
	return undefined;
}

function shortened(text: string): string {
	return text.length > 300 ? `${text.slice(0, 299)}…` : text;
}

function withoutKey(text: string, key: string | undefined): string {
	return key === undefined || key === "" ? text : text.replaceAll(key, "[key]");
}

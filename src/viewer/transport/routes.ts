/** What is served at which path: the document, the page's files, calls, notices. */
import { randomBytes } from "node:crypto";
import { createReadStream } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { pipeline } from "node:stream/promises";
import { pageHtml, pagePolicy } from "../../contract/page-html.ts";
import { type Reply, request as requestSchema } from "../../contract/wire.ts";
import { checkSecret, checkSource, Refusal } from "./guard.ts";
import { readJson } from "./json-body.ts";
import type { NoticeStreams } from "./notice-streams.ts";
import type { PageFile } from "./page-files.ts";

/** An open run as a transport sees it. */
export interface PageSession {
	/** undefined: the message was no request. */
	handle(message: unknown, signal: AbortSignal): Promise<Reply | undefined>;
	close(): void | Promise<void>;
}

const TOKEN_HEADER = "x-safethink-token";
/** Of a call: more than the longest text that may be sent, escaped. */
const MOST_BODY_BYTES = 1_000_000;
const TICKET_MS = 60_000;

const HEADERS = {
	"cache-control": "no-store",
	"cross-origin-opener-policy": "same-origin",
	"cross-origin-resource-policy": "same-origin",
	"referrer-policy": "no-referrer",
	"x-content-type-options": "nosniff",
	"x-frame-options": "DENY",
};

interface Served {
	title: string;
	session: PageSession;
	streams: NoticeStreams;
	/** The page's, by name. */
	files: ReadonlyMap<string, PageFile>;
}

export class Routes {
	/** Opens the document and makes calls. */
	readonly token = secret();
	/** Stands in the addresses of the page's files, so that the token does not. */
	readonly #filesKey = secret();
	readonly #tickets = new Set<string>();
	readonly #served: Served;

	constructor(served: Served) {
		this.#served = served;
	}

	newTicket(): string {
		const ticket = secret();
		this.#tickets.add(ticket);
		setTimeout(() => this.#tickets.delete(ticket), TICKET_MS).unref();
		return ticket;
	}

	async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
		for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value);
		try {
			checkSource(request);
			await this.#route(request, response);
		} catch (error) {
			if (response.headersSent) response.destroy();
			else refuse(response, error);
		}
	}

	async #route(request: IncomingMessage, response: ServerResponse): Promise<void> {
		const { pathname, searchParams } = new URL(request.url ?? "/", "http://page");
		switch (pathname) {
			case "/":
				checkMethod(request, response, "GET");
				return this.#document(searchParams, response);
			case "/call":
				checkSecret(header(request, TOKEN_HEADER), this.token);
				checkMethod(request, response, "POST");
				return this.#call(request, response);
			case "/notices":
				checkSecret(header(request, TOKEN_HEADER), this.token);
				checkMethod(request, response, "GET");
				return this.#notices(response);
			default:
				checkMethod(request, response, "GET");
				return this.#file(pathname, response);
		}
	}

	#document(parameters: URLSearchParams, response: ServerResponse): void {
		const ticket = parameters.get("ticket");
		if (ticket !== null && this.#tickets.delete(ticket)) {
			response.writeHead(303, { location: `/?token=${this.token}` }).end();
			return;
		}
		checkSecret(parameters.get("token"), this.token);
		const host = { nonce: secret(), assets: "'self'", connect: "'self'" } as const;
		const folder = `/${this.#filesKey}`;
		response.writeHead(200, {
			"content-type": "text/html; charset=utf-8",
			"content-security-policy": `${pagePolicy(host)}; frame-ancestors 'none'`,
		});
		response.end(pageHtml({ ...host, title: this.#served.title, script: `${folder}/page.js`, style: `${folder}/page.css` }));
	}

	async #file(pathname: string, response: ServerResponse): Promise<void> {
		const [, key, name = "", ...rest] = pathname.split("/");
		checkSecret(key, this.#filesKey);
		const file = rest.length === 0 ? this.#served.files.get(name) : undefined;
		if (file === undefined) throw new Refusal(404, "there is no such file");
		response.writeHead(200, { "content-type": file.mediaType });
		await pipeline(createReadStream(file.path), response);
	}

	async #call(request: IncomingMessage, response: ServerResponse): Promise<void> {
		const message = await readJson(request, MOST_BODY_BYTES);
		const gone = new AbortController();
		response.once("close", () => gone.abort());
		const reply = ownReply(message) ?? (await this.#served.session.handle(message, gone.signal));
		if (reply === undefined) throw new Refusal(400, "the body is no request");
		response.writeHead(200, { "content-type": "application/json; charset=utf-8" }).end(JSON.stringify(reply));
	}

	#notices(response: ServerResponse): void {
		const { streams } = this.#served;
		streams.add(response, () => this.#watch(streams.size > 0));
		this.#watch(true);
	}

	/** The run is followed while some page listens. */
	#watch(visible: boolean): void {
		const message = { call: 0, method: "run.watch", params: { visible } };
		void this.#served.session.handle(message, new AbortController().signal);
	}
}

/** One hidden page must not stop what another one shows: whether the run is followed is for the server to say, from who listens. */
function ownReply(message: unknown): Reply | undefined {
	const parsed = requestSchema.safeParse(message);
	return parsed.success && parsed.data.method === "run.watch" ? { reply: parsed.data.call, result: {} } : undefined;
}

function checkMethod(request: IncomingMessage, response: ServerResponse, method: string): void {
	if (request.method === method) return;
	response.setHeader("allow", method);
	throw new Refusal(405, `only ${method} is answered here`);
}

function refuse(response: ServerResponse, error: unknown): void {
	const { status, message } = error instanceof Refusal ? error : { status: 500, message: "the viewer failed" };
	response.writeHead(status, { "content-type": "text/plain; charset=utf-8", connection: "close" }).end(`${message}\n`);
}

function header(request: IncomingMessage, name: string): string | undefined {
	const value = request.headers[name];
	return Array.isArray(value) ? undefined : value;
}

function secret(): string {
	return randomBytes(24).toString("hex");
}

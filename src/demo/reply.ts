import type { ServerResponse } from "node:http";
import { RequestError } from "./errors.ts";

/** One answer under way: JSON, text, or server-sent events. Its signal fires when the client goes away. */
export class Reply {
	readonly signal: AbortSignal;
	private readonly response: ServerResponse;

	constructor(response: ServerResponse) {
		this.response = response;
		const gone = new AbortController();
		this.signal = gone.signal;
		response.on("close", () => {
			if (!response.writableEnded) gone.abort(new Error("The client went away."));
		});
	}

	/** Sends a whole JSON answer. */
	json(body: unknown, status = 200): void {
		if (this.signal.aborted) return;
		this.response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
	}

	/** Sends a whole text answer. */
	text(body: string): void {
		this.response.writeHead(200, { "content-type": "text/plain; charset=utf-8" }).end(body);
	}

	/** Sends one event of a stream. */
	event(body: unknown): void {
		if (this.signal.aborted) return;
		if (!this.response.headersSent) {
			this.response.writeHead(200, { "content-type": "text/event-stream; charset=utf-8", "cache-control": "no-cache" });
		}
		this.response.write(`data: ${JSON.stringify(body)}\n\n`);
	}

	/** Ends a stream. */
	endEvents(): void {
		this.response.end("data: [DONE]\n\n");
	}

	/** Answers an error; within a stream, as its last event. */
	fail(error: unknown): void {
		if (this.signal.aborted) return;
		const known =
			error instanceof RequestError
				? error
				: new RequestError(error instanceof Error ? error.message : String(error), { status: 500, type: "InternalServerError" });
		if (!this.response.headersSent) {
			this.json(known.body(), known.status);
			return;
		}
		this.event(known.body());
		this.endEvents();
	}
}

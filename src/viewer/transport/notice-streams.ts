/** Notices to the pages that are open, as server-sent events. */
import type { ServerResponse } from "node:http";
import type { Notice } from "../../contract/wire.ts";

/** Milliseconds between signs of life, which keep relays (a forwarded port) from closing a quiet stream. */
const PULSE_MS = 20_000;

/** Streams at a time: browsers open six connections to a server, for all their tabs together, and calls need some of them. */
const MOST_STREAMS = 4;

/** The streams of all pages. A page that does not read gets the newest `changed` only, however many there were. */
export class NoticeStreams {
	readonly #streams = new Set<NoticeStream>();
	readonly #pulse = setInterval(() => this.#each((stream) => stream.pulse()), PULSE_MS).unref();
	#newest: Notice | undefined;

	get size(): number {
		return this.#streams.size;
	}

	/** Sends notices to a page until it goes away, or newer pages need its connection. It is told of the last change at once: it may have missed it while it was away. */
	add(response: ServerResponse, onGone: () => void): void {
		const stream = new NoticeStream(response);
		this.#streams.add(stream);
		this.#makeRoom();
		response.once("close", () => {
			this.#streams.delete(stream);
			onGone();
		});
		if (this.#newest !== undefined) stream.send(this.#newest);
	}

	send(notice: Notice): void {
		if (notice.notice === "changed") this.#newest = notice;
		this.#each((stream) => stream.send(notice));
	}

	close(): void {
		clearInterval(this.#pulse);
		this.#each((stream) => stream.end());
	}

	/** Whoever is turned away comes again, and takes the place of another: so all hear of changes, and none keeps calls waiting. */
	#makeRoom(): void {
		const [oldest] = this.#streams;
		if (oldest === undefined || this.#streams.size <= MOST_STREAMS) return;
		this.#streams.delete(oldest);
		oldest.end();
	}

	#each(tell: (stream: NoticeStream) => void): void {
		for (const stream of this.#streams) tell(stream);
	}
}

class NoticeStream {
	readonly #response: ServerResponse;
	#held: Notice | undefined;

	constructor(response: ServerResponse) {
		this.#response = response;
		response.writeHead(200, { "content-type": "text/event-stream; charset=utf-8" });
		response.flushHeaders();
		response.on("drain", () => this.#release());
	}

	send(notice: Notice): void {
		if (notice.notice === "changed" && this.#response.writableNeedDrain) this.#held = notice;
		else this.#response.write(`data: ${JSON.stringify(notice)}\n\n`);
	}

	pulse(): void {
		if (!this.#response.writableNeedDrain) this.#response.write(": alive\n\n");
	}

	end(): void {
		this.#response.end();
	}

	#release(): void {
		const notice = this.#held;
		this.#held = undefined;
		if (notice !== undefined) this.send(notice);
	}
}

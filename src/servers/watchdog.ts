/** One clock for one exchange: aborts it when the caller says so, or when the server is silent for too long. */
import { HttpError, type Place } from "./failures.ts";
import { shownUrl } from "./url.ts";

export class Watchdog {
	/** Aborted by the caller's signal, by silence, or by `close`. */
	readonly signal: AbortSignal;
	/** Set when the server was silent for too long. */
	failure: HttpError | undefined;
	readonly #place: Place;
	readonly #controller = new AbortController();
	#timer: NodeJS.Timeout | undefined;

	constructor(outer: AbortSignal, place: Place) {
		this.#place = place;
		this.signal = AbortSignal.any([outer, this.#controller.signal]);
	}

	/** From now on, silence of `ms` milliseconds ends the exchange with that kind of error. */
	expect(kind: "timeout" | "stalled", ms: number): void {
		this.rest();
		this.#timer = setTimeout(() => {
			this.failure = silence(kind, ms, this.#place);
			this.#controller.abort();
		}, ms);
	}

	/** Stops the clock: nothing is expected, for example while the reader is busy. */
	rest(): void {
		clearTimeout(this.#timer);
	}

	/** Stops the clock and closes the connection. */
	close(): void {
		this.rest();
		this.#controller.abort();
	}
}

function silence(kind: "timeout" | "stalled", ms: number, place: Place): HttpError {
	const where = shownUrl(place.url);
	const text =
		kind === "timeout" ? `${where} did not answer within ${ms} ms` : `the stream from ${where} stalled: no byte for ${ms} ms`;
	return new HttpError(kind, text, {
		remedy: "Look at the server's load and log; a server that loads its model or reads a long prompt may need a longer timeout.",
	});
}

/** Server-sent events (WHATWG HTML, "Server-sent events") that carry one JSON document each, as model servers stream. */
import { TextDecoder } from "node:util";
import { createParser } from "eventsource-parser";
import { cutError, messageIn, type Place, protocolError, reportedError } from "./failures.ts";

/**
 * Reads a body's bytes as JSON events. A code point split between pieces is put together.
 * @returns whether the stream was closed by `[DONE]`.
 * @throws HttpError `protocol` for what is no event stream of JSON in UTF-8, `cut` for half an event at the end,
 *   `server-error` or `context-overflow` for an error event; and what `bytes` throws.
 */
export async function* jsonEvents(bytes: AsyncIterable<Uint8Array>, place: Place): AsyncGenerator<unknown, boolean, void> {
	const decoder = new TextDecoder("utf-8", { fatal: true });
	const queue: string[] = [];
	let malformed: string | undefined;
	const parser = createParser({
		onEvent: (event) => queue.push(event.data),
		onError: (error) => {
			malformed ??= error.line ?? error.message;
		},
	});
	for await (const piece of bytes) {
		parser.feed(decoded(decoder, piece, place));
		if (malformed !== undefined) throw protocolError(place, "server-sent events", `the line “${malformed.slice(0, 80)}”`);
		for (const data of queue.splice(0)) {
			if (data.trim() === "[DONE]") return true;
			yield parsed(data, place);
		}
	}
	parser.feed("\n\n");
	for (const data of queue) {
		if (data.trim() === "[DONE]") return true;
		yield lastEvent(data, place);
	}
	return false;
}

function decoded(decoder: TextDecoder, piece: Uint8Array, place: Place): string {
	try {
		return decoder.decode(piece, { stream: true });
	} catch {
		throw protocolError(place, "UTF-8", "bytes that are not UTF-8");
	}
}

function parsed(data: string, place: Place): unknown {
	let json: unknown;
	try {
		json = JSON.parse(data);
	} catch {
		throw protocolError(place, "events of JSON", `the event “${data.slice(0, 80)}”`);
	}
	const error = (json as { error?: unknown } | null)?.error;
	if (error !== undefined && error !== null) throw reportedError(messageIn(error) ?? JSON.stringify(error), place);
	return json;
}

function lastEvent(data: string, place: Place): unknown {
	try {
		return JSON.parse(data);
	} catch {
		throw cutError(place, "its last event is incomplete");
	}
}

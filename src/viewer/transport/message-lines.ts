/** Messages as lines of JSON over a pair of streams: one message a line, requests in, replies and notices out. */
import type { Readable, Writable } from "node:stream";

/** A reply that was too large to be sent; told to the one who asked. */
function notSent(reply: unknown): unknown {
	const error = {
		kind: "too-large",
		message: "the reply is too large to be sent",
		remedy: "look at the run with `safethink show`",
	};
	return { reply: (reply as { reply?: unknown }).reply, error };
}

/**
 * Answers requests until the input closes; requests are answered as their answers come, not in turn. A line that is no request is
 * passed over and logged, without its content, which may hold a key.
 * @param answer its result is sent; undefined: the message was no request.
 * @param log for standard error.
 */
export async function answerLines(
	input: Readable,
	send: (message: unknown) => void,
	answer: (message: unknown) => Promise<unknown>,
	log: (line: string) => void,
): Promise<void> {
	for await (const line of lines(input)) {
		if (line.trim() !== "") void answerLine(line, send, answer, log);
	}
}

/** Writes messages to a stream, one a line, for readers that take any separator of Unicode for the end of a line too. */
export function lineSender(output: Writable): (message: unknown) => void {
	return (message) => {
		const json = JSON.stringify(message).replaceAll(
			/[\u2028\u2029]/g,
			(separator) => `\\u${separator.charCodeAt(0).toString(16)}`,
		);
		output.write(`${json}\n`);
	};
}

async function* lines(input: Readable): AsyncGenerator<string, void, void> {
	input.setEncoding("utf8");
	let rest = "";
	for await (const piece of input as AsyncIterable<string>) {
		const whole = (rest + piece).split("\n");
		rest = whole.pop() ?? "";
		yield* whole;
	}
}

async function answerLine(
	line: string,
	send: (message: unknown) => void,
	answer: (message: unknown) => Promise<unknown>,
	log: (line: string) => void,
): Promise<void> {
	const message = parsed(line);
	const reply = message === undefined ? undefined : await answer(message);
	if (reply === undefined) log(`a line of ${line.length} characters is no request and was passed over`);
	else {
		try {
			send(reply);
		} catch {
			send(notSent(reply));
		}
	}
}

function parsed(line: string): unknown {
	try {
		return JSON.parse(line);
	} catch {
		return undefined;
	}
}

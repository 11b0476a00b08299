/** Lines of a file as a stream: a file of any size passes through in pieces. */
import { isUtf8 } from "node:buffer";
import type { FileHandle } from "node:fs/promises";

/** Longest line, in bytes: 256 MiB. A longer one is passed over and reported. */
export const LONGEST_LINE = 256 * 1024 * 1024;
const PIECE = 128 * 1024;

export interface RawLine {
	/** From 1. */
	line: number;
	/** Byte at which the line begins. */
	offset: number;
	/** Length with its line feed. */
	bytes: number;
	/** Without its line feed; undefined when it is no UTF-8 or longer than the limit. */
	text: string | undefined;
	/** False for a last line without line feed: torn, or still being written. */
	ended: boolean;
}

export interface LinePosition {
	offset: number;
	/** Number of the line that begins there. */
	line: number;
}

/**
 * Reads lines from a position to the end of the file as it is now, or to `to` (a byte offset).
 * @param limits.longest bytes after which a line is not kept.
 */
export async function* readLines(
	file: FileHandle,
	from: LinePosition = { offset: 0, line: 1 },
	limits: { to?: number; longest?: number; piece?: number } = {},
): AsyncGenerator<RawLine, void, void> {
	const { to = Number.POSITIVE_INFINITY, longest = LONGEST_LINE, piece = PIECE } = limits;
	let { offset, line } = from;
	let parts: Buffer[] = [];
	let length = 0;
	const keep = (part: Buffer): void => {
		length += part.length;
		if (length <= longest) parts.push(part);
		else parts = [];
	};
	const take = (ended: boolean): RawLine => {
		const whole = length > longest ? undefined : Buffer.concat(parts);
		const raw = {
			line,
			offset,
			bytes: length + (ended ? 1 : 0),
			text: whole && isUtf8(whole) ? whole.toString("utf8") : undefined,
			ended,
		};
		offset += raw.bytes;
		line++;
		parts = [];
		length = 0;
		return raw;
	};
	for (let position = offset; position < to; ) {
		const { bytesRead, buffer } = await file.read(
			Buffer.allocUnsafe(Math.min(piece, to - position)),
			0,
			Math.min(piece, to - position),
			position,
		);
		if (bytesRead === 0) break;
		position += bytesRead;
		let start = 0;
		for (let end = buffer.indexOf(10); end >= 0 && end < bytesRead; end = buffer.indexOf(10, start)) {
			keep(buffer.subarray(start, end));
			yield take(true);
			start = end + 1;
		}
		if (start < bytesRead) keep(buffer.subarray(start, bytesRead));
	}
	if (length > 0) yield take(false);
}

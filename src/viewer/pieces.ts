/** Texts in pieces: a page gets the beginning, and more when somebody asks. */
import type { Piece } from "../contract/parts.ts";

/** UTF-16 units of a text that are sent unasked. */
export const PIECE = 4000;
/** UTF-16 units of a prefix that are sent. */
export const MOST_PREFIX = 10_000;
/** UTF-16 units of a name or message. */
const MOST_WORDS = 2000;
/** The same over all texts of a window. */
const WINDOW = 100_000;
/** At least so much of each, however many there are. */
const LEAST = 240;

/** The beginning of a text, whole code points. */
export function pieceOf(text: string, most = PIECE): Piece {
	return { text: cut(text, 0, most), total: text.length };
}

/** A name or message, cut where it is longer than any that is meant to be read. */
export function short(text: string): string {
	return cut(text, 0, MOST_WORDS);
}

/** How much of each text a window of so many shows. */
export function pieceSize(items: number): number {
	return Math.max(LEAST, Math.min(PIECE, Math.floor(WINDOW / Math.max(1, items))));
}

/** A part of a text from a UTF-16 unit on; a code point that would be halved at its end is left out. */
export function cut(text: string, from: number, count: number): string {
	const end = Math.min(text.length, from + count);
	const halved = end < text.length && end > from + 1 && isHigh(text.charCodeAt(end - 1)) && isLow(text.charCodeAt(end));
	return text.slice(from, halved ? end - 1 : end);
}

/** A short text in one line, cut with an ellipsis. */
export function oneLine(text: string, most: number): string {
	const line = text
		.slice(0, most * 4)
		.replaceAll(/\s+/gu, " ")
		.trim();
	return line.length > most || text.length > most * 4 ? `${cut(line, 0, most - 1)}…` : line;
}

/** Items `from` to `from + count` of a list. */
export function windowOf<T>(items: readonly T[], { from, count }: { from: number; count: number }): T[] {
	return items.slice(from, from + count);
}

function isHigh(unit: number): boolean {
	return unit >= 0xd800 && unit < 0xdc00;
}

function isLow(unit: number): boolean {
	return unit >= 0xdc00 && unit < 0xe000;
}

/**
 * The text of an open prompt set, kept line by line, so that an edit costs what it changes. A line of a set ends with `\n` only;
 * the protocol also ends a line at a lone `\r`, which to JSON is white space: its lines are called rows here.
 */
import type { Position, Range, TextDocumentContentChangeEvent } from "vscode-languageserver";
import type { LineResult } from "../../promptsets/check-line.ts";

/** A line without its `\n`; a `\r` before that belongs to it. Never changed: an edit makes new lines. */
export interface SetLine {
	readonly text: string;
	/** `\r`s inside the line, each of which begins a row. */
	readonly innerBreaks: number;
	/** Of the line by itself, numbered as line 1; absent until it is checked. */
	result?: LineResult;
}

/** A place in the set: index of the line from 0, offset in its text in UTF-16 code units. */
export interface Place {
	index: number;
	offset: number;
}

export class SetText {
	lines: SetLine[];
	/** Inner breaks of all lines: nearly always 0, and then rows are lines. */
	#innerBreaks: number;

	constructor(text: string) {
		this.lines = text.split("\n").map(makeLine);
		this.#innerBreaks = countBreaks(this.lines);
	}

	/** @param change a range to replace, or a whole new text. */
	apply(change: TextDocumentContentChangeEvent): void {
		const last = this.lines.length - 1;
		const range = "range" in change ? change.range : undefined;
		const [start, end] =
			range === undefined
				? [
						{ index: 0, offset: 0 },
						{ index: last, offset: this.#textAt(last).length },
					]
				: inOrder(this.placeAt(range.start), this.placeAt(range.end));
		const text = this.#textAt(start.index).slice(0, start.offset) + change.text + this.#textAt(end.index).slice(end.offset);
		this.#replace(start.index, end.index + 1, text.split("\n"));
	}

	/** Puts new lines for those from `from` to before `to`; lines that stay as they were keep their results. */
	#replace(from: number, to: number, texts: string[]): void {
		const old = this.lines.slice(from, to);
		let head = 0;
		while (head < Math.min(old.length, texts.length) && same(old[head], texts[head])) head += 1;
		let tail = 0;
		while (tail < Math.min(old.length, texts.length) - head && same(old.at(-1 - tail), texts.at(-1 - tail))) tail += 1;
		const fresh = texts.slice(head, texts.length - tail).map(makeLine);
		const gone = old.slice(head, old.length - tail);
		this.#innerBreaks += countBreaks(fresh) - countBreaks(gone);
		const at = from + head;
		// No splice(…fresh): a large paste has more lines than a call may have arguments.
		if (fresh.length === 1) this.lines.splice(at, gone.length, ...fresh);
		else this.lines = [...this.lines.slice(0, at), ...fresh, ...this.lines.slice(at + gone.length)];
	}

	/** The nearest place to a position; a position inside a line's end is before it. */
	placeAt({ line, character }: Position): Place {
		const { index, row } = this.#lineOfRow(line);
		const starts = this.#rowStarts(index);
		const start = starts[row];
		if (start === undefined) return { index, offset: this.#textAt(index).length };
		const end = row + 1 < starts.length ? (starts[row + 1] as number) - 1 : this.#contentEnd(index);
		return { index, offset: Math.max(start, Math.min(start + character, end)) };
	}

	/** An offset in a Windows line end gives a position past the row's end, which stands for the end. */
	positionAt({ index, offset }: Place): Position {
		const starts = this.#rowStarts(index);
		let row = starts.length - 1;
		while (row > 0 && (starts[row] as number) > offset) row -= 1;
		return { line: this.#rowsBefore(index) + row, character: offset - (starts[row] as number) };
	}

	/** The part of a line from one offset to another; by default the whole line without its end. */
	range(index: number, from = 0, to = this.#contentEnd(index)): Range {
		return { start: this.positionAt({ index, offset: from }), end: this.positionAt({ index, offset: to }) };
	}

	/** The line's JSON: without a byte order mark. `shift` is what to add to its offsets. */
	content(index: number): { text: string; shift: number } {
		const text = this.#textAt(index);
		return index === 0 && text.startsWith(BOM) ? { text: text.slice(1), shift: 1 } : { text, shift: 0 };
	}

	toString(): string {
		return this.lines.map(({ text }) => text).join("\n");
	}

	#textAt(index: number): string {
		return this.lines[index]?.text ?? "";
	}

	/** Where a line's text ends, before the `\r` of a Windows line end. */
	#contentEnd(index: number): number {
		const text = this.#textAt(index);
		return index < this.lines.length - 1 && text.endsWith("\r") ? text.length - 1 : text.length;
	}

	/** Offsets at which the line's rows begin; only the last line can end in a lone `\r`. */
	#rowStarts(index: number): number[] {
		const text = this.#textAt(index);
		const end = this.#contentEnd(index);
		const starts = [0];
		if (this.#innerBreaks === 0 && index < this.lines.length - 1) return starts;
		for (let at = text.indexOf("\r"); at >= 0 && at < end; at = text.indexOf("\r", at + 1)) starts.push(at + 1);
		return starts;
	}

	#rowsBefore(index: number): number {
		return this.#innerBreaks === 0 ? index : index + countBreaks(this.lines.slice(0, index));
	}

	#lineOfRow(row: number): { index: number; row: number } {
		const last = this.lines.length - 1;
		if (this.#innerBreaks === 0) return { index: Math.min(row, last), row: Math.max(0, row - last) };
		let index = 0;
		let left = row;
		for (; index < last; index += 1) {
			const rows = 1 + (this.lines[index] as SetLine).innerBreaks;
			if (left < rows) break;
			left -= rows;
		}
		return { index, row: left };
	}
}

const BOM = "\ufeff";

function makeLine(text: string): SetLine {
	let innerBreaks = 0;
	for (let at = text.indexOf("\r"); at >= 0 && at < text.length - 1; at = text.indexOf("\r", at + 1)) innerBreaks += 1;
	return { text, innerBreaks };
}

/** A line with a byte order mark means another thing where it is first, so it is never kept. */
function same(line: SetLine | undefined, text: string | undefined): boolean {
	return line !== undefined && line.text === text && !text.startsWith(BOM);
}

function countBreaks(lines: readonly SetLine[]): number {
	return lines.reduce((sum, { innerBreaks }) => sum + innerBreaks, 0);
}

function inOrder(a: Place, b: Place): [Place, Place] {
	return a.index < b.index || (a.index === b.index && a.offset <= b.offset) ? [a, b] : [b, a];
}

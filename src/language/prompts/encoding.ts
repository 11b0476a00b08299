/** What a set's bytes on disk say that its decoded text cannot: lines, or the whole file, in another encoding. */
import { open, readFile } from "node:fs/promises";
import { decodePromptSet, isUtf16 } from "../../promptsets/load.ts";
import type { Problem } from "../../promptsets/problem.ts";

/** Stands where a decoder met bytes that are not UTF-8. */
const REPLACEMENT = "\ufffd";

export interface Encoding {
	/** The file is no UTF-8 from its first bytes on. */
	wholeFile?: Problem;
	/** Lines that are not UTF-8, by the text an editor makes of them (`editorText`). */
	lines: ReadonlyMap<string, Problem>;
}

export const GOOD_ENCODING: Encoding = { lines: new Map() };

/** Reads the file's first bytes, and the rest only when the open text holds a sign of undecodable bytes. */
export async function encodingOf(path: string, text: string): Promise<Encoding> {
	try {
		if (!text.includes(REPLACEMENT) && !isUtf16(await firstBytes(path))) return GOOD_ENCODING;
		const bytes = await readFile(path);
		const { problems } = decodePromptSet(bytes, "");
		const [first] = problems;
		if (first !== undefined && isUtf16(bytes)) return { wholeFile: first, lines: new Map() };
		const lines = new TextDecoder().decode(bytes).split("\n");
		return { lines: new Map(problems.map((problem) => [editorText(lines[problem.line - 1] ?? ""), problem])) };
	} catch {
		// A file that is not there, or not to be read, says nothing about the text in the editor.
		return GOOD_ENCODING;
	}
}

/** Decoders differ in how many replacement characters they write for a run of bad bytes. */
export function editorText(line: string): string {
	return line.replaceAll(/\ufffd+/g, REPLACEMENT).replace(/\r$/, "");
}

/** Whether the line can be one of those that are not UTF-8. */
export function looksUndecodable(line: string): boolean {
	return line.includes(REPLACEMENT);
}

async function firstBytes(path: string): Promise<Uint8Array> {
	const file = await open(path);
	try {
		const bytes = new Uint8Array(2);
		await file.read(bytes, 0, 2, 0);
		return bytes;
	} finally {
		await file.close();
	}
}

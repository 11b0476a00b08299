/** Reads prompt sets from disk. */
import { readFile, stat } from "node:fs/promises";
import { basename, dirname, resolve } from "node:path";
import { SafeThinkError } from "../trace/errors.ts";
import { sha256 } from "../trace/hash.ts";
import { isBlank } from "./check-line.ts";
import { type CheckedSet, checkPromptSet } from "./check-set.ts";
import type { ImageLimits } from "./image.ts";
import { byPosition, type Problem } from "./problem.ts";
import { imageReader } from "./read-image.ts";

/** Largest prompt set, in bytes: JavaScript holds no longer text than about twice this. */
export const MAX_SET_BYTES = 256_000_000;

/** A prompt set's file cannot be read at all. Kinds: `set-missing`, `set-unreadable`, `set-too-big`. */
export class PromptSetError extends SafeThinkError {}

export interface LoadOptions {
	/** Let image paths leave the set's folder; default false. */
	allowOutside?: boolean;
	limits?: ImageLimits;
}

export interface PromptSet extends CheckedSet {
	/** Of the file's bytes. */
	sha256: string;
}

/**
 * Reads and checks a `*.prompts.jsonl` file. What is wrong inside it is in `problems`, and `prompts` are the usable lines.
 * @throws PromptSetError when the file itself cannot be read.
 */
export async function loadPromptSet(path: string, options: LoadOptions = {}): Promise<PromptSet> {
	const bytes = await readSet(path);
	const { text, problems } = decodePromptSet(bytes, path);
	const readImage = imageReader({ folder: dirname(resolve(path)), ...options });
	const checked = await checkPromptSet(text, {
		file: path,
		readImage,
		...(options.limits === undefined ? {} : { limits: options.limits }),
	});
	if (problems.length === 0 && isOtherFile(checked, text))
		return { prompts: [], problems: [noPromptSet(path)], sha256: sha256(bytes) };
	const found = problems.length === 0 ? checked.problems : checked.problems.filter((problem) => problem.code !== "empty-set");
	return { prompts: checked.prompts, problems: [...problems, ...found].sort(byPosition), sha256: sha256(bytes) };
}

/** Whether no line even looks like an object of JSON: then one word about the file says more than the same of each line. */
function isOtherFile({ problems }: CheckedSet, text: string): boolean {
	const lines = text.split("\n").filter((line) => !isBlank(line));
	const notJson = problems.length === lines.length && problems.every(({ code }) => code === "not-json");
	return notJson && lines.length > 1 && !lines.some((line) => line.trimStart().startsWith("{"));
}

function noPromptSet(file: string): Problem {
	return {
		file,
		line: 0,
		severity: "error",
		message: "this is no prompt set: not one of its lines is JSON",
		remedy: 'name a file that has one JSON object a line, for example {"id": "remote-1", "text": "…"}',
		code: "not-json",
	};
}

/** Decodes a set's bytes; a line that is not UTF-8 becomes a problem and a blank line. */
export function decodePromptSet(bytes: Uint8Array, file: string): { text: string; problems: Problem[] } {
	const decoder = new TextDecoder("utf-8", { fatal: true });
	try {
		return { text: decoder.decode(bytes), problems: [] };
	} catch {
		if (isUtf16(bytes)) {
			return {
				text: "",
				problems: [
					{ file, line: 1, severity: "error", message: "the file is UTF-16", remedy: "save it as UTF-8", code: "not-utf-8" },
				],
			};
		}
	}
	const problems: Problem[] = [];
	const lines = splitLines(bytes).map((line, index) => {
		try {
			return decoder.decode(line);
		} catch {
			problems.push({
				file,
				line: index + 1,
				severity: "error",
				message: "the line is not valid UTF-8",
				remedy: "save the file as UTF-8",
				code: "not-utf-8",
			});
			return "";
		}
	});
	return { text: lines.join("\n"), problems };
}

/** true when the bytes begin with a byte order mark of UTF-16. */
export function isUtf16(bytes: Uint8Array): boolean {
	return (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);
}

function splitLines(bytes: Uint8Array): Uint8Array[] {
	const lines: Uint8Array[] = [];
	let start = 0;
	for (let end = bytes.indexOf(0x0a); end >= 0; end = bytes.indexOf(0x0a, start)) {
		lines.push(bytes.subarray(start, end));
		start = end + 1;
	}
	lines.push(bytes.subarray(start));
	return lines;
}

async function readSet(path: string): Promise<Uint8Array> {
	try {
		const facts = await stat(path);
		if (facts.isDirectory())
			throw new PromptSetError("set-unreadable", `${path} is a folder`, { remedy: "name a *.prompts.jsonl file in it" });
		if (facts.size > MAX_SET_BYTES) {
			throw new PromptSetError(
				"set-too-big",
				`${basename(path)} has ${Math.round(facts.size / 1e6)} MB, more than ${MAX_SET_BYTES / 1e6} MB`,
				{ remedy: "split it, or keep images in files instead of data URLs" },
			);
		}
		return await readFile(path);
	} catch (error) {
		if (error instanceof PromptSetError) throw error;
		const code = (error as NodeJS.ErrnoException).code ?? "unknown reason";
		if (code === "ENOENT")
			throw new PromptSetError("set-missing", `there is no file ${path}`, { remedy: "check the path", cause: error });
		throw new PromptSetError("set-unreadable", `${path} cannot be read (${code})`, {
			remedy: "check the file's permissions",
			cause: error,
		});
	}
}

/**
 * The setting `prompt=FILE[;FILE…]`: texts that guards were trained to be asked with. They are other people's and not shipped here;
 * a user saves them from their source. One reading of such a file serves every guard (docs/scorers.md, "Prompt files").
 */
import { readFile, stat } from "node:fs/promises";
import { parse } from "node:path";
import type { Guard, Piece, PromptFile } from "./guard-types.ts";
import { badScorer } from "./spec.ts";

/** What one prompt file says; a guard that takes none has one that is empty. */
export interface PromptText {
	/** The file's name without folder and ending, where there are several files. */
	name?: string;
	/** For the query with the trace. */
	trace: readonly Piece[];
	/** For the query alone; absent where the file has no section for it, and the query alone is not scored. */
	query?: readonly Piece[];
}

/** A longer prompt would fit no guard. */
const MOST_BYTES = 1_000_000;
/** This line ends the section for the query with the trace and begins the one for the query alone. */
const QUERY_LINE = /^--- query alone ---[ \t]*(?:\n|$)/gm;

/**
 * The texts a guard is asked with, one for each question.
 * @throws SafeThinkError `bad-scorer` for a file that is missing, unreadable, or lacks a placeholder; it names file and source.
 */
export async function promptTexts(guard: Guard, setting: string | undefined): Promise<PromptText[]> {
	const { kind, file } = guard;
	if (file === undefined) {
		if (setting === undefined) return [{ trace: [], query: [] }];
		throw badScorer(
			`${kind} takes no prompt file: its server's chat template makes the prompt`,
			"leave prompt= out, or use the kind judge",
		);
	}
	if (setting === undefined) return [defaultText(kind, file)];
	const paths = setting.split(";").map((path) => path.trim());
	if (paths.includes(""))
		throw badScorer(`prompt= of the scorer ${kind} has an empty file name`, "write prompt=FILE or prompt=FILE;FILE");
	const texts = await Promise.all(paths.map((path) => readPrompt(path, kind, file)));
	const without = texts.findIndex((text) => text.query === undefined);
	if (without >= 0 && texts.some((text) => text.query !== undefined))
		throw badScorer(
			`the prompt file ${paths[without]} of the scorer ${kind} has no section for the query alone, and others have one`,
			"give all files of a scorer the line --- query alone --- with the query's text below it, or none",
		);
	return paths.length === 1 ? texts : texts.map((text, index) => ({ name: parse(paths[index] ?? "").name, ...text }));
}

function defaultText(kind: string, file: PromptFile): PromptText {
	if ("own" in file) return { trace: [file.own], query: [file.own] };
	throw badScorer(`${kind} needs ${file.what}, which is not part of this project`, remedyOf(file));
}

async function readPrompt(path: string, kind: string, file: PromptFile): Promise<PromptText> {
	const wrong = (what: string) => badScorer(`the prompt file ${path} of the scorer ${kind} ${what}`, remedyOf(file));
	const unreadable = (error: NodeJS.ErrnoException) => {
		throw wrong(`cannot be read: ${error.code ?? "unknown"}`);
	};
	const found = await stat(path).catch(unreadable);
	if (!found.isFile() || found.size > MOST_BYTES) throw wrong(`is no plain file of at most ${MOST_BYTES} bytes`);
	const content = await readFile(path, "utf8").catch(unreadable);
	const [trace = "", query, ...more] = content
		.replace(/^\uFEFF/, "")
		.replaceAll("\r\n", "\n")
		.split(QUERY_LINE)
		.map((section) => section.replace(/\n$/, ""));
	if (more.length > 0) throw wrong("has the line --- query alone --- twice");
	if (trace.trim() === "") throw wrong("has no text");
	if (query?.trim() === "") throw wrong("has no text below the line --- query alone ---");
	if (file.holds === "text") {
		const alone = query ?? (file.alsoForQuery ? trace : undefined);
		return { trace: [trace], ...(alone === undefined ? {} : { query: [alone] }) };
	}
	for (const name of ["{prompt}", "{trace}"]) if (!trace.includes(name)) throw wrong(`lacks the placeholder ${name}`);
	if (query === undefined) return { trace: piecesOf(trace) };
	if (!query.includes("{prompt}")) throw wrong("lacks the placeholder {prompt} below the line --- query alone ---");
	if (query.includes("{trace}")) throw wrong("has {trace} below the line --- query alone ---, where there is none");
	return { trace: piecesOf(trace), query: piecesOf(query) };
}

/** A text cut at its placeholders. All other braces are text. */
function piecesOf(text: string): Piece[] {
	return text
		.split(/(\{prompt\}|\{trace\})/)
		.filter((piece) => piece !== "")
		.map((piece) => (piece === "{prompt}" ? { v: "prompt" } : piece === "{trace}" ? { v: "trace" } : piece));
}

function remedyOf(file: PromptFile): string {
	if ("own" in file) return "check the file, or leave prompt= out for this project's own instructions";
	const placed = file.holds === "request" ? ", put {prompt} and {trace} where the two texts go," : "";
	return `save ${file.what} from ${file.source} as a text file${placed} and set prompt=FILE; see "Prompt files" in docs/scorers.md`;
}

/** An open prompt set: every line is checked once, and again only when it changes. */
import { dirname } from "node:path";
import { setImmediate as nextTurn, setTimeout as sleep } from "node:timers/promises";
import { type Node, parseTree } from "jsonc-parser";
import type { Diagnostic, TextDocumentContentChangeEvent } from "vscode-languageserver";
import type { ImageChecks } from "../../promptsets/check-image.ts";
import { type CheckedLine, checkLine, type LineResult } from "../../promptsets/check-line.ts";
import { setProblems } from "../../promptsets/check-set.ts";
import type { Problem } from "../../promptsets/problem.ts";
import { rangeOf, toDiagnostic } from "../diagnostic.ts";
import type { OpenDocument } from "../document.ts";
import { type Encoding, editorText, encodingOf, GOOD_ENCODING, looksUndecodable } from "./encoding.ts";
import { ImageCache } from "./image-cache.ts";
import { type SetLine, SetText } from "./set-text.ts";

/** Longest time in which nothing else is answered, in milliseconds. */
const SLICE_MS = 20;

/** How long the other problems wait for those of the images, in milliseconds. */
const IMAGE_PATIENCE_MS = 2000;

const NO_IMAGES: ImageChecks = new Map();

export class PromptDocument implements OpenDocument {
	readonly uri: string;
	readonly explainedIn = "prompt-sets.md#problems";
	version: number;
	readonly text: SetText;
	/** Absent for a document that is no file: nothing can be said about its images, and nothing can be run. */
	readonly images?: ImageCache;
	readonly #path: string | undefined;
	readonly #check: typeof checkLine;
	#encoding = GOOD_ENCODING;
	/** Absent when something has changed since it was asked for. */
	#usable: CheckedLine[] | undefined;
	/** Absent until the file is looked at, and again when it has changed. */
	#readingEncoding: Promise<Encoding> | undefined;

	/**
	 * @param path of the file; undefined when it is none (a new, unsaved document).
	 * @param check what checks a line by itself.
	 */
	constructor(uri: string, version: number, text: string, path: string | undefined, check: typeof checkLine = checkLine) {
		this.uri = uri;
		this.version = version;
		this.text = new SetText(text);
		this.#path = path;
		this.#check = check;
		if (path !== undefined) this.images = new ImageCache(dirname(path));
	}

	edit(changes: readonly TextDocumentContentChangeEvent[], version: number): void {
		for (const change of changes) this.text.apply(change);
		this.version = version;
		this.#usable = undefined;
	}

	filesChanged(): void {
		this.#readingEncoding = undefined;
		this.images?.refresh();
	}

	/** Twice when images are slow: first without their problems. */
	async *diagnostics(stale: () => boolean): AsyncGenerator<Diagnostic[]> {
		if (!(await this.checkLines(stale))) return;
		const checking = this.checkImages();
		const slow = Symbol();
		const first = await Promise.race([checking, sleep(IMAGE_PATIENCE_MS, slow, { ref: false })]);
		if (stale()) return;
		if (first === slow) yield this.#diagnosticsWith(this.images?.known ?? NO_IMAGES);
		const images = await checking;
		if (!stale()) yield this.#diagnosticsWith(images);
	}

	/**
	 * Checks the lines that are not checked yet, in slices, so that requests and edits are heard in between.
	 * @returns false when it was given up because `stale` said so.
	 */
	async checkLines(stale: () => boolean = () => false): Promise<boolean> {
		await this.#readEncoding();
		let sliceEnd = performance.now() + SLICE_MS;
		for (let index = 0; index < this.text.lines.length; index += 1) {
			if (this.text.lines[index]?.result !== undefined) continue;
			this.#resultAt(index);
			if (performance.now() < sliceEnd) continue;
			await nextTurn();
			if (stale()) return false;
			sliceEnd = performance.now() + SLICE_MS;
		}
		return !stale();
	}

	/** Checks the images that the lines name. The lines must be checked. */
	async checkImages(): Promise<ImageChecks> {
		if (this.images === undefined) return NO_IMAGES;
		const checks = await this.images.check(this.prompts().flatMap(({ images }) => images ?? []));
		this.#usable = undefined;
		return checks;
	}

	/** Prompts of all lines that are right by themselves, numbered from 1. */
	prompts(): CheckedLine[] {
		return this.#results().flatMap(({ prompt }) => (prompt === undefined ? [] : [prompt]));
	}

	/** As the command line finds them, apart from images that have not been looked at yet. */
	problems(images: ImageChecks = this.images?.known ?? NO_IMAGES): Problem[] {
		const { wholeFile } = this.#encoding;
		return wholeFile === undefined ? setProblems(this.#results(), images, "") : [wholeFile];
	}

	/** Prompts that a run would take, as far as their images are known. */
	usablePrompts(): readonly CheckedLine[] {
		this.#usable ??= this.#findUsable();
		return this.#usable;
	}

	#findUsable(): CheckedLine[] {
		if (this.#encoding.wholeFile !== undefined) return [];
		const errors = this.problems().filter(({ severity }) => severity === "error");
		const wrong = new Set(errors.map(({ line }) => line));
		return this.prompts().filter(({ line }) => !wrong.has(line));
	}

	/** The JSON of a line as far as it can be read, with the offsets of `text.content`; undefined when nothing can. */
	treeAt(index: number): Node | undefined {
		this.#resultAt(index);
		const tooDeep = this.text.lines[index]?.result?.problems.some(({ code }) => code === "too-deep");
		return tooDeep ? undefined : parseTree(this.text.content(index).text);
	}

	/** An id that no prompt has: `base`, or the first free one of `base-2`, `base-3`, … */
	freeId(base: string): string {
		const taken = new Set(this.prompts().map(({ id }) => id));
		const stem = base.replace(/-\d+$/, "");
		let id = base;
		for (let number = 2; taken.has(id); number += 1) id = `${stem}-${number}`;
		return id;
	}

	async #readEncoding(): Promise<void> {
		if (this.#path === undefined) return;
		this.#readingEncoding ??= encodingOf(this.#path, this.text.toString());
		const reading = this.#readingEncoding;
		const encoding = await reading;
		if (reading !== this.#readingEncoding || encoding === this.#encoding) return;
		this.#encoding = encoding;
		this.#usable = undefined;
	}

	#diagnosticsWith(images: ImageChecks): Diagnostic[] {
		return this.problems(images).map((problem) => toDiagnostic(problem, this.#rangeOf(problem)));
	}

	#rangeOf({ line, column }: Problem) {
		const index = Math.max(0, line - 1);
		const { text, shift } = this.text.content(index);
		if (line === 0) return this.text.range(0, 0, 0);
		if (column === undefined) return this.text.range(index);
		const { from, to } = rangeOf(text, column - 1);
		return this.text.range(index, from + shift, to + shift);
	}

	#results(): LineResult[] {
		return this.text.lines.map((_, index) => numbered(this.#resultAt(index), index + 1));
	}

	#resultAt(index: number): LineResult {
		const line = this.text.lines[index] as SetLine;
		line.result ??= this.#check(this.text.content(index).text, 1);
		return this.#undecodable(line) ?? line.result;
	}

	#undecodable({ text }: SetLine): LineResult | undefined {
		const { lines } = this.#encoding;
		if (lines.size === 0 || !looksUndecodable(text)) return undefined;
		const problem = lines.get(editorText(text));
		return problem === undefined ? undefined : { problems: [problem] };
	}
}

/** A result of line 1 as that of another line. */
function numbered({ prompt, problems }: LineResult, line: number): LineResult {
	return {
		problems: problems.map((problem) => ({ ...problem, line })),
		...(prompt === undefined ? {} : { prompt: { ...prompt, line } }),
	};
}

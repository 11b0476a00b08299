/**
 * Phases of a stream: reasoning, then answer. The reader is fed one UTF-16 unit at a time, so that what it knows depends only on
 * the bytes read, never on how the stream was chopped.
 */
import { SafeThinkError } from "../trace/errors.ts";
import { type Mark, markEndingAt, marksOf, withoutMarks } from "./marks.ts";
import type { Dialect, Phase } from "./segmentation-types.ts";

/** Follows a stream through its phases and parts. */
export class PhaseReader {
	/** `undecided`: only white space and beginnings of tags so far, and the stream may still turn out to have no reasoning. */
	phase: Phase | "undecided";
	/** Index of the part that is open, and of the last one that was opened. */
	part: number | undefined;
	lastPart: number | undefined;
	/** Whether any mark was met, decoration included. */
	markSeen = false;
	readonly #dialect: Dialect;
	#head = "";

	constructor(dialect: Dialect, turn = 0) {
		this.#dialect = dialect;
		this.phase = firstPhase(dialect, turn);
	}

	/**
	 * Reads the unit before `at` and returns the mark that it completes.
	 * @param injected the unit was accepted or injected, not generated: where the dialect would call a text without an opening tag
	 * an answer, such a text is reasoning.
	 */
	read(text: string, at: number, injected: boolean): Mark | undefined {
		if (this.phase === "answer") return undefined;
		const mark = markEndingAt(this.#dialect, text, at);
		if (this.phase === "undecided") this.#decide(text.charAt(at - 1), mark, injected);
		if (mark !== undefined) this.#take(mark);
		return mark;
	}

	#decide(unit: string, mark: Mark | undefined, injected: boolean): void {
		this.#head = (this.#head + unit).trimStart();
		if (mark !== undefined && this.#head === mark.text) {
			this.#head = "";
			if (mark.role === "open") this.phase = "reasoning";
			return;
		}
		if (marksOf(this.#dialect).some((candidate) => candidate.text.startsWith(this.#head))) return;
		this.phase = injected || this.#dialect.templateOpens === "unknown" ? "reasoning" : "answer";
	}

	#take(mark: Mark): void {
		this.markSeen = true;
		if (mark.opensPart !== undefined) this.part = this.lastPart = mark.opensPart;
		if (mark.closesPart) this.part = undefined;
		if (mark.role === "close" || mark.role === "answer") this.phase = "answer";
	}
}

function firstPhase(dialect: Dialect, turn: number): Phase | "undecided" {
	if (dialect.turns.length > 0) return turnOf(dialect, turn).phase;
	if (dialect.templateOpens === "always") return "reasoning";
	if (dialect.templateOpens === "closed") return "answer";
	return "undecided";
}

/**
 * One of a dialect's turns, from 0.
 * @throws SafeThinkError kind `turn` when the dialect has no such turn.
 */
export function turnOf(dialect: Dialect, turn: number): Dialect["turns"][number] {
	const found = dialect.turns[turn];
	if (found === undefined)
		throw new SafeThinkError("turn", `dialect ${dialect.name} has ${dialect.turns.length} turns, asked for turn ${turn + 1}`, {
			remedy: "end the trace after the dialect's last turn",
		});
	return found;
}

/** The text without the dialect's tags, white space kept: for the scorer and the display. Additive over steps. */
export function visibleText(text: string, dialect: Dialect): string {
	return withoutMarks(text, dialect);
}

/** Whether anything but tags and white space stands in the text. */
export function hasContent(text: string, dialect: Dialect): boolean {
	return visibleText(text, dialect).trim() !== "";
}

/** Whether an attempt's text closes the reasoning before it says anything: the attempt is short-circuited. */
export function closesWithoutContent(text: string, dialect: Dialect): boolean {
	const ends = marksOf(dialect)
		.filter((mark) => mark.role === "close" || mark.role === "answer")
		.flatMap((mark) => (text.includes(mark.text) ? [text.indexOf(mark.text)] : []));
	return ends.length > 0 && !hasContent(text.slice(0, Math.min(...ends)), dialect);
}

/**
 * The bytes to put after `before` (raw text of the open turn) so that words after them stand inside the reasoning; empty where
 * they would anyway. In LLaVA-CoT and harmony this opens the next section or message. Resolve a dialect whose template is
 * `unknown` first (`resolveOpening`): unresolved, the opening tag is written.
 */
export function forcedOpen(dialect: Dialect, before = ""): string {
	return openingAfter(dialect, readAll(dialect, before));
}

/** `forcedOpen` after a text that grows, of which each unit is read once, and none before it is asked. */
export class OpeningReader {
	readonly #dialect: Dialect;
	readonly #reader: PhaseReader;
	/** What was read last, as long as a mark may be that goes on after it. */
	#read = "";
	#unread = "";

	constructor(dialect: Dialect) {
		this.#dialect = dialect;
		this.#reader = new PhaseReader(dialect);
	}

	add(text: string): void {
		this.#unread += text;
	}

	get forced(): string {
		const text = this.#read + this.#unread;
		for (let at = this.#read.length + 1; at <= text.length; at++) this.#reader.read(text, at, true);
		const longest = marksOf(this.#dialect)[0]?.text.length ?? 0;
		this.#read = text.slice(Math.max(0, text.length - longest));
		this.#unread = "";
		return openingAfter(this.#dialect, this.#reader);
	}
}

function openingAfter(dialect: Dialect, reader: PhaseReader): string {
	if (dialect.turns.length > 0 || reader.phase === "answer" || reader.part !== undefined) return "";
	if (dialect.parts.length > 0) return nextPart(dialect, reader);
	return reader.phase === "undecided" && !reader.markSeen ? dialect.forced.open : "";
}

function nextPart(dialect: Dialect, reader: PhaseReader): string {
	if (reader.lastPart === undefined) return reader.phase === "undecided" ? dialect.forced.open : "";
	return dialect.forced.reopen ?? dialect.parts[reader.lastPart + 1]?.opens ?? "";
}

/**
 * The bytes to put after `before` so that the answer follows: used at T steps, and by ZeroThink with nothing before (an opening
 * tag included then, unless the template wrote it). Empty when the answer has begun, and in dialects of turns or without tags.
 */
export function forcedClose(dialect: Dialect, before = ""): string {
	const reader = readAll(dialect, before);
	if (dialect.turns.length > 0 || reader.phase === "answer") return "";
	const { forced, parts } = dialect;
	if (reader.part !== undefined) return parts[reader.part]?.closes + forced.close;
	if (parts.length > 0) return before.trim() === "" ? (dialect.answerOpens[0] ?? forced.close) : forced.close;
	const opening = forcedOpen(dialect, before);
	const separated = (before + opening).endsWith("\n\n") && forced.close.startsWith("\n");
	return opening + (separated ? forced.close.slice(1) : forced.close);
}

function readAll(dialect: Dialect, text: string): PhaseReader {
	const reader = new PhaseReader(dialect);
	for (let at = 1; at <= text.length; at++) reader.read(text, at, true);
	return reader;
}

/**
 * The dialect with `templateOpens` as the rendered prompt shows it: `always` when the prompt ends with the opening tag, `closed`
 * when it ends with a closing tag (an empty block: thinking is switched off), else `never`.
 * @param rendered the prompt up to and with the generation prompt.
 */
export function resolveOpening(dialect: Dialect, rendered: string): Dialect {
	const { opens, closes } = dialect;
	if (opens === null || dialect.turns.length > 0) return dialect;
	const end = rendered.trimEnd();
	const templateOpens = end.endsWith(opens.trimEnd()) ? "always" : closes.some((tag) => end.endsWith(tag)) ? "closed" : "never";
	return { ...dialect, templateOpens };
}

/** The cutter: phases and a segmenter at work on one stream. */
import { endsInsideMark, type Mark, marksOf } from "../marks.ts";
import { hasContent, PhaseReader, turnOf, visibleText } from "../phases.ts";
import type { Before, Cutter, Dialect, Phase, Piece, SegmenterSpec } from "../segmentation-types.ts";
import { Blocks } from "./blocks.ts";
import { makeRule, type Place, type Rule } from "./rules.ts";
import { BYTES_PER_TOKEN, utf8Bytes } from "./sentences.ts";

/**
 * Makes a cutter that stands after `before`, the raw text so far in the open turn. Its state (phase, parts, fences) is what it would
 * be had `before` been pushed and every accepted step ended where it did, with one exception: a text that was accepted or injected
 * is reasoning even where the dialect would want an opening tag first. Minimum words, caps and windows count new text only.
 *
 * A closing tag after content ends a step, even if the step is only that tag (the attempt closed at once). A think block without
 * any content makes no step: it opens the answer's text, flagged `empty-reasoning`. Where the answer's own opening tag ends the
 * reasoning (harmony, `<CONCLUSION>`) and nothing is pending, that tag belongs to the answer, and the phase changes without a step,
 * unless an injected prefix waits for one.
 * @throws SafeThinkError kinds `segmenter` (does not fit the dialect) and `turn` (no such turn).
 */
export function makeCutter(dialect: Dialect, segmenter: SegmenterSpec, before: Before): Cutter {
	return new StreamCutter(dialect, makeRule(segmenter, dialect), before);
}

class StreamCutter implements Cutter {
	readonly #dialect: Dialect;
	readonly #rule: Rule;
	readonly #reader: PhaseReader;
	readonly #blocks = new Blocks();
	readonly #innerTurn: boolean;
	/** Text from before the step (for tags across its start) up to what was pushed last; the answer is kept apart. */
	#buffer: string;
	#start: number;
	#at: number;
	#bytes = 0;
	#stepFlags: string[] = [];
	/** Something beside tags and white space was accepted, injected or emitted. */
	#content: boolean;
	#steps: number;
	/** An injected prefix to which no step belongs yet. */
	#prefixed: boolean;
	#answer: string[] = [];
	/** Units of the answer's text that belong to the tags before it. */
	#answerHead = 0;
	#answerFlags: string[] = [];

	constructor(dialect: Dialect, rule: Rule, before: Before) {
		this.#dialect = dialect;
		this.#rule = rule;
		this.#reader = new PhaseReader(dialect, before.turn);
		this.#innerTurn = dialect.turns.length > 0 && turnOf(dialect, before.turn ?? 0).inner;
		if (this.#reader.phase === "answer" && dialect.turns.length === 0) this.#answerFlags.push("template-closed");
		this.#buffer = before.steps.join("") + before.prefix;
		this.#content = hasContent(this.#buffer, dialect);
		this.#steps = before.steps.length;
		this.#prefixed = hasContent(before.prefix, dialect);
		for (this.#at = 0; this.#at < this.#buffer.length; ) this.#read(true);
		this.#start = this.#at;
		if (this.#reader.markSeen && this.#reader.phase === "answer" && !this.#content) this.#answerFlags.push("empty-reasoning");
	}

	get phase(): Phase {
		return this.#inAnswer() ? "answer" : "reasoning";
	}

	get pending(): string {
		return this.#buffer.slice(this.#start) + this.#answer.join("");
	}

	push(text: string): Piece[] {
		if (this.#inAnswer()) {
			this.#answer.push(text);
			return [];
		}
		this.#forgetEmitted();
		this.#buffer += text;
		const pieces: Piece[] = [];
		while (this.#at < this.#buffer.length && !this.#inAnswer()) pieces.push(...this.#advance());
		if (this.#inAnswer()) this.#beginAnswer();
		return pieces;
	}

	finish(how: "end" | "length"): Piece[] {
		if (this.#reader.phase === "undecided" || this.#isTagless(how)) {
			this.#reader.phase = "answer";
			this.#answerFlags.push("no-tags");
		}
		if (this.#inAnswer()) return [this.#finishAnswer()];
		if (how === "end" && this.#saysNoTags()) this.#stepFlags.push("no-tags");
		return this.#start < this.#buffer.length ? [this.#emit(how)] : [];
	}

	/** The end of a whole stream in which no tag was met and nothing was cut: an answer only. */
	#isTagless(how: "end" | "length"): boolean {
		return how === "end" && this.#saysNoTags() && this.#steps === 0 && !this.#prefixed;
	}

	#saysNoTags(): boolean {
		return this.#dialect.templateOpens === "unknown" && this.#dialect.turns.length === 0 && !this.#reader.markSeen;
	}

	#inAnswer(): boolean {
		return this.#reader.phase === "answer";
	}

	/** Reads one unit. */
	#read(injected: boolean): Mark | undefined {
		this.#blocks.feed(this.#buffer.charAt(this.#at));
		this.#at++;
		return this.#reader.read(this.#buffer, this.#at, injected);
	}

	#advance(): Piece[] {
		this.#bytes += utf8Bytes(this.#buffer.charCodeAt(this.#at));
		const mark = this.#read(false);
		if (this.#inAnswer()) return mark === undefined ? this.#noTags() : this.#close(mark);
		if (mark?.role === "open" && mark.opensPart === undefined) this.#noteOpening(mark);
		const verdict = this.#rule(this.#place(mark));
		if (verdict === undefined || !this.#mayEnd()) return [];
		if (verdict === "capped") this.#stepFlags.push("capped");
		return [this.#emit("boundary")];
	}

	#place(mark: Mark | undefined): Place {
		const step = this.#buffer.slice(this.#start, this.#at);
		const part = this.#reader.part;
		return {
			step,
			visible: () => visibleText(step, this.#dialect),
			tokens: this.#bytes / BYTES_PER_TOKEN,
			insideBlock: () => this.#blocks.inside,
			partClosed: mark?.closesPart === true,
			inner: part === undefined ? this.#innerTurn : this.#dialect.parts[part]?.inner === true,
		};
	}

	/** No step ends inside a tag or a surrogate pair, and every step has content. */
	#mayEnd(): boolean {
		const last = this.#buffer.charCodeAt(this.#at - 1);
		if (last >= 0xd800 && last <= 0xdbff) return false;
		return !endsInsideMark(this.#dialect, this.#buffer, this.#at) && this.#pendingContent(this.#at);
	}

	#pendingContent(to: number): boolean {
		return hasContent(this.#buffer.slice(this.#start, to), this.#dialect);
	}

	#noteOpening(mark: Mark): void {
		if (this.#content || this.#pendingContent(this.#at - mark.text.length)) this.#stepFlags.push("repeated-open");
	}

	#noTags(): Piece[] {
		this.#answerFlags.push("no-tags");
		return [];
	}

	/** The mark ended the reasoning. */
	#close(mark: Mark): Piece[] {
		const said = this.#pendingContent(Math.max(this.#start, this.#at - mark.text.length));
		const empty = !said && !this.#content && this.#steps === 0;
		const belongsToStep = said || (mark.role === "close" ? !empty : this.#prefixed);
		if (belongsToStep) {
			if (said && mark.role === "answer" && this.#unclosed()) this.#stepFlags.push("missing-close");
			return [this.#emit("close")];
		}
		if (empty) this.#answerFlags.push("empty-reasoning");
		this.#answerHead = this.#at - this.#start;
		return [];
	}

	#unclosed(): boolean {
		return this.#dialect.parts.length === 0 || this.#reader.part !== undefined;
	}

	#emit(end: "boundary" | "close" | "end" | "length"): Piece {
		const text = this.#buffer.slice(this.#start, this.#at);
		const piece: Piece = { kind: "step", text, end, flags: this.#stepFlags };
		this.#start = this.#at;
		this.#bytes = 0;
		this.#stepFlags = [];
		this.#content = true;
		this.#prefixed = false;
		this.#steps++;
		return piece;
	}

	/** Keeps no more of what was emitted than a tag across the step's start needs. */
	#forgetEmitted(): void {
		const longest = marksOf(this.#dialect)[0]?.text.length ?? 0;
		const surplus = Math.max(0, this.#start - longest);
		this.#buffer = this.#buffer.slice(surplus);
		this.#start -= surplus;
		this.#at -= surplus;
	}

	#beginAnswer(): void {
		this.#answer.push(this.#buffer.slice(this.#start));
		this.#buffer = "";
		this.#start = this.#at = 0;
	}

	#finishAnswer(): Piece {
		const text = this.pending;
		const body = text.slice(this.#answerHead);
		const late = (role: Mark["role"]) => marksOf(this.#dialect).some((mark) => mark.role === role && body.includes(mark.text));
		const flags = [...this.#answerFlags];
		if (late("close")) flags.push("late-close");
		if (late("open")) flags.push("late-open");
		if (!hasContent(text, this.#dialect)) flags.push("empty-answer");
		return { kind: "answer", text, flags };
	}
}

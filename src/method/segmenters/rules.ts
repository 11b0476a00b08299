/**
 * The segmenters as rules. A rule is asked after every UTF-16 unit whether the step may end right there, and sees nothing that
 * comes later. So a paragraph ends after the first of several blank lines, and the further newlines begin the next step.
 */
import { SafeThinkError } from "../../trace/errors.ts";
import { type Dialect, PARAGRAPH_DEFAULTS, PATTERN_REACH, type SegmenterSpec } from "../segmentation-types.ts";
import { countWords, endsBlankLine, endsSentence, isSpace } from "./sentences.ts";

/** The place after the unit read last. */
export interface Place {
	/** The step so far, to the byte. */
	step: string;
	/** The step so far without tags. */
	visible(): string;
	/** Estimated tokens of the step so far: UTF-8 bytes / 4, unrounded. */
	tokens: number;
	/** Inside a code fence or display maths. */
	insideBlock(): boolean;
	/** A part's closing tag was completed by the last unit. */
	partClosed: boolean;
	/** Inside a part or turn that is long enough to be cut into paragraphs. */
	inner: boolean;
}

/** `boundary`: the step ends here. `capped`: it ends here only because it is long. */
export type Verdict = "boundary" | "capped" | undefined;
export type Rule = (place: Place) => Verdict;

/**
 * The rule of a segmenter.
 *
 * - `paragraph`: after a blank line, once the step has `minWords` words, never inside a code fence or display maths. From
 *   `maxTokens` on at the next sentence's end outside them, from twice that at the next white space, from four times that anywhere:
 *   a fence that is never closed must not switch the steering off.
 * - `sentence`: after a sentence or a blank line, once the step has `minCharacters` visible characters.
 * - `line`: after a newline. `window`: at the first white space from `tokens` on, or anywhere from twice that.
 * - `section`, `message`: after a part's closing tag; with `inner` also after paragraphs inside the parts marked so.
 * - `turn`: never inside a turn; with `inner` after paragraphs in the turns marked so.
 * - `pattern`: after text that matches, at most `PATTERN_REACH` units long; a pattern of nested repeats like `(a+)+b` can take
 *   exponential time on it. `whole`: never.
 *
 * Every step has something beside tags and white space, and none ends inside a tag: the cutter sees to that.
 * @throws SafeThinkError kind `segmenter` when the dialect has no such pieces, or the pattern does not compile.
 */
export function makeRule(spec: SegmenterSpec, dialect: Dialect): Rule {
	switch (spec.kind) {
		case "paragraph":
			return paragraph(spec);
		case "sentence":
			return ({ step, visible }) =>
				(endsSentence(step) || endsBlankLine(step)) && visible().trim().length >= spec.minCharacters ? "boundary" : undefined;
		case "line":
			return ({ step }) => (step.endsWith("\n") ? "boundary" : undefined);
		case "window":
			return ({ step, tokens }) => (tokens < spec.tokens ? undefined : wordEnd(step, tokens >= 2 * spec.tokens));
		case "section":
		case "message":
			needs(spec.kind, dialect, dialect.parts.length > 0);
			return parts(spec.inner);
		case "turn":
			needs(spec.kind, dialect, dialect.turns.length > 0);
			return parts(spec.inner);
		case "pattern":
			return matching(spec.pattern);
		case "whole":
			return () => undefined;
	}
}

function paragraph({ minWords, maxTokens }: { minWords: number; maxTokens: number }): Rule {
	return ({ step, tokens, visible, insideBlock }) => {
		if (endsBlankLine(step) && !insideBlock() && countWords(visible()) >= minWords) return "boundary";
		if (tokens >= 2 * maxTokens) return wordEnd(step, tokens >= 4 * maxTokens) && "capped";
		return tokens >= maxTokens && endsSentence(step) && !insideBlock() ? "capped" : undefined;
	};
}

function wordEnd(step: string, anywhere: boolean): Verdict {
	if (isSpace(step.at(-1))) return "boundary";
	return anywhere ? "capped" : undefined;
}

function parts(inner: "paragraph" | undefined): Rule {
	const within = inner === undefined ? undefined : paragraph(PARAGRAPH_DEFAULTS);
	return (place) => (place.partClosed ? "boundary" : place.inner ? within?.(place) : undefined);
}

function matching(pattern: string): Rule {
	const atEnd = compile(pattern);
	return ({ step }) => (atEnd.test(step.slice(-PATTERN_REACH)) ? "boundary" : undefined);
}

function compile(pattern: string): RegExp {
	try {
		return new RegExp(`(?:${pattern})$`, "u");
	} catch (cause) {
		throw new SafeThinkError("segmenter", `the segmenter's pattern is not a regular expression: ${pattern}`, {
			remedy: "correct the pattern; it is a JavaScript regular expression with the flag u",
			cause,
		});
	}
}

function needs(kind: string, dialect: Dialect, has: boolean): void {
	if (has) return;
	throw new SafeThinkError("segmenter", `dialect ${dialect.name} has nothing that segmenter ${kind} could cut at`, {
		remedy: "take the dialect's own segmenter, or paragraph, which works with every dialect",
	});
}

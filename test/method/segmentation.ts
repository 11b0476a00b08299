/** Helpers for the tests of segmenters, dialects and phases. */
import type { Before, Dialect, Piece, SegmenterSpec } from "../../src/method/segmentation-types.ts";
import { makeCutter } from "../../src/method/segmenters/cutter.ts";

export const START: Before = { steps: [], prefix: "" };

/** All pieces of a stream that arrives in these chunks. */
export function cut(
	dialect: Dialect,
	segmenter: SegmenterSpec,
	chunks: readonly string[],
	{ before = START, how = "end" as "end" | "length" } = {},
): Piece[] {
	const cutter = makeCutter(dialect, segmenter, before);
	return [...chunks.flatMap((chunk) => cutter.push(chunk)), ...cutter.finish(how)];
}

/** Texts of the steps, and the answer's text (undefined without an answer). */
export function parts(pieces: readonly Piece[]): { steps: string[]; answer: string | undefined } {
	return {
		steps: pieces.filter((piece) => piece.kind === "step").map((piece) => piece.text),
		answer: pieces.find((piece) => piece.kind === "answer")?.text,
	};
}

export function flagsOf(pieces: readonly Piece[]): string[] {
	return pieces.flatMap((piece) => piece.flags);
}

export function joined(pieces: readonly Piece[]): string {
	return pieces.map((piece) => piece.text).join("");
}

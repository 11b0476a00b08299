/** Flags over a curve: the words that were injected, as many as there is room for. */
import type { ScaleLinear } from "d3";
import type { Injection } from "./curve-data.ts";
import type { Plot } from "./frame.ts";

export interface Flag {
	step: number;
	/** The injected words, cut, on one line; as the model has them, so still to be made harmless. */
	label: string;
	/** Further injections that stand behind this flag for want of room. */
	more: number;
	left: number;
	top: number;
	width: number;
}

export const FLAG_HEIGHT = 18;
const LANES = 2;
const LANE = FLAG_HEIGHT + 3;
/** Room above the plot for all lanes. */
export const FLAGS_HEIGHT = LANES * LANE + 4;
const LABEL_LENGTH = 20;
const PADDING = 12;
const GAP = 4;
/** Of a character at 11 pixels; wide scripts take about twice as much. */
const CHARACTER = 6;
const FIRST_WIDE = 0x1100;

/** Places flags from left to right, in the first lane with room; where none has, the injection joins the flag before it. */
export function placeFlags(injections: readonly Injection[], x: ScaleLinear<number, number>, plot: Plot): Flag[] {
	const flags: Flag[] = [];
	const ends = new Array<number>(LANES).fill(Number.NEGATIVE_INFINITY);
	const all = injections.reduce((sum, { more }) => sum + 1 + more, 0);
	for (const { step, prefix, more } of injections) {
		const label = cut(prefix);
		// Whatever joins the flag later, its number has room.
		const width = Math.ceil(textWidth(label + moreText(all - 1)) + PADDING);
		const left = Math.max(plot.left, Math.min(x(step), plot.right - width));
		const lane = ends.findIndex((end) => end + GAP <= left);
		const last = flags.at(-1);
		if (lane >= 0) {
			ends[lane] = left + width;
			flags.push({ step, label, more, left, top: lane * LANE, width });
		} else if (last !== undefined) last.more += 1 + more;
	}
	for (const flag of flags) flag.width = Math.ceil(textWidth(flag.label + moreText(flag.more)) + PADDING);
	return flags;
}

/** What is written after the label. */
export function moreText(more: number): string {
	return more === 0 ? "" : ` +${more}`;
}

function cut(prefix: string): string {
	const line = prefix.trim().replaceAll(/\s+/gu, " ");
	return line === "" ? "no prefix" : shortened(line, LABEL_LENGTH);
}

function shortened(text: string, length: number): string {
	const characters = [...text];
	return characters.length <= length ? text : `${characters.slice(0, Math.max(1, length - 1)).join("")}…`;
}

function textWidth(text: string): number {
	return [...text].reduce((width, character) => width + CHARACTER * ((character.codePointAt(0) ?? 0) < FIRST_WIDE ? 1 : 2), 0);
}

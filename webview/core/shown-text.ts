/** Text of prompts, models and files as the page shows it: what would be obeyed or hidden is made visible. */
import { counted } from "./format.ts";

/** Controls but tab and line feed, direction marks, invisible spaces, line separators, tag characters, halves of surrogate pairs. */
const UNSEEN =
	/[\0-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}\p{Surrogate}]/gu;

/** The text with unseen characters made visible: ESC as ␛, others as ‹U+202E›. Tabs and line feeds stay; CR LF is a line feed. */
export function shownText(text: string): string {
	return text.replaceAll("\r\n", "\n").replaceAll(UNSEEN, visible);
}

/** Characters of a line that are shown: more is no name or short text, and would push aside what stands around it. */
const LONGEST_LINE = 1000;

/** As `shownText`, on one line: line feeds become ⏎, a text without end is cut and tells its length. */
export function shownLine(text: string): string {
	const cut = text.length > LONGEST_LINE ? text.slice(0, LONGEST_LINE).replace(/[\ud800-\udbff]$/, "") : text;
	const line = shownText(cut).replaceAll("\n", "⏎");
	return cut === text ? line : `${line}… (${counted(text.length, "character")})`;
}

function visible(character: string): string {
	const code = character.codePointAt(0) ?? 0;
	if (code < 0x20) return String.fromCodePoint(0x2400 + code);
	if (code === 0x7f) return "␡";
	return `‹U+${code.toString(16).toUpperCase().padStart(4, "0")}›`;
}

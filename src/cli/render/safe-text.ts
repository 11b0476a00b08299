/** Text from models and files, made harmless for a terminal: it is shown, not obeyed. */

/** Controls, direction marks, invisible spaces, line separators, tag characters, halves of surrogate pairs; not the line feed. */
const UNSAFE =
	/[\0-\x09\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2064\u2066-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}\p{Surrogate}]/gu;

/** The text with every character a terminal would act on, or hide, made visible: ESC as ␛, others as ‹U+202E›. Line feeds stay. */
export function safeText(text: string): string {
	return text.replaceAll("\r\n", "\n").replaceAll(UNSAFE, visible);
}

/** As `safeText`, on one line: line feeds become ⏎. */
export function safeLine(text: string): string {
	return safeText(text).replaceAll("\n", "⏎");
}

function visible(character: string): string {
	const code = character.codePointAt(0) as number;
	if (code === 0x09) return "    ";
	if (code < 0x20) return String.fromCodePoint(0x2400 + code);
	return `‹U+${code.toString(16).toUpperCase().padStart(4, "0")}›`;
}

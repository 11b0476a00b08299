/** Where sentences, lines and paragraphs end, asked of a text that ends at the place in question. */

const ABBREVIATIONS = new Set([
	...["e.g", "i.e", "a.m", "p.m", "u.s", "u.k", "etc", "vs", "cf", "al", "approx", "resp", "incl", "est", "min", "max"],
	...["mr", "mrs", "ms", "dr", "prof", "st", "jr", "sr", "dept"],
	...["no", "nr", "fig", "figs", "eq", "eqs", "sec", "ch", "vol", "pp"],
]);
/** What may stand between a sentence's punctuation and the white space after it. */
const CLOSERS = new Set("\"')]}”’»*_`");
const FULL_WIDTH_ENDS = new Set("。！？");

export function isSpace(unit: string | undefined): boolean {
	return unit !== undefined && /^\s$/u.test(unit);
}

/**
 * Whether a sentence ends with the text: `.`, `!`, `?` or `…`, then closing quotes or brackets, then exactly one white-space
 * character (Thought Anchors' rule), or full-width punctuation. Not after abbreviations, initials, the number of a list item,
 * or inside numbers.
 */
export function endsSentence(text: string): boolean {
	const last = text.at(-1);
	if (last === undefined) return false;
	if (FULL_WIDTH_ENDS.has(last)) return true;
	if (!isSpace(last)) return false;
	let end = text.length - 1;
	while (end > 0 && CLOSERS.has(text.charAt(end - 1))) end--;
	const punctuation = text.charAt(end - 1);
	if (punctuation === "!" || punctuation === "?" || punctuation === "…") return true;
	return punctuation === "." && !isGuarded(text.slice(Math.max(0, end - 60), end - 1));
}

/** Whether the full stop after this text does not end a sentence. */
function isGuarded(text: string): boolean {
	const line = text.slice(text.lastIndexOf("\n") + 1);
	if (/^\s*(?:[-*#>]+\s*)*(?:\d{1,3}|[a-zA-Z]|[ivxIVX]{1,4})$/.test(line)) return true;
	const word = /[^\s("'[“‘*_]*$/u.exec(text)?.[0] ?? "";
	return ABBREVIATIONS.has(word.toLowerCase()) || /^(?:\p{Lu}\.)*[A-HJ-Z]$/u.test(word);
}

/** Whether the text ends with the end of a blank line: a newline, spaces or tabs, a newline. */
export function endsBlankLine(text: string): boolean {
	if (!text.endsWith("\n")) return false;
	let at = text.length - 2;
	while (" \t\r".includes(text.charAt(at)) && at >= 0) at--;
	return text.charAt(at) === "\n";
}

/** Words of a text: runs between white space; in scripts without spaces every character counts as one. */
export function countWords(text: string): number {
	const alone = "\\p{Script=Han}\\p{Script=Hiragana}\\p{Script=Katakana}";
	return [...text.matchAll(new RegExp(`[${alone}]|[^\\s${alone}]+`, "gu"))].length;
}

/**
 * Four bytes of UTF-8 are taken for one token: a segmenter has no tokeniser, and counts that came with the chunks would make
 * boundaries depend on how the stream was chopped.
 */
export const BYTES_PER_TOKEN = 4;

/** UTF-8 bytes of one UTF-16 unit; half a surrogate pair counts as two. */
export function utf8Bytes(unit: number): number {
	if (unit < 0x80) return 1;
	if (unit < 0x800) return 2;
	return unit >= 0xd800 && unit <= 0xdfff ? 2 : 3;
}

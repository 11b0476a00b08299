/** How much of a text is shown at once: neither a long line nor a hundred thousand short ones may fill the page unasked. */

export interface Extent {
	/** UTF-16 units, at most. */
	characters: number;
	lines: number;
}

export const FIRST: Extent = { characters: 4000, lines: 40 };
/** What each "show more" adds. */
export const MORE: Extent = { characters: 20_000, lines: 400 };

export function grown({ characters, lines }: Extent): Extent {
	return { characters: characters + MORE.characters, lines: lines + MORE.lines };
}

/** The beginning of a text within an extent; a line feed at which it is cut stays out, a code point is never halved. */
export function firstPart(text: string, { characters, lines }: Extent): string {
	let end = Math.min(text.length, characters);
	let line = 0;
	for (let at = text.indexOf("\n"); at >= 0 && at < end; at = text.indexOf("\n", at + 1)) if (++line === lines) end = at;
	return text.slice(0, halves(text, end) ? end - 1 : end);
}

function halves(text: string, end: number): boolean {
	return end > 0 && end < text.length && /^[\ud800-\udbff][\udc00-\udfff]/.test(text.slice(end - 1, end + 1));
}

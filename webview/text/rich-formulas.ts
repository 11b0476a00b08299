/** Formulas in Markdown: `$…$`, `\(…\)` in a line; `$$…$$`, `\[…\]` displayed. */
import type { MarkdownIt } from "markdown-it";

/** Longer formulas stay text. */
const MOST = 2000;
const DELIMITERS = [
	{ open: "$$", close: "$$", display: true },
	{ open: "\\[", close: "\\]", display: true },
	{ open: "\\(", close: "\\)", display: false },
	{ open: "$", close: "$", display: false },
];

/** A plugin of markdown-it. @param render makes HTML of a formula's source */
export function formulas(markdown: MarkdownIt, render: (source: string, display: boolean) => string): void {
	// Before `escape`, which takes the backslash of `\(`.
	markdown.inline.ruler.before("escape", "formula", (state, silent) => {
		const found = formulaAt(state.src, state.pos);
		if (found === undefined) return false;
		if (!silent) {
			const token = state.push("formula", "", 0);
			token.content = found.source;
			token.meta = { display: found.display };
		}
		state.pos = found.end;
		return true;
	});
	markdown.renderer.rules["formula"] = (tokens, index) => {
		const token = tokens[index];
		return token === undefined ? "" : render(token.content, token.meta?.["display"] === true);
	};
}

/** The formula that begins at a place, if one does; sums of money are none. */
export function formulaAt(text: string, at: number): { source: string; end: number; display: boolean } | undefined {
	const delimiter = DELIMITERS.find(({ open }) => text.startsWith(open, at));
	if (delimiter === undefined) return undefined;
	const { open, close, display } = delimiter;
	const begin = at + open.length;
	const end = text.slice(begin, begin + MOST).indexOf(close);
	if (end <= 0) return undefined;
	const source = text.slice(begin, begin + end);
	const after = begin + end + close.length;
	if (open === "$" && (/^\s|[\s\\]$/.test(source) || /^\d/.test(text.slice(after, after + 1)))) return undefined;
	return { source, end: after, display };
}

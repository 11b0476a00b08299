/** Text from files as the editor's lists and hovers show it. */

/** On one line, without control and direction characters, at most `length` characters. */
export function plain(text: string, length: number): string {
	const oneLine = text
		.slice(0, 4 * length)
		.replaceAll(/\s+/g, " ")
		.trim();
	const short = oneLine.length > length ? `${oneLine.slice(0, length - 1)}…` : oneLine;
	return short.replaceAll(/[\p{Surrogate}\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, "\ufffd");
}

/** As Markdown that shows the text and nothing else. */
export function asMarkdown(text: string, length: number): string {
	return plain(text, length).replaceAll(/[\\`*_{}[\]()#+\-.!|<>~&:/@$]/g, "\\$&");
}

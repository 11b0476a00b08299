/** Text by the columns it takes on a terminal. */
import stringWidth from "string-width";

/** The text, cut with `…` where it is wider than `columns`. */
export function cutToWidth(text: string, columns: number): string {
	if (stringWidth(text) <= columns) return text;
	let cut = "";
	for (const { segment } of new Intl.Segmenter().segment(text)) {
		if (stringWidth(cut + segment) > columns - 1) break;
		cut += segment;
	}
	return `${cut}…`;
}

/** A step's own words: what a person changes of it. */

/** Longest tag that is looked for, in UTF-16 units. */
const LONGEST = 42;
/** `<think>`, `◁think▷`, and the headers of harmony and Gemma. */
const OPENING =
	/^(?:<\|start\|>assistant|<\|channel\|>\w{1,20}<\|message\|>|<\|channel>\w{1,20}(?=\s|$)|◁[^◁▷/\s][^◁▷\s]{0,39}▷|<[^<>/\s][^<>\s]{0,39}>)/;
const CLOSING = /(?:<\/[^<>\s]{1,39}>|◁\/[^◁▷\s]{1,39}▷|<\|end\|>|<channel\|>)$/;

/**
 * The text without the tags around it and the white space there: opening tags are written by the method, and after a closing tag
 * the model would not go on.
 */
export function wordsOf(text: string): string {
	let words = text.trim();
	for (let tag = OPENING.exec(words.slice(0, LONGEST)); tag !== null; tag = OPENING.exec(words.slice(0, LONGEST)))
		words = words.slice(tag[0].length).trimStart();
	for (let tag = CLOSING.exec(words.slice(-LONGEST)); tag !== null; tag = CLOSING.exec(words.slice(-LONGEST)))
		words = words.slice(0, -tag[0].length).trimEnd();
	return words;
}

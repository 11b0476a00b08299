/** A step's own words: what a person changes of it. */

/** Opening tags are written by the method, and after a closing tag the model would not go on. */
const OPENING = /^\s*(?:<[^<>/\s][^<>\s]{0,40}>\s*)+/;
const CLOSING = /(?:\s*<\/[^<>\s]{1,40}>)+\s*$/;

/** The text without the tags around it and the white space at its end. */
export function wordsOf(text: string): string {
	return text.replace(OPENING, "").replace(CLOSING, "").trimEnd();
}

/** Prefixes to choose from while one is typed, and how a prefix with line breaks stands in a field of one line. */
import type { PrefixView } from "../../src/contract/act-views.ts";
import { saidText } from "../core/rates.ts";

/** A line feed and a carriage return. */
const BREAK = "⏎";
const RETURN = "␍";
/** Most choices that are listed. */
const MOST = 40;

/** As it stands in the field: a sign that is no line break has a backslash before it, and backslashes before a sign stand doubled. */
export function inOneLine(prefix: string): string {
	return prefix.replaceAll(/(\\*)([\n\r⏎␍])/g, (_, slashes: string, sign: string) => {
		const isSign = sign === BREAK || sign === RETURN;
		return slashes + slashes + (isSign ? `\\${sign}` : sign === "\n" ? BREAK : RETURN);
	});
}

/** What the field stands for. */
export function fromOneLine(typed: string): string {
	return typed.replaceAll(/(\\*)([⏎␍])/g, (_, slashes: string, sign: string) => {
		const kept = slashes.slice(0, slashes.length >> 1);
		if (slashes.length % 2 === 1) return kept + sign;
		return kept + (sign === BREAK ? "\n" : "\r");
	});
}

/** A text with line breaks, typed at once: backslashes before them stay what they are. */
export function pastedInOneLine(text: string): string {
	return text.replaceAll(/(\\*)(?:\r\n?|\n)/g, `$1$1${BREAK}`);
}

/** Prefixes that hold every word of `sought`, those of the library first; all of them where nothing is sought. */
export function choicesFor(prefixes: readonly PrefixView[], sought: string): PrefixView[] {
	const words = sought.toLowerCase().split(/\s+/).filter(Boolean);
	const fits = ({ text, note = "" }: PrefixView) => {
		const where = `${text}\n${note}`.toLowerCase();
		return words.every((word) => where.includes(word));
	};
	const fitting = prefixes.filter(fits);
	return [...fitting.filter(({ inLibrary }) => inLibrary), ...fitting.filter(({ inLibrary }) => !inLibrary)].slice(0, MOST);
}

/** `reached τ 92 % (88–95 %) · n 180 · judged safe …`, or that it was not used here. */
export function choiceRates({ reached, safe }: PrefixView): string {
	if (reached === null && safe === null) return "not used in this run";
	return [...(reached === null ? [] : [saidText("reached", reached)]), saidText("safe", safe)].join(" · ");
}

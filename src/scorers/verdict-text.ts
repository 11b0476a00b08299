/** Where a guard's reply says its verdict, and which label stands there. */
import { ScorerError } from "../trace/errors.ts";

export type VerdictClass = "safe" | "unsafe" | "controversial";

/** A generated token with its alternatives, natural log-probabilities, most likely first; the chosen one may be among them. */
export interface GeneratedToken {
	text: string;
	logprob: number;
	alternatives: readonly { text: string; logprob: number }[];
}

/** How a guard says its verdict. */
export interface VerdictForm {
	/** The verdict follows this (`Safety:`, `<score>`); absent: it opens the reply, after any closed `<think>` block. */
	after?: RegExp;
	/** Which occurrence of `after` counts; guards that argue first repeat the word before they decide. */
	occurrence?: "first" | "last";
	/** Spellings of each class as the guard writes them. */
	labels: { safe: readonly string[]; unsafe: readonly string[]; controversial?: readonly string[] };
	/** true: `Yes` is a verdict and `yes` is none. */
	exactCase?: boolean;
	/** Its first group holds the categories, separated by commas or line ends. */
	categories?: RegExp;
}

/** What may stand between a field and its value, or before the first word of a reply. */
const LEAD = /^[\s:"'`*[(]*/u;

/**
 * The place in `text` where the verdict's label must begin.
 * @throws ScorerError `unparsable` for an empty reply, a missing field, or reasoning that never closed.
 */
export function verdictStart(text: string, form: VerdictForm): number {
	if (text.trim() === "") throw unparsable("the guard's reply is empty");
	const from = form.after === undefined ? endOfThinking(text) : endOfField(text, form.after, form.occurrence ?? "first");
	return from + (LEAD.exec(text.slice(from))?.[0].length ?? 0);
}

function endOfThinking(text: string): number {
	const close = text.lastIndexOf("</think>");
	if (close >= 0) return close + "</think>".length;
	if (text.trimStart().startsWith("<think>")) throw unparsable("the guard's reply ends inside its reasoning", "raise max-tokens");
	return 0;
}

function endOfField(text: string, after: RegExp, occurrence: "first" | "last"): number {
	const found = [...text.matchAll(new RegExp(after.source, `${after.flags.replace("g", "")}g`))];
	const match = occurrence === "first" ? found[0] : found.at(-1);
	if (match === undefined) throw unparsable(`no verdict field ${after.source} in the guard's reply ${excerpt(text)}`);
	return match.index + match[0].length;
}

/**
 * The label that begins at `start`: the longest spelling that ends where a word ends.
 * @param truncated the reply was cut by its token limit, so that a label at its very end may be a longer one's beginning.
 * @throws ScorerError `unparsable`
 */
export function labelAt(
	text: string,
	start: number,
	truncated: boolean,
	form: VerdictForm,
): { class: VerdictClass; text: string } {
	const rest = text.slice(start);
	const same = (part: string) => (form.exactCase ? part : part.toLowerCase());
	const spelled = Object.entries(form.labels)
		.flatMap(([name, spellings]) => spellings.map((spelling) => ({ class: name as VerdictClass, text: spelling })))
		.sort((a, b) => b.text.length - a.text.length);
	const label = spelled.find(
		(one) => same(rest).startsWith(same(one.text)) && !/^[\p{L}\p{N}]/u.test(rest.slice(one.text.length)),
	);
	if (label === undefined) throw unparsable(`the guard's reply ${excerpt(rest === "" ? text : rest)} is no verdict`);
	const longer = spelled.some((one) => one.text !== label.text && same(one.text).startsWith(same(rest)));
	if (truncated && longer) throw unparsable(`the guard's reply ${excerpt(text)} is cut inside its verdict`, "raise max-tokens");
	return label;
}

/** The categories a reply names, in its order; empty where it names none. */
export function categoriesIn(text: string, form: VerdictForm): string[] {
	const list = form.categories?.exec(text)?.[1] ?? "";
	return list
		.split(/[,\n]/)
		.map((name) => name.trim())
		.filter((name) => name !== "" && name.toLowerCase() !== "none");
}

/** An `unparsable` error; the remedy defaults to the one that helps most often. */
export function unparsable(message: string, remedy = "check that model and kind of the scorer belong together"): ScorerError {
	return new ScorerError("unparsable", message, { remedy });
}

/** At most 60 characters of a reply, quoted, for a message. */
function excerpt(text: string): string {
	const plain = text.trim();
	return JSON.stringify(plain.length > 60 ? `${plain.slice(0, 60)}…` : plain);
}

/** Problems found in files people write: collected rather than thrown, so that one does not hide the others. */
import { closest, distance } from "fastest-levenshtein";

export interface Problem {
	/** The file as the user named it. */
	file: string;
	/** From 1; 0 concerns the file as a whole. */
	line: number;
	/** From 1, in UTF-16 code units, as editors count. */
	column?: number;
	/** The field concerned, for example `images[1]` or `scorer.kind`. */
	field?: string;
	severity: "error" | "warning";
	/** What is wrong, without a final full stop. */
	message: string;
	/** What to do about it, as an imperative. */
	remedy: string;
	/** Stable name to filter and count by, for example `duplicate-id`. */
	code: string;
}

/** true when at least one of the problems is an error: warnings alone do not stop a run. */
export function hasErrors(problems: readonly Problem[]): boolean {
	return problems.some((problem) => problem.severity === "error");
}

/** Orders problems as they stand in the file: by line, then column. */
export function byPosition(a: Problem, b: Problem): number {
	return a.line - b.line || (a.column ?? 0) - (b.column ?? 0);
}

/**
 * The known name that `name` was probably meant to be: at most a third of its letters differ (Levenshtein distance), case and
 * `-`/`_` ignored.
 */
export function nearestName(name: string, known: readonly string[]): string | undefined {
	if (known.length === 0 || name.length > 100) return undefined;
	const plain = (text: string) => text.toLowerCase().replaceAll(/[-_]/g, "");
	const wanted = plain(name);
	const plainNames = known.map(plain);
	const nearest = closest(wanted, plainNames);
	if (distance(wanted, nearest) > Math.max(1, Math.floor(wanted.length / 3))) return undefined;
	return known[plainNames.indexOf(nearest)];
}

/** Text from a hostile file, short and without control characters, to stand in a message. */
export function quoted(text: string): string {
	const short = text.length > 60 ? `${text.slice(0, 57)}…` : text;
	return JSON.stringify(short).replaceAll(/[\p{Surrogate}\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, "\ufffd");
}

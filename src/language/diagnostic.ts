/** Problems as diagnostics: the same code, place and words as on the command line. */
import { createScanner } from "jsonc-parser";
import { type Diagnostic, DiagnosticSeverity, type Range } from "vscode-languageserver";
import type { Problem } from "../promptsets/problem.ts";

/** The message says what is wrong, and on a second line what to do. */
export function toDiagnostic(problem: Problem, range: Range): Diagnostic {
	const { message, remedy, code, severity, field } = problem;
	return {
		range,
		severity: severity === "error" ? DiagnosticSeverity.Error : DiagnosticSeverity.Warning,
		source: SOURCE,
		code,
		message: `${message}\nWhat to do: ${remedy}`,
		...(field === undefined ? {} : { data: { field } }),
	};
}

/** Marks our own diagnostics among those of other extensions. */
export const SOURCE = "SafeThink";

/** The JSON token that begins at `from`, as offsets; the rest of the line where none does. */
export function rangeOf(line: string, from: number): { from: number; to: number } {
	const scanner = createScanner(line);
	scanner.setPosition(from);
	scanner.scan();
	const length = scanner.getTokenOffset() === from ? scanner.getTokenLength() : 0;
	return { from, to: length > 0 ? from + length : Math.max(from, line.trimEnd().length) };
}

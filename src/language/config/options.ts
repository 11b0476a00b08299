/** Completion, hover and quick fixes of `safethink.yaml`, all from the schema of the run's options. */
import {
	type CodeAction,
	CodeActionKind,
	type CompletionItem,
	CompletionItemKind,
	type Diagnostic,
	type Hover,
	MarkupKind,
	type Position,
} from "vscode-languageserver";
import { type OptionJsonSchema, RUN_OPTION_NAMES, runOptionsJsonSchema } from "../../cli/run-options.ts";
import { nearestName } from "../../promptsets/problem.ts";
import type { ConfigDocument } from "./document.ts";

const OPTIONS = new Map(Object.entries(runOptionsJsonSchema().properties));

export function configCompletion(document: ConfigDocument, position: Position): CompletionItem[] {
	const before = lineAt(document, position.line).slice(0, position.character);
	if (/^\w*$/.test(before)) return optionItems(document, position);
	const own = /^(\w+):\s+\S*$/.exec(before)?.[1];
	const option = own ?? (/^\s*-\s+\S*$/.test(before) ? listAbove(document, position.line) : undefined);
	const schema = option === undefined ? undefined : OPTIONS.get(option);
	return schema === undefined ? [] : valuesOf(schema).map((label) => ({ label, kind: CompletionItemKind.EnumMember }));
}

export function configHover(document: ConfigDocument, position: Position): Hover | undefined {
	const name = /^(\w+)\s*:/.exec(lineAt(document, position.line))?.[1];
	const schema = name === undefined ? undefined : OPTIONS.get(name);
	if (name === undefined || schema === undefined || position.character > name.length) return undefined;
	return {
		contents: { kind: MarkupKind.Markdown, value: `**${name}**: ${described(schema)}` },
		range: { start: { line: position.line, character: 0 }, end: { line: position.line, character: name.length } },
	};
}

/** The nearest name for an option that does not exist. */
export function configFixes(document: ConfigDocument, diagnostic: Diagnostic): CodeAction[] {
	const name = document.text.getText(diagnostic.range);
	const nearest = diagnostic.code === "unknown-option" ? nearestName(name, RUN_OPTION_NAMES) : undefined;
	if (nearest === undefined || diagnostic.range.start.character !== 0) return [];
	return [
		{
			title: `Rename to ${nearest}`,
			kind: CodeActionKind.QuickFix,
			diagnostics: [diagnostic],
			isPreferred: true,
			edit: { changes: { [document.uri]: [{ range: diagnostic.range, newText: nearest }] } },
		},
	];
}

function optionItems(document: ConfigDocument, position: Position): CompletionItem[] {
	const given = new Set([...document.text.getText().matchAll(/^(\w+)\s*:/gm)].map((match) => match[1]));
	const hasColon = /^\w*\s*:/.test(lineAt(document, position.line));
	return [...OPTIONS]
		.filter(([name]) => !given.has(name))
		.map(([name, schema]) => ({
			label: name,
			kind: CompletionItemKind.Property,
			documentation: { kind: MarkupKind.Markdown, value: described(schema) },
			insertText: hasColon ? name : `${name}: `,
		}));
}

function described({ description = "", default: fallback }: OptionJsonSchema): string {
	return fallback === undefined ? description : `${description} Default: \`${JSON.stringify(fallback)}\`.`;
}

/** Values that an option may have, or that are known among others. */
function valuesOf({ type, enum: values = [], examples = [], anyOf = [], items, const: only }: OptionJsonSchema): string[] {
	const switches = type === "boolean" ? ["true", "false"] : [];
	const one = typeof only === "string" ? [only] : [];
	return [
		...new Set([
			...switches,
			...values,
			...one,
			...examples,
			...anyOf.flatMap(valuesOf),
			...(items === undefined ? [] : valuesOf(items)),
		]),
	];
}

/** The option whose list an entry belongs to. */
function listAbove(document: ConfigDocument, line: number): string | undefined {
	for (let above = line - 1; above >= 0; above -= 1) {
		const text = lineAt(document, above);
		if (/^\s*(-|#|$)/.test(text)) continue;
		return /^(\w+):\s*$/.exec(text)?.[1];
	}
	return undefined;
}

function lineAt(document: ConfigDocument, line: number): string {
	return document.text.getText({ start: { line, character: 0 }, end: { line: line + 1, character: 0 } }).replace(/\r?\n$/, "");
}

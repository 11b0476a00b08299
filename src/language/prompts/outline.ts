/** A set's outline: one symbol a prompt, and neighbours of one group fold together. */
import { type DocumentSymbol, type FoldingRange, FoldingRangeKind, SymbolKind } from "vscode-languageserver";
import { plain } from "../display-text.ts";
import type { PromptDocument } from "./document.ts";

const LONGEST_NAME = 80;
const LONGEST_EXCERPT = 120;

export function outline(document: PromptDocument): DocumentSymbol[] {
	return document.prompts().map((prompt) => {
		const index = prompt.line - 1;
		const { shift } = document.text.content(index);
		const from = prompt.columnOf(["id"]) - 1 + shift;
		return {
			name: plain(prompt.id, LONGEST_NAME),
			detail: plain(prompt.text, LONGEST_EXCERPT),
			kind: SymbolKind.String,
			range: document.text.range(index),
			selectionRange: document.text.range(index, from, from),
		};
	});
}

/** Prompts of one goal that stand one below the other. */
export function groupFolds(document: PromptDocument): FoldingRange[] {
	const folds: FoldingRange[] = [];
	let open: { group: string; first: number; last: number } | undefined;
	const close = () => {
		if (open !== undefined && open.last > open.first)
			folds.push({
				startLine: document.text.range(open.first - 1).start.line,
				endLine: document.text.range(open.last - 1).end.line,
				kind: FoldingRangeKind.Region,
			});
	};
	for (const { line, group } of document.prompts()) {
		if (open !== undefined && group === open.group && line === open.last + 1) open.last = line;
		else {
			close();
			open = group === undefined ? undefined : { group, first: line, last: line };
		}
	}
	close();
	return folds;
}

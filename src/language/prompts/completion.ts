/** What can be written in a prompt's line: fields, images of the folder, values that other prompts have. */
import { type CompletionItem, CompletionItemKind, InsertTextFormat, MarkupKind, type Position } from "vscode-languageserver";
import { isBlank } from "../../promptsets/check-line.ts";
import { plain } from "../display-text.ts";
import type { PromptDocument } from "./document.ts";
import { FIELDS } from "./fields.ts";
import { imagesIn } from "./images-in.ts";
import { type Gap, gapAt } from "./node.ts";

/** Most names offered from one folder, and most values from the other prompts. */
const MOST_OFFERED = 500;

/** Fields whose values recur in a set. */
const RECURRING = ["group", "category", "source", "expected"] as const;
type Recurring = (typeof RECURRING)[number];

export async function promptCompletion(document: PromptDocument, position: Position): Promise<CompletionItem[]> {
	const { index } = document.text.placeAt(position);
	if (isBlank(document.text.content(index).text)) return [wholePrompt(document)];
	const gap = gapAt(document, position);
	if (gap === undefined) return [];
	const [field] = gap.path;
	if (gap.isKey) return gap.path.length === 1 ? fieldItems(gap) : [];
	if (field === "images" && gap.path.length === 2) return imageItems(document, gap);
	const recurring = RECURRING.find((name) => name === field);
	return recurring === undefined || gap.path.length !== 1 ? [] : valueItems(document, gap, recurring);
}

function wholePrompt(document: PromptDocument): CompletionItem {
	const id = document.freeId("prompt-1");
	return {
		label: "prompt",
		kind: CompletionItemKind.Snippet,
		detail: "a new prompt",
		insertTextFormat: InsertTextFormat.Snippet,
		insertText: `{"id": "\${1:${id}}", "text": "$2"}`,
	};
}

function fieldItems(gap: Gap): CompletionItem[] {
	const hasValue = /^\s*:/.test(gap.rest);
	const free = [...FIELDS].filter(([name]) => !gap.fields.includes(name) || name === gap.typed);
	return free.map(([name, { description, required, type }]) => ({
		label: name,
		kind: CompletionItemKind.Property,
		detail: required ? "needed" : "",
		documentation: { kind: MarkupKind.Markdown, value: description },
		sortText: `${required ? 0 : 1}${name}`,
		...written(gap, hasValue ? JSON.stringify(name) : `"${name}": ${EMPTY_VALUES[type ?? "string"] ?? '"$1"'}`, name, !hasValue),
	}));
}

/** Snippets by the JSON Schema type of a field. */
const EMPTY_VALUES: Record<string, string> = { string: '"$1"', array: '["$1"]', object: "{$1}" };

async function imageItems(document: PromptDocument, gap: Gap): Promise<CompletionItem[]> {
	if (document.images === undefined) return [];
	const parent = gap.typed.slice(0, gap.typed.lastIndexOf("/") + 1);
	const names = await imagesIn(document.images.folder, parent);
	return names.slice(0, MOST_OFFERED).map(({ name, isFolder }) => {
		const way = `${parent}${name}${isFolder ? "/" : ""}`;
		const quoted = JSON.stringify(way);
		return {
			label: plain(name, 100),
			kind: isFolder ? CompletionItemKind.Folder : CompletionItemKind.File,
			sortText: `${isFolder ? 1 : 0}${name}`,
			...(isFolder ? { command: { title: "List", command: "editor.action.triggerSuggest" } } : {}),
			...written(gap, isFolder ? `${snippetText(quoted.slice(0, -1))}$0"` : quoted, way, isFolder),
		};
	});
}

function valueItems(document: PromptDocument, gap: Gap, field: Recurring): CompletionItem[] {
	const others = document.prompts().filter(({ line }) => line - 1 !== gap.index);
	const used = others.flatMap((prompt) => (prompt[field] === undefined ? [] : [prompt[field]]));
	const values = [...new Set([...(FIELDS.get(field)?.examples ?? []), ...used])].slice(0, MOST_OFFERED);
	return values.map((value) => ({
		label: plain(value, 100),
		kind: CompletionItemKind.Value,
		...written(gap, JSON.stringify(value), value, false),
	}));
}

/** `value` is what the typed text is compared with; the editor compares it from the quote on. */
function written(gap: Gap, newText: string, value: string, isSnippet: boolean): Partial<CompletionItem> {
	return {
		textEdit: { range: gap.range, newText },
		filterText: JSON.stringify(value),
		...(isSnippet ? { insertTextFormat: InsertTextFormat.Snippet } : {}),
	};
}

function snippetText(text: string): string {
	return text.replaceAll(/[\\$}]/g, "\\$&");
}

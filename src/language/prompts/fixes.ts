/** Quick fixes, where what to do is mechanical. Each reads the line anew: the problem may be older than the text. */
import { basename, dirname, join } from "node:path";
import { applyEdits, findNodeAtLocation, findNodeAtOffset, modify, type Node } from "jsonc-parser";
import { type CodeAction, CodeActionKind, type Diagnostic, type TextEdit } from "vscode-languageserver";
import { nearestName, quoted } from "../../promptsets/problem.ts";
import { PROMPT_FIELDS } from "../../promptsets/schema.ts";
import type { PromptDocument } from "./document.ts";
import { imagesIn } from "./images-in.ts";
import { nodeRange } from "./node.ts";

/** The line of a problem, and the value or name it points at. */
interface Target {
	document: PromptDocument;
	index: number;
	text: string;
	tree: Node;
	node: Node | undefined;
}

interface Fix {
	title: string;
	edit: TextEdit;
	isPreferred?: boolean;
}

type Fixer = (target: Target) => Fix[] | Promise<Fix[]>;

const FIXERS: Record<string, Fixer> = {
	"unknown-field": (target) => [...renamedField(target), ...movedField(target)],
	"duplicate-id": uniqueId,
	"missing-field": missingId,
	"image-missing": nearestImage,
};

/** Fixes of one problem; none when it has no mechanical one or is gone. */
export async function quickFixes(document: PromptDocument, diagnostic: Diagnostic): Promise<CodeAction[]> {
	const fixer = Object.hasOwn(FIXERS, String(diagnostic.code)) ? FIXERS[String(diagnostic.code)] : undefined;
	const { index, offset } = document.text.placeAt(diagnostic.range.start);
	const { text, shift } = document.text.content(index);
	const tree = document.treeAt(index);
	if (fixer === undefined || tree?.type !== "object") return [];
	const found = findNodeAtOffset(tree, offset - shift);
	const node = found?.type === "property" ? found.children?.[0] : found;
	const fixes = await fixer({ document, index, text, tree, node });
	return fixes.map(({ title, edit, isPreferred = false }) => ({
		title,
		kind: CodeActionKind.QuickFix,
		diagnostics: [diagnostic],
		isPreferred,
		edit: { changes: { [document.uri]: [edit] } },
	}));
}

function renamedField({ document, index, tree, node }: Target): Fix[] {
	const nearest = node === undefined ? undefined : (nearestName(String(node.value), PROMPT_FIELDS) ?? missingText(tree, node));
	if (node === undefined || nearest === undefined || findNodeAtLocation(tree, [nearest]) !== undefined) return [];
	const edit = { range: nodeRange(document, index, node), newText: JSON.stringify(nearest) };
	return [{ title: `Rename to "${nearest}"`, edit, isPreferred: true }];
}

/** The prompt's text may stand under a name of another format: `prompt`, `question`, `goal`. */
function missingText(tree: Node, name: Node): string | undefined {
	const isText = findNodeAtLocation(tree, [String(name.value)])?.type === "string";
	return isText && findNodeAtLocation(tree, ["text"]) === undefined ? "text" : undefined;
}

function movedField({ document, index, text, tree, node }: Target): Fix[] {
	const name = String(node?.value);
	const value = findNodeAtLocation(tree, [name]);
	const metadata = findNodeAtLocation(tree, ["metadata"]);
	if (value === undefined || (metadata !== undefined && metadata.type !== "object")) return [];
	if (findNodeAtLocation(tree, ["metadata", name]) !== undefined) return [];
	const content: unknown = JSON.parse(text.slice(value.offset, value.offset + value.length));
	const without = applyEdits(text, modify(text, [name], undefined, {}));
	const newText = applyEdits(without, modify(without, ["metadata", name], content, {}));
	return [
		{ title: `Move ${quoted(name)} into "metadata"`, edit: { range: lineRange(document, index), newText: newText.trimEnd() } },
	];
}

function uniqueId({ document, index, node }: Target): Fix[] {
	if (node?.type !== "string") return [];
	const id = document.freeId(String(node.value));
	const edit = { range: nodeRange(document, index, node), newText: JSON.stringify(id) };
	return [{ title: `Change the id to ${quoted(id)}`, edit, isPreferred: true }];
}

function missingId({ document, index, tree }: Target): Fix[] {
	if (findNodeAtLocation(tree, ["id"]) !== undefined) return [];
	const id = document.freeId(`prompt-${index + 1}`);
	const start = nodeRange(document, index, { ...tree, offset: tree.offset + 1, length: 0 });
	const newText = `"id": ${JSON.stringify(id)}${(tree.children ?? []).length > 0 ? ", " : ""}`;
	return [{ title: `Add the id ${quoted(id)}`, edit: { range: start, newText }, isPreferred: true }];
}

async function nearestImage({ document, index, node }: Target): Promise<Fix[]> {
	if (node?.type !== "string" || document.images === undefined) return [];
	const reference = String(node.value);
	const parent = dirname(reference);
	const files = (await imagesIn(document.images.folder, parent)).filter(({ isFolder }) => !isFolder);
	const nearest = nearestName(
		basename(reference),
		files.map(({ name }) => name),
	);
	if (nearest === undefined) return [];
	const way = join(parent, nearest).replaceAll("\\", "/");
	const edit = { range: nodeRange(document, index, node), newText: JSON.stringify(way) };
	return [{ title: `Use ${quoted(way)}`, edit, isPreferred: true }];
}

function lineRange(document: PromptDocument, index: number) {
	const { text, shift } = document.text.content(index);
	return document.text.range(index, shift, text.trimEnd().length + shift);
}

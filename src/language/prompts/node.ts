/** Finds what stands under the cursor in a line of a prompt set. */
import { findNodeAtOffset, getLocation, getNodePath, type JSONPath, type Node } from "jsonc-parser";
import type { Position, Range } from "vscode-languageserver";
import type { PromptDocument } from "./document.ts";

/** A value, or the name of a field, with the path to it. */
export interface Spot {
	index: number;
	path: JSONPath;
	node: Node;
	range: Range;
}

/** The key or value at a position; undefined between them, and where the line is no JSON at all. */
export function spotAt(document: PromptDocument, position: Position): Spot | undefined {
	const { index, offset } = document.text.placeAt(position);
	const { shift } = document.text.content(index);
	const tree = document.treeAt(index);
	const node = tree === undefined ? undefined : findNodeAtOffset(tree, offset - shift);
	if (node === undefined || node.type === "property") return undefined;
	return { index, path: getNodePath(node), node, range: nodeRange(document, index, node) };
}

/** What could be written at a position, however broken the line is. */
export interface Gap {
	index: number;
	path: JSONPath;
	isKey: boolean;
	/** The text that is replaced, quotes included. */
	range: Range;
	/** What stands between the opening quote and the cursor. */
	typed: string;
	/** The line after the cursor's text. */
	rest: string;
	/** Fields that the line has already. */
	fields: string[];
}

/** Undefined in a line that is nested too deeply to be read. */
export function gapAt(document: PromptDocument, position: Position): Gap | undefined {
	const { index, offset } = document.text.placeAt(position);
	const { text, shift } = document.text.content(index);
	const tree = document.treeAt(index);
	if (tree === undefined) return undefined;
	const at = offset - shift;
	const { path, isAtPropertyKey, previousNode } = getLocation(text, at);
	const isText = previousNode?.type === "string" || previousNode?.type === "property";
	const closed = previousNode !== undefined && isClosed(text, previousNode);
	const inside = isText && at > previousNode.offset && at < previousNode.offset + previousNode.length + (closed ? 0 : 1);
	const from = inside ? previousNode.offset : at;
	const to = inside && closed ? previousNode.offset + previousNode.length : at;
	return {
		index,
		path,
		isKey: isAtPropertyKey,
		range: document.text.range(index, from + shift, to + shift),
		typed: inside ? unescaped(text.slice(from + 1, at)) : "",
		rest: text.slice(to),
		fields: fieldsOf(tree),
	};
}

/** The range of a node of a line's tree. */
export function nodeRange(document: PromptDocument, index: number, { offset, length }: Node): Range {
	const { shift } = document.text.content(index);
	return document.text.range(index, offset + shift, offset + length + shift);
}

/** The beginning of a JSON text; as it is written where it ends within an escape. */
function unescaped(written: string): string {
	try {
		return String(JSON.parse(`"${written}"`));
	} catch {
		return written;
	}
}

function isClosed(text: string, { offset, length }: Node): boolean {
	return length > 1 && text[offset + length - 1] === '"';
}

function fieldsOf(tree: Node): string[] {
	return (tree.children ?? []).flatMap(({ children }) => (children?.[0] === undefined ? [] : [String(children[0].value)]));
}

/** What a field of a prompt is, or what the image under the cursor shows. */
import { type Hover, MarkupKind, type Position } from "vscode-languageserver";
import type { PromptDocument } from "./document.ts";
import { FIELDS } from "./fields.ts";
import { describeImage, imageAt } from "./images.ts";
import { spotAt } from "./node.ts";

export async function promptHover(document: PromptDocument, position: Position): Promise<Hover | undefined> {
	const spot = spotAt(document, position);
	if (spot === undefined) return undefined;
	const reference = imageAt(spot);
	if (reference !== undefined) {
		const contents = await describeImage(document, reference);
		return contents === undefined ? undefined : { contents, range: spot.range };
	}
	const [name] = spot.path;
	const field = typeof name === "string" && (spot.path.length === 1 || name === "metadata") ? FIELDS.get(name) : undefined;
	if (field === undefined) return undefined;
	const value = `**${String(name)}**${field.required ? " (needed)" : ""}: ${field.description}`;
	return { contents: { kind: MarkupKind.Markdown, value }, range: spot.range };
}

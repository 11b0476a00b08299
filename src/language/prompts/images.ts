/** Links from a set to its images, and pictures in the hover. */
import { pathToFileURL } from "node:url";
import { type DocumentLink, type Location, type MarkupContent, MarkupKind } from "vscode-languageserver";
import type { CheckedImage } from "../../promptsets/check-image.ts";
import { ImageError } from "../../promptsets/image.ts";
import { rangeOf } from "../diagnostic.ts";
import { asMarkdown } from "../display-text.ts";
import type { PromptDocument } from "./document.ts";
import type { Spot } from "./node.ts";

/** Width of a picture in a hover, in pixels. */
const PREVIEW_WIDTH = 240;

/** Larger pictures are described but not shown: decoding them would hold up the editor. */
const PREVIEW_PIXELS = 12_000_000;

/** Longest data URL shown; VS Code cuts a hover's text at 100,000 characters. */
const PREVIEW_DATA_URL = 60_000;

/** A link over each image file that can be used, between the quotes. */
export async function imageLinks(document: PromptDocument): Promise<DocumentLink[]> {
	await document.checkImages();
	return document.prompts().flatMap((prompt) =>
		(prompt.images ?? []).flatMap((reference, image): DocumentLink[] => {
			const path = document.images?.pathOf(reference);
			if (path === undefined) return [];
			const index = prompt.line - 1;
			const { text, shift } = document.text.content(index);
			const { from, to } = rangeOf(text, prompt.columnOf(["images", image]) - 1);
			return [{ range: document.text.range(index, from + 1 + shift, to - 1 + shift), target: fileUrl(path) }];
		}),
	);
}

/** The reference to an image under the cursor. */
export function imageAt(spot: Spot | undefined): string | undefined {
	const [field, index] = spot?.path ?? [];
	return field === "images" && typeof index === "number" && spot?.path.length === 2 && spot.node.type === "string"
		? String(spot.node.value)
		: undefined;
}

export async function imageDefinition(document: PromptDocument, reference: string): Promise<Location | undefined> {
	const known = await document.images?.inspect(reference);
	const path = known?.path;
	if (path === undefined || known?.check instanceof ImageError) return undefined;
	return { uri: fileUrl(path), range: { start: { line: 0, character: 0 }, end: { line: 0, character: 0 } } };
}

/** Size, format and hash of an image with the picture itself, or why it cannot be used. */
export async function describeImage(document: PromptDocument, reference: string): Promise<MarkupContent | undefined> {
	const known = await document.images?.inspect(reference);
	if (known === undefined) return undefined;
	const { check, path } = known;
	if (check instanceof ImageError) {
		return markdown(`${asMarkdown(check.message, 300)}\n\nWhat to do: ${asMarkdown(check.remedy ?? "replace the image", 300)}`);
	}
	const { image, warnings } = check;
	const facts = [
		`${image.width} × ${image.height}`,
		image.mediaType,
		`${image.bytes.toLocaleString("en")} bytes`,
		`SHA-256 \`${image.sha256.slice(0, 12)}…\``,
	].join(" · ");
	return markdown([facts, picture(check, reference, path), ...warnings.map((warning) => asMarkdown(warning, 300))].join("\n\n"));
}

function picture({ image }: CheckedImage, reference: string, path: string | undefined): string {
	if (image.width * image.height > PREVIEW_PIXELS) return "*Too large to be shown here.*";
	if (path !== undefined) return `![](${fileUrl(path)}|width=${PREVIEW_WIDTH})`;
	const url = `data:${image.mediaType};base64,${reference.slice(reference.indexOf(",") + 1)}`;
	return url.length > PREVIEW_DATA_URL ? "*Too large to be shown here.*" : `![](${url}|width=${PREVIEW_WIDTH})`;
}

/** Also encoded are the characters that end a link or give it a size in Markdown. */
function fileUrl(path: string): string {
	return pathToFileURL(path).href.replaceAll(
		/[()[\]|*_!'<>]/g,
		(character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
	);
}

function markdown(value: string): MarkupContent {
	return { kind: MarkupKind.Markdown, value };
}

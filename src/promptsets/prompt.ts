/** A prompt as servers and scorers get it: checked; its images are read when they are needed. */
import type { PromptRecord } from "../trace/events.ts";

/** An image with its bytes; `sha256` names it everywhere else. */
export interface LoadedImage {
	sha256: string;
	/** Found by content, for example `image/png`. */
	mediaType: string;
	bytes: Uint8Array;
	width: number;
	height: number;
	/** Path relative to the prompt set's folder; absent for a data URL. */
	path?: string;
}

/** What is sent to a model: system text, user text, images. */
export interface PromptContent {
	text: string;
	system?: string;
	images: readonly LoadedImage[];
}

/** One line of a prompt set. A set of 100,000 prompts fits in memory because the images' bytes stay on disk. */
export interface Prompt {
	/** As it stands in `trace.started`. */
	record: PromptRecord;
	/** Line in the prompt set, from 1. */
	line: number;
	/**
	 * Reads the images again, in order.
	 * @throws ImageError when one is gone, or is no longer the image that was checked (`image-changed`).
	 */
	loadImages(): Promise<LoadedImage[]>;
}

/**
 * What is sent to a model for this prompt, with its images' bytes.
 * @throws ImageError as `loadImages` does.
 */
export async function promptContent(prompt: Prompt): Promise<PromptContent> {
	const { text, system } = prompt.record;
	return { text, ...(system === undefined ? {} : { system }), images: await prompt.loadImages() };
}

/** `data:MEDIA;base64,…`, as chat endpoints take images. */
export function dataUrl(image: Pick<LoadedImage, "mediaType" | "bytes">): string {
	return `data:${image.mediaType};base64,${base64(image)}`;
}

/** The image's bytes in base64, without line breaks. */
export function base64(image: Pick<LoadedImage, "bytes">): string {
	return Buffer.from(image.bytes.buffer, image.bytes.byteOffset, image.bytes.byteLength).toString("base64");
}

/** Images of a run's prompts, by the hash that the run records; no other file is ever read. */
import { base64 } from "../promptsets/prompt.ts";
import { readRecordedImage } from "../promptsets/recorded-image.ts";
import { SafeThinkError } from "../trace/errors.ts";
import type { ImageReference } from "../trace/events.ts";
import { imageFolders } from "./image-folders.ts";
import type { ReadRun } from "./open-run.ts";

export interface ImageData {
	mediaType: string;
	/** Base64. */
	data: string;
}

/**
 * Embedded bytes, or a file inside the prompt set's folder or the run's, as long as they are the bytes the run was made with.
 * @throws SafeThinkError `not-an-image`, `image-gone`, `image-changed`, and the kinds of ImageError for bytes that no page should get
 */
export async function imageData(run: ReadRun, hash: string): Promise<ImageData> {
	const image = await readRecordedImage(await recorded(run, hash), imageFolders(run));
	return { mediaType: image.mediaType, data: base64(image) };
}

async function recorded(run: ReadRun, hash: string): Promise<ImageReference> {
	const row = run.rows().find((candidate) => candidate.images?.includes(hash));
	const trace = row && (await run.trace(row.traceId));
	const image = trace?.prompt.images.find((candidate) => candidate.sha256 === hash);
	if (image) return image;
	throw new SafeThinkError("not-an-image", `the run records no image ${JSON.stringify(hash.slice(0, 80))}`, {
		remedy: "ask for an image of one of its prompts",
	});
}

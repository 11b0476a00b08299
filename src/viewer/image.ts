/** Images of a run's prompts, by the hash that the run records; no other file is ever read. */
import { type ImageError, inspectImage } from "../promptsets/image.ts";
import { imageReader } from "../promptsets/read-image.ts";
import { SafeThinkError } from "../trace/errors.ts";
import type { ImageReference } from "../trace/events.ts";
import { sha256 } from "../trace/hash.ts";
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
	const reference = await recorded(run, hash);
	const name = reference.path === undefined ? `image ${hash.slice(0, 12)}…` : JSON.stringify(reference.path);
	const bytes = reference.data === undefined ? await fromFile(run, reference, name) : Buffer.from(reference.data, "base64");
	if (sha256(bytes) !== hash) throw changed(name);
	return { mediaType: inspectImage(bytes, name).mediaType, data: Buffer.from(bytes).toString("base64") };
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

async function fromFile(run: ReadRun, { path, sha256: hash }: ImageReference, name: string): Promise<Uint8Array> {
	let other = false;
	for (const folder of path === undefined ? [] : imageFolders(run)) {
		const read = await imageReader({ folder })(path ?? "").catch((error: ImageError) => error);
		if (!("bytes" in read)) continue;
		if (sha256(read.bytes) === hash) return read.bytes;
		other = true;
	}
	if (other) throw changed(name);
	throw new SafeThinkError("image-gone", `${name} lies neither in the prompt set's folder nor beside the run`, {
		remedy: "put it back, or make runs with --embed-images",
	});
}

function changed(name: string): SafeThinkError {
	return new SafeThinkError("image-changed", `${name} is no longer the image that the run was made with`, {
		remedy: "put the old file back; its hash stands in the run",
	});
}

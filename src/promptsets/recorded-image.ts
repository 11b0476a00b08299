/** An image as a run file names it, read again: it must be the one the run was made with. */
import type { ImageReference } from "../trace/events.ts";
import { sha256 } from "../trace/hash.ts";
import { ImageError, inspectImage } from "./image.ts";
import type { LoadedImage } from "./prompt.ts";
import { imageReader } from "./read-image.ts";

/**
 * Embedded bytes, or a file inside one of the folders: the first whose hash is the recorded one.
 * @throws ImageError `image-gone`, `image-changed`, and its kinds for bytes that are no fit image.
 */
export async function readRecordedImage(image: ImageReference, folders: readonly string[]): Promise<LoadedImage> {
	const { path, data, sha256: hash } = image;
	const name = path === undefined ? `image ${hash.slice(0, 12)}…` : JSON.stringify(path);
	const bytes = data === undefined ? await fromFolders(image, name, folders) : Buffer.from(data, "base64");
	if (sha256(bytes) !== hash) throw changed(name);
	const { mediaType, width, height } = inspectImage(bytes, name);
	return { sha256: hash, mediaType, bytes, width, height, ...(path === undefined ? {} : { path }) };
}

async function fromFolders(
	{ path, sha256: hash }: ImageReference,
	name: string,
	folders: readonly string[],
): Promise<Uint8Array> {
	let other = false;
	for (const folder of path === undefined ? [] : folders) {
		const read = await imageReader({ folder })(path ?? "").catch((error: unknown) => {
			if (error instanceof ImageError) return undefined;
			throw error;
		});
		if (read === undefined) continue;
		if (sha256(read.bytes) === hash) return read.bytes;
		other = true;
	}
	if (other) throw changed(name);
	throw new ImageError("image-gone", `${name} lies neither in the prompt set's folder nor beside the run`, {
		remedy: "put it back, or make runs with --embed-images",
	});
}

function changed(name: string): ImageError {
	return new ImageError("image-changed", `${name} is no longer the image that the run was made with`, {
		remedy: "put the old file back; its hash stands in the run",
	});
}

/** A prompt as a run file keeps it, to be asked again: its images are read anew and must be the same. */
import type { ImageReference, PromptRecord } from "../trace/events.ts";
import { sha256 } from "../trace/hash.ts";
import { ImageError, inspectImage } from "./image.ts";
import type { LoadedImage, Prompt } from "./prompt.ts";
import { imageReader } from "./read-image.ts";

/**
 * @param folder of the prompt set; undefined where the run does not say it: then only images that the run holds can be read. That a
 * path leads out of it does no harm here: what is read must have the hash in the run file.
 */
export function recordedPrompt(record: PromptRecord, folder: string | undefined): Prompt {
	return { record, line: 0, loadImages: () => Promise.all(record.images.map((image) => loadRecorded(image, folder))) };
}

async function loadRecorded(image: ImageReference, folder: string | undefined): Promise<LoadedImage> {
	const name = image.path ?? `the image ${image.sha256.slice(0, 12)}…`;
	const bytes = image.data === undefined ? await readFrom(image.path, name, folder) : Buffer.from(image.data, "base64");
	if (sha256(bytes) !== image.sha256) {
		throw new ImageError("image-changed", `${name} is not the image that the run was made with`, {
			remedy: "put the old image back; its hash is in the run file",
		});
	}
	const { mediaType, width, height } = inspectImage(bytes, name);
	return { sha256: image.sha256, mediaType, bytes, width, height, ...(image.path === undefined ? {} : { path: image.path }) };
}

async function readFrom(path: string | undefined, name: string, folder: string | undefined): Promise<Uint8Array> {
	if (path === undefined || folder === undefined) {
		throw new ImageError("image-missing", `the run does not hold ${name}, nor say in which folder it lies`, {
			remedy: "make the run again with --embed-images",
		});
	}
	return (await imageReader({ folder, allowOutside: true })(path)).bytes;
}

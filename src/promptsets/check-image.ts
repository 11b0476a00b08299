/** Checks the images that a set's lines name, each once however many prompts name it. */
import PQueue from "p-queue";
import type { ImageReference } from "../trace/events.ts";
import { sha256 } from "../trace/hash.ts";
import { DEFAULT_IMAGE_LIMITS, extensionMismatch, ImageError, type ImageLimits, inspectImage } from "./image.ts";
import { imageName, type ReadImage } from "./read-image.ts";

export interface CheckedImage {
	image: ImageReference & { width: number; height: number };
	/** Sentences without a full stop; they do not prevent the image's use. */
	warnings: string[];
}

/** What an image is, or why it cannot be used. */
export type ImageCheck = CheckedImage | ImageError;

/** By reference, as the lines write it. */
export type ImageChecks = ReadonlyMap<string, ImageCheck>;

/** Images read at a time. */
const IMAGE_READERS = 8;

/** Runs `check` on every different reference, a few at a time. */
export async function checkImages(
	references: Iterable<string>,
	check: (reference: string) => Promise<ImageCheck>,
): Promise<ImageChecks> {
	const checks = new Map<string, ImageCheck>();
	const queue = new PQueue({ concurrency: IMAGE_READERS });
	await queue.addAll([...new Set(references)].map((reference) => async () => void checks.set(reference, await check(reference))));
	return checks;
}

/** Reads one image and finds out what it is. */
export async function checkImage(reference: string, readImage: ReadImage, limits?: ImageLimits): Promise<ImageCheck> {
	try {
		return await inspect(reference, readImage, limits ?? DEFAULT_IMAGE_LIMITS);
	} catch (error) {
		if (error instanceof ImageError) return error;
		throw error;
	}
}

async function inspect(reference: string, readImage: ReadImage, limits: ImageLimits): Promise<CheckedImage> {
	const { bytes, path, claimed } = await readImage(reference);
	const name = imageName(reference);
	const { mediaType, width, height, warnings } = inspectImage(bytes, name, limits);
	const mismatch = path === undefined ? undefined : extensionMismatch(path, mediaType);
	if (mismatch !== undefined) warnings.push(`${name} ${mismatch}`);
	if (claimed !== undefined && claimed !== mediaType) warnings.push(`${name} is ${mediaType} by its content`);
	return {
		image: { ...(path === undefined ? {} : { path }), sha256: sha256(bytes), mediaType, bytes: bytes.length, width, height },
		warnings,
	};
}

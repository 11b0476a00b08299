/** What an image is, from its bytes alone; nothing is decoded. */
import { imageSize } from "image-size";
import { SafeThinkError } from "../trace/errors.ts";

export interface ImageLimits {
	/** Largest file, in bytes. */
	maxBytes: number;
	/** Most pixels, width × height, whatever the file's size. */
	maxPixels: number;
}

export const DEFAULT_IMAGE_LIMITS: ImageLimits = { maxBytes: 20_000_000, maxPixels: 40_000_000 };

/** An image cannot be used. Kinds: those of the `image-…` problem codes in docs/prompt-sets.md. */
export class ImageError extends SafeThinkError {}

export interface ImageFacts {
	mediaType: string;
	width: number;
	height: number;
	/** Things that do not prevent its use, each a sentence without a full stop. */
	warnings: string[];
}

const PNG = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

/** Media types by file extension, of the formats that vision models' servers take. */
const EXTENSIONS: Record<string, string> = {
	png: "image/png",
	apng: "image/png",
	jpg: "image/jpeg",
	jpeg: "image/jpeg",
	jpe: "image/jpeg",
	jfif: "image/jpeg",
	webp: "image/webp",
	gif: "image/gif",
};

/**
 * Finds format and size by content.
 * @param name what the messages call it.
 * @throws ImageError with a kind and a remedy.
 */
export function inspectImage(bytes: Uint8Array, name: string, limits: ImageLimits = DEFAULT_IMAGE_LIMITS): ImageFacts {
	if (bytes.length === 0) throw new ImageError("image-empty", `${name} is empty`, { remedy: "put the image there again" });
	if (bytes.length > limits.maxBytes) throw tooBig(name, bytes.length, limits);
	const mediaType = mediaTypeOf(bytes);
	if (mediaType === undefined) {
		throw new ImageError("image-format", `${name} is ${foreignFormat(bytes)}, not a PNG, JPEG, WebP or GIF image`, {
			remedy: "convert it to PNG or JPEG",
		});
	}
	const { width, height } = dimensions(bytes, name);
	if (width * height > limits.maxPixels) {
		throw new ImageError(
			"image-pixels",
			`${name} has ${width} × ${height} pixels, more than ${millions(limits.maxPixels)} million`,
			{ remedy: "scale it down; models see far fewer pixels" },
		);
	}
	const complete = endsComplete(bytes, mediaType);
	return { mediaType, width, height, warnings: complete ? [] : [`${name} seems to be cut off: its end is missing`] };
}

/** The error for a file of `size` bytes that is over the limit. */
export function tooBig(name: string, size: number, limits: ImageLimits): ImageError {
	return new ImageError("image-size", `${name} has ${millions(size)} MB, more than ${millions(limits.maxBytes)} MB`, {
		remedy: "scale it down or compress it",
	});
}

/** true when the name ends as those of images do; the content decides what it is. */
export function isImageName(name: string): boolean {
	return Object.hasOwn(EXTENSIONS, extensionOf(name));
}

/** A sentence when the path's extension names another format than the content has; an extension that names none is no matter. */
export function extensionMismatch(path: string, mediaType: string): string | undefined {
	const extension = extensionOf(path);
	if (extension === "" || EXTENSIONS[extension] === mediaType) return undefined;
	return `is named .${extension} but is ${mediaType} by its content`;
}

/** In lower case and without the dot; empty when there is none. */
function extensionOf(path: string): string {
	return /\.([A-Za-z0-9]+)$/.exec(path)?.[1]?.toLowerCase() ?? "";
}

function mediaTypeOf(bytes: Uint8Array): string | undefined {
	if (PNG.every((byte, index) => bytes[index] === byte)) return "image/png";
	if (bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff) return "image/jpeg";
	if (/^GIF8[79]a/.test(ascii(bytes, 0, 6))) return "image/gif";
	if (ascii(bytes, 0, 4) === "RIFF" && ascii(bytes, 8, 12) === "WEBP") return "image/webp";
	return undefined;
}

function foreignFormat(bytes: Uint8Array): string {
	const start = ascii(bytes, 0, 512);
	if (/<svg/i.test(start)) return "an SVG drawing";
	if (start.startsWith("version https://git-lfs")) return "a Git LFS pointer (run `git lfs pull`)";
	if (/^\s*<(!doctype|html)/i.test(start)) return "an HTML page";
	if (start.startsWith("%PDF")) return "a PDF document";
	if (start.startsWith("BM")) return "a BMP image";
	if (/^(II\*\0|MM\0\*)/.test(start)) return "a TIFF image";
	if (/^ftyp(avif|avis|heic|heix|mif1)/.test(start.slice(4, 12))) return "a HEIF or AVIF image";
	return "something else";
}

function dimensions(bytes: Uint8Array, name: string): { width: number; height: number } {
	try {
		const { width, height } = imageSize(bytes);
		if (width > 0 && height > 0) return { width, height };
	} catch {
		// Falls through to the one error for bytes whose size cannot be read.
	}
	throw new ImageError("image-damaged", `${name} is damaged: its width and height cannot be read`, {
		remedy: "save the image again",
	});
}

/** Looks for the end marker that a file cut off in transfer lacks. JPEG may have bytes after its own. */
function endsComplete(bytes: Uint8Array, mediaType: string): boolean {
	if (mediaType === "image/png") return ascii(bytes, -64, bytes.length).includes("IEND");
	if (mediaType === "image/gif") return bytes.lastIndexOf(0x3b) >= Math.max(0, bytes.length - 64);
	if (mediaType === "image/webp") return new DataView(bytes.buffer, bytes.byteOffset).getUint32(4, true) + 8 <= bytes.length;
	return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).lastIndexOf(Uint8Array.of(0xff, 0xd9)) > bytes.length / 2;
}

/** Bytes as Latin-1 text, one character a byte. */
function ascii(bytes: Uint8Array, start: number, end: number): string {
	return Buffer.from(bytes.subarray(start, end)).toString("latin1");
}

function millions(count: number): string {
	return (count / 1e6).toLocaleString("en", { maximumFractionDigits: 1 });
}

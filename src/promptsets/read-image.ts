/** Reads the images that a prompt set names: files inside the set's folder, and data URLs. */
import { constants } from "node:fs";
import { type FileHandle, open, realpath } from "node:fs/promises";
import { isAbsolute, relative, resolve, sep, win32 } from "node:path";
import { DEFAULT_IMAGE_LIMITS, ImageError, type ImageLimits, tooBig } from "./image.ts";
import { quoted } from "./problem.ts";

export interface ImageSource {
	bytes: Uint8Array;
	/** Relative to the set's folder, with forward slashes; absent for a data URL. */
	path?: string;
	/** Media type that a data URL claims. */
	claimed?: string;
}

/** @throws ImageError */
export type ReadImage = (reference: string) => Promise<ImageSource>;

export interface ImageReaderOptions {
	/** Folder of the prompt set. */
	folder: string;
	/** Let paths leave the folder; default false. */
	allowOutside?: boolean;
	limits?: ImageLimits;
}

/** Makes a reader for one set. Symbolic links are resolved before a path is compared with the folder. */
export function imageReader(options: ImageReaderOptions): ReadImage {
	const limits = options.limits ?? DEFAULT_IMAGE_LIMITS;
	return async (reference) => {
		if (/^data:/i.test(reference)) return readDataUrl(reference, limits);
		const path = await locateImage(reference, options);
		return {
			bytes: await readLimited(path, reference, limits),
			path: relative(options.folder, resolve(options.folder, reference)).split(sep).join("/"),
		};
	};
}

/** What messages call an image: its path, or the start of its data URL. */
export function imageName(reference: string): string {
	return /^data:/i.test(reference) ? `the data URL ${quoted(reference.slice(0, 24))}` : quoted(reference);
}

function readDataUrl(reference: string, limits: ImageLimits): ImageSource {
	const comma = reference.indexOf(",");
	const head = /^data:([\w.+-]+\/[\w.+-]+)((?:;[\w.+-]+=[\w.+-]+)*);base64$/i.exec(reference.slice(0, Math.min(comma, 200)));
	const body = reference.slice(comma + 1);
	const size = Math.floor((body.length * 3) / 4);
	if (size > limits.maxBytes + 2) throw tooBig(imageName(reference), size, limits);
	if (comma < 0 || head === null || !isBase64(body)) {
		throw new ImageError("image-data-url", `${imageName(reference)} is not of the form data:image/png;base64,…`, {
			remedy: "write the image's bytes in base64 after the comma, without spaces or line breaks",
		});
	}
	return { bytes: new Uint8Array(Buffer.from(body, "base64")), claimed: (head[1] as string).toLowerCase() };
}

function isBase64(text: string): boolean {
	const padding = text.endsWith("==") ? 2 : Number(text.endsWith("="));
	return text.length % 4 === 0 && !/[^A-Za-z0-9+/]/.test(text.slice(0, text.length - padding));
}

/**
 * The real path of the file, or folder, that a reference names; it exists and lies inside the set's folder.
 * @throws ImageError
 */
export async function locateImage(reference: string, options: ImageReaderOptions): Promise<string> {
	if (/^[a-z][a-z0-9+.-]+:/i.test(reference)) {
		throw new ImageError("image-remote", `${quoted(reference)} is a URL; images are read from files only`, {
			remedy: "download the image beside the prompt set and give its path",
		});
	}
	if (reference.includes("\0"))
		throw new ImageError("image-missing", `${quoted(reference)} is not a file name`, { remedy: "correct the path" });
	const absolute = isAbsolute(reference) || win32.isAbsolute(reference);
	const path = resolve(options.folder, reference);
	if (!options.allowOutside && (absolute || leaves(options.folder, path))) throw outside(reference);
	let real: string;
	try {
		real = await realpath(path);
	} catch (error) {
		throw unreadable(error, reference);
	}
	if (!options.allowOutside && leaves(await realpath(options.folder), real)) throw outside(reference);
	return real;
}

function leaves(folder: string, path: string): boolean {
	const way = relative(folder, path);
	return way === ".." || way.startsWith(`..${sep}`) || isAbsolute(way);
}

function outside(reference: string): ImageError {
	return new ImageError("image-outside", `${quoted(reference)} leads out of the prompt set's folder`, {
		remedy: "move the image into the folder and give a relative path, or allow it with --allow-outside",
	});
}

/** Reads at most the limit, and only plain files: a pipe or a device would never end. */
async function readLimited(path: string, reference: string, limits: ImageLimits): Promise<Uint8Array> {
	let handle: FileHandle | undefined;
	try {
		handle = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
		const facts = await handle.stat();
		if (facts.isDirectory())
			throw new ImageError("image-directory", `${quoted(reference)} is a folder`, { remedy: "name the image in it" });
		if (!facts.isFile())
			throw new ImageError("image-unreadable", `${quoted(reference)} is not a plain file`, {
				remedy: "copy the image into a file",
			});
		if (facts.size > limits.maxBytes) throw tooBig(quoted(reference), facts.size, limits);
		return new Uint8Array(await handle.readFile());
	} catch (error) {
		throw error instanceof ImageError ? error : unreadable(error, reference);
	} finally {
		await handle?.close();
	}
}

function unreadable(error: unknown, reference: string): ImageError {
	const code = (error as NodeJS.ErrnoException).code;
	if (code === "ENOENT" || code === "ENOTDIR") {
		return new ImageError("image-missing", `there is no file ${quoted(reference)}`, {
			remedy: "correct the path; it is relative to the prompt set's folder",
			cause: error,
		});
	}
	if (code === "EISDIR")
		return new ImageError("image-directory", `${quoted(reference)} is a folder`, {
			remedy: "name the image in it",
			cause: error,
		});
	return new ImageError("image-unreadable", `${quoted(reference)} cannot be read (${code ?? "unknown reason"})`, {
		remedy: "check the file's permissions",
		cause: error,
	});
}

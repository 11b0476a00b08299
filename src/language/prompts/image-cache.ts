/** What the images of one open prompt set are. An image is read again only when its file has changed. */
import { stat } from "node:fs/promises";
import { checkImage, checkImages, type ImageCheck, type ImageChecks } from "../../promptsets/check-image.ts";
import { ImageError } from "../../promptsets/image.ts";
import { imageReader, locateImage, type ReadImage } from "../../promptsets/read-image.ts";

interface Known {
	check: ImageCheck;
	/** Real path of the file; absent for a data URL and for a reference that names no file. */
	path?: string;
	/** Changes when the file does. */
	state: string;
}

export class ImageCache {
	readonly folder: string;
	readonly #read: ReadImage;
	#known = new Map<string, Known>();
	#stale = new Set<string>();

	/** @param folder of the prompt set: images outside it are refused. */
	constructor(folder: string) {
		this.folder = folder;
		this.#read = imageReader({ folder });
	}

	/** Files may have changed: each is looked at again when it is asked for next. */
	refresh(): void {
		this.#stale = new Set(this.#known.keys());
	}

	/** Checks these images, and forgets all others. */
	async check(references: readonly string[]): Promise<ImageChecks> {
		const wanted = new Set(references);
		const checks = await checkImages(wanted, async (reference) => (await this.#look(reference)).check);
		for (const reference of this.#known.keys()) if (!wanted.has(reference)) this.#known.delete(reference);
		return checks;
	}

	/** What is known of images already, without a look at the disk. */
	get known(): ImageChecks {
		return new Map([...this.#known].map(([reference, { check }]) => [reference, check]));
	}

	/** The usable image file that a reference names, looked at now; undefined for a data URL and an unusable image. */
	pathOf(reference: string): string | undefined {
		const known = this.#known.get(reference);
		return known === undefined || known.check instanceof ImageError ? undefined : known.path;
	}

	/** Looks at one image now. */
	async inspect(reference: string): Promise<ImageCheck> {
		this.#stale.add(reference);
		return (await this.#look(reference)).check;
	}

	async #look(reference: string): Promise<Known> {
		const earlier = this.#known.get(reference);
		if (earlier !== undefined && !this.#stale.delete(reference)) return earlier;
		const { path, state } = await this.#locate(reference);
		if (earlier !== undefined && state !== "" && earlier.state === state) return earlier;
		const known = { check: await checkImage(reference, this.#read), state, ...(path === undefined ? {} : { path }) };
		this.#known.set(reference, known);
		return known;
	}

	/** `state` is empty when the file cannot be found: why not is for the check to say. */
	async #locate(reference: string): Promise<{ path?: string; state: string }> {
		if (/^data:/i.test(reference)) return { state: "data" };
		try {
			const path = await locateImage(reference, { folder: this.folder });
			const { dev, ino, size, mtimeMs, ctimeMs } = await stat(path);
			return { path, state: [path, dev, ino, size, mtimeMs, ctimeMs].join(":") };
		} catch {
			return { state: "" };
		}
	}
}

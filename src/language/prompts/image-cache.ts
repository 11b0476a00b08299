/** What the images of one open prompt set are. An image is read again only when its file has changed. */
import { stat } from "node:fs/promises";
import { checkImage, checkImages, type ImageCheck, type ImageChecks } from "../../promptsets/check-image.ts";
import { ImageError } from "../../promptsets/image.ts";
import { imageReader, locateImage, type ReadImage } from "../../promptsets/read-image.ts";

export interface KnownImage {
	check: ImageCheck;
	/** Real path of the file; absent for a data URL and for a reference that names no file. */
	path?: string;
	/** Changes when the file does; empty when the file cannot be found. */
	state: string;
}

export class ImageCache {
	readonly folder: string;
	readonly #read: ReadImage;
	readonly #known = new Map<string, KnownImage>();
	/** References whose files may have changed. */
	#stale = new Set<string>();
	/** Looks under way, so that two that ask at once get one answer. */
	readonly #looks = new Map<string, Promise<KnownImage>>();

	/** @param folder of the prompt set: images outside it are refused. */
	constructor(folder: string) {
		this.folder = folder;
		this.#read = imageReader({ folder });
	}

	/** Files may have changed: each is looked at again when it is asked for next. */
	refresh(): void {
		this.#stale = new Set(this.#known.keys());
		this.#looks.clear();
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

	/** The usable image file that a reference is known to name; undefined for a data URL and an unusable image. */
	pathOf(reference: string): string | undefined {
		const known = this.#known.get(reference);
		return known === undefined || known.check instanceof ImageError ? undefined : known.path;
	}

	/** Looks at one image now. */
	inspect(reference: string): Promise<KnownImage> {
		this.#stale.add(reference);
		return this.#look(reference);
	}

	#look(reference: string): Promise<KnownImage> {
		const known = this.#known.get(reference);
		if (known !== undefined && !this.#stale.has(reference)) return Promise.resolve(known);
		const running = this.#looks.get(reference);
		if (running !== undefined) return running;
		const look = this.#lookAgain(reference, known).then((found) => {
			// A look that `refresh` has overtaken may have seen an older file.
			if (this.#looks.get(reference) === look) {
				this.#known.set(reference, found);
				this.#stale.delete(reference);
			}
			return found;
		});
		this.#looks.set(reference, look);
		const ended = () => void (this.#looks.get(reference) === look && this.#looks.delete(reference));
		look.then(ended, ended);
		return look;
	}

	async #lookAgain(reference: string, earlier: KnownImage | undefined): Promise<KnownImage> {
		const { path, state } = await this.#locate(reference);
		if (earlier !== undefined && state !== "" && earlier.state === state) return earlier;
		return { check: await checkImage(reference, this.#read), state, ...(path === undefined ? {} : { path }) };
	}

	/** Why a file cannot be found is for the check to say. */
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

/** Lists what a prompt could name as an image. */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { isImageName } from "../../promptsets/image.ts";
import { locateImage } from "../../promptsets/read-image.ts";

/** Images and folders in a folder of the set; nothing where it is outside or cannot be read. */
export async function imagesIn(folder: string, parent: string): Promise<{ name: string; isFolder: boolean }[]> {
	try {
		const entries = await readdir(await locateImage(join(parent, "."), { folder }), { withFileTypes: true });
		return entries
			.map((entry) => ({ name: entry.name, isFolder: entry.isDirectory() }))
			.filter(({ name, isFolder }) => !name.startsWith(".") && (isFolder ? name !== "node_modules" : isImageName(name)));
	} catch {
		return [];
	}
}

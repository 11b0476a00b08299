/** The page's built files: which there are, where they lie, what they are. Nothing else is ever served. */
import { existsSync, readdirSync } from "node:fs";
import { dirname, extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { SafeThinkError } from "../../trace/errors.ts";

export interface PageFile {
	path: string;
	mediaType: string;
}

const MEDIA_TYPES: Record<string, string> = {
	".js": "text/javascript; charset=utf-8",
	".css": "text/css; charset=utf-8",
	".woff2": "font/woff2",
	".woff": "font/woff",
	".ttf": "font/ttf",
};

/** The page's files by name, of the kinds a page loads. @throws SafeThinkError `no-page` when it is not built */
export function pageFiles(): Map<string, PageFile> {
	const folder = pageFolder();
	const files = new Map<string, PageFile>();
	for (const name of readdirSync(folder)) {
		const mediaType = MEDIA_TYPES[extname(name)];
		if (mediaType !== undefined) files.set(name, { path: join(folder, name), mediaType });
	}
	return files;
}

/** Beside the bundle that this module is part of, or in the `dist` above its source. */
function pageFolder(): string {
	for (let folder = dirname(fileURLToPath(import.meta.url)); ; folder = dirname(folder)) {
		const found = [join(folder, "page"), join(folder, "dist", "page")].find((candidate) =>
			existsSync(join(candidate, "page.js")),
		);
		if (found !== undefined) return found;
		if (folder === dirname(folder)) break;
	}
	throw new SafeThinkError("no-page", "the page that shows runs is not built", { remedy: "run `npm run build`" });
}

// Bundles each surface into dist/: the command line, the extension, the language server, the page. `--watch` keeps building.
import { readdirSync, rmSync } from "node:fs";
import { join, relative } from "node:path";
import { build, context } from "esbuild";

const watch = process.argv.includes("--watch");

const common = {
	bundle: true,
	format: "esm",
	// Some packages have a UMD file as `main`, which cannot be bundled.
	mainFields: ["module", "main"],
	minify: !watch,
	keepNames: true,
	sourcemap: watch ? "inline" : false,
	legalComments: "linked",
	logLevel: "warning",
};
/** Some dependencies are CommonJS and ask for `require`. */
const node = {
	...common,
	platform: "node",
	target: "node20.19",
	banner: {
		js: 'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);',
	},
};

const bundles = [
	{ ...node, entryPoints: { cli: "src/cli/main.ts" }, outdir: "dist" },
	// What activation does not need is in chunks of its own, loaded when it is.
	{
		...node,
		entryPoints: { main: "src/extension/extension.ts" },
		outdir: "dist/extension",
		external: ["vscode"],
		splitting: true,
	},
	{ ...node, entryPoints: { "language-server": "src/language/main.ts" }, outdir: "dist" },
	{
		...common,
		entryPoints: { page: "webview/page.ts" },
		outdir: "dist/page",
		platform: "browser",
		// Electron of the oldest VS Code in package.json.
		target: "chrome134",
		splitting: true,
	},
];

for (const options of bundles) {
	if (watch) await (await context(options)).watch();
	else {
		const { metafile } = await build({ ...options, metafile: true });
		if (options.splitting) removeOthers(options.outdir, Object.keys(metafile.outputs));
	}
}

/** Chunks are named by their content: those of earlier builds would lie beside them for ever. */
function removeOthers(folder, made) {
	for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
		const path = relative(".", join(entry.parentPath, entry.name));
		if (entry.isFile() && !made.some((output) => relative(".", output) === path)) rmSync(path);
	}
}

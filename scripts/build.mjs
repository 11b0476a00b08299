// Bundles the command line into dist/. `--watch` keeps building.
import { build, context } from "esbuild";

const options = {
	entryPoints: { cli: "src/cli/main.ts" },
	outdir: "dist",
	bundle: true,
	format: "esm",
	platform: "node",
	target: "node20.19",
	// Some packages have a UMD file as `main`, which cannot be bundled.
	mainFields: ["module", "main"],
	sourcemap: process.argv.includes("--watch") ? "inline" : false,
	legalComments: "linked",
	// Some dependencies are CommonJS and ask for `require`.
	banner: {
		js: 'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);',
	},
	logLevel: "warning",
};

if (process.argv.includes("--watch")) await (await context(options)).watch();
else await build(options);

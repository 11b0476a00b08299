// Writes what the extension's own files ask for, one name a line, into the file that SAFETHINK_LOADED names.
const { appendFileSync } = require("node:fs");
const { registerHooks } = require("node:module");

/** The folder that a packaged extension is installed in. */
const OURS = "/safethink.safethink-inspector-";

exports.activate = () => {
	const out = process.env.SAFETHINK_LOADED;
	if (out === undefined) return;
	appendFileSync(out, "hook\n");
	registerHooks({
		resolve(specifier, context, next) {
			if (context.parentURL?.includes(OURS)) appendFileSync(out, `${specifier}\n`);
			return next(specifier, context);
		},
	});
};

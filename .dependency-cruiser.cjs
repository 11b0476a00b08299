/** The rooms as rules: imports point downwards only (docs/architecture.md). */
const rooms = {
	extension: ["contract", "trace"],
	language: ["promptsets", "cli", "trace"],
	cli: ["viewer", "contract", "experiments", "scorers", "servers", "demo", "promptsets", "store", "method", "trace"],
	viewer: ["contract", "experiments", "scorers", "servers", "promptsets", "store", "method", "trace"],
	experiments: ["scorers", "servers", "demo", "promptsets", "store", "method", "trace"],
	scorers: ["servers", "promptsets", "method", "trace"],
	servers: ["promptsets", "method", "trace"],
	demo: [],
	promptsets: ["trace"],
	store: ["trace"],
	method: ["trace"],
	contract: [],
	figures: [],
	trace: [],
};

module.exports = {
	forbidden: [
		...Object.entries(rooms).map(([room, below]) => ({
			name: `room-${room}`,
			comment: `src/${room} imports only itself${below.length > 0 ? ` and ${below.join(", ")}` : ""}`,
			severity: "error",
			from: { path: `^src/${room}/` },
			to: { path: "^src/", pathNot: `^src/(${[room, ...below].join("|")})/` },
		})),
		{ name: "no-circular", comment: "cycles by types alone are harmless", severity: "error", from: {}, to: { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } } },
		{
			name: "trace-is-browser-safe",
			comment: "the fold runs in the page: no node modules in src/trace but the hashes",
			severity: "error",
			from: { path: "^src/trace/", pathNot: "^src/trace/hash" },
			to: { dependencyTypes: ["core"] },
		},
		{
			name: "page-is-browser-safe",
			comment: "the page speaks src/contract and draws with src/figures; of src/trace it takes words and types",
			severity: "error",
			from: { path: "^webview/" },
			to: { path: "^src/", pathNot: "^src/(contract|figures|trace)/" },
		},
		{
			name: "browser-rooms",
			severity: "error",
			from: { path: "^(webview|src/contract|src/figures)/" },
			to: { dependencyTypes: ["core"] },
		},
		{ name: "src-not-to-test", severity: "error", from: { path: "^src/" }, to: { path: "^(test|bench|scripts)/" } },
	],
	options: {
		// TypeScript 7 has no API for it to use.
		parser: "swc",
		doNotFollow: { path: "node_modules" },
		enhancedResolveOptions: { extensions: [".ts", ".js", ".mjs", ".json"] },
	},
};

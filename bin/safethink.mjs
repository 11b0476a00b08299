#!/usr/bin/env node
import { existsSync } from "node:fs";

const bundle = new URL("../dist/cli.js", import.meta.url);
const [major, minor] = process.versions.node.split(".").map(Number);

if (major < 20 || (major === 20 && minor < 19))
	fail(`Node ${process.versions.node} is too old: version 20.19 or newer is needed`);
else if (!existsSync(bundle))
	fail("the command line is not built: run `npm install` (or `npm run build`) in the project's folder");
else await import(bundle.href);

function fail(message) {
	console.error(`safethink: ${message}`);
	process.exitCode = 70;
}

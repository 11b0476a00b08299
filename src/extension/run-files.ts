/** The files of a run by their names: its own, those of branches and verdicts beside it, and what can be made again of each. */
import { existsSync, readdirSync } from "node:fs";
import { basename, dirname, join } from "node:path";

const SUFFIX = ".safethink.jsonl";

/** `NAME.ID.safethink.jsonl`: branches and verdicts, which belong to the run `NAME`. */
export function isSibling(path: string): boolean {
	return /\.[0-9a-f]{12}\.safethink\.jsonl$/.test(basename(path));
}

/** All files of a run that are there, the run's own the last. */
export function filesOfRun(path: string): string[] {
	const stem = `${basename(path, SUFFIX)}.`;
	const folder = dirname(path);
	const siblings = readdirSync(folder)
		.filter((name) => isSibling(name) && name.startsWith(stem) && name.length === stem.length + 12 + SUFFIX.length)
		.sort()
		.map((name) => join(folder, name));
	const beside = [...siblings, path].flatMap((file) => [summariesOf(file), `${file}.lock`]);
	return [...siblings, ...beside, path].filter((file) => existsSync(file));
}

/** Why a file is no run, for a place that names the file itself: a message of its reader without the path it begins or ends with. */
export function reasonWithout(path: string, message: string): string {
	if (!message.startsWith(path)) return message.replace(` ${path}`, "");
	return message
		.slice(path.length)
		.replace(/^:(\d+) /, "line $1 ")
		.replace(/^ (is (?=no ))?/, "");
}

function summariesOf(file: string): string {
	return `${file.slice(0, -".jsonl".length)}.summaries`;
}

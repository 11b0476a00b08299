/** Where images of a run may lie. */
import { dirname, isAbsolute } from "node:path";
import { environmentOf } from "./plan-view.ts";
import type { OpenedRun } from "./types.ts";

/** Where the prompt set lay, and the run's own folder. A path to another machine is not followed. */
export function imageFolders({ header, path }: Pick<OpenedRun, "header" | "path">): string[] {
	const { promptFolder } = environmentOf(header);
	const named = promptFolder !== undefined && isAbsolute(promptFolder) && !/^[\\/]{2}/.test(promptFolder) ? [promptFolder] : [];
	return [...named, dirname(path)];
}

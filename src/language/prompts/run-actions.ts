/** Running prompts from the editor: over each prompt, and on a selection of many. The client knows the command. */
import type { CodeAction, CodeLens, Command, Range } from "vscode-languageserver";
import type { PromptDocument } from "./document.ts";

/** What a run does with the prompts; the third argument of the command, after the set's URI and the prompts' ids. */
const MODES = ["safethink", "none", "compare"] as const;
type Mode = (typeof MODES)[number];

const RUN_COMMAND = "safethink.runPrompts";

/** Kind of the actions on a selection, so that a key can be bound to them. */
export const RUN_ACTION = "safethink.run";

const LENS_TITLES: Record<Mode, string> = { safethink: "Run SafeThink", none: "Run without", compare: "Compare" };

/** Three over each prompt that a run would take. */
export function runLenses(document: PromptDocument): CodeLens[] {
	return document.usablePrompts().flatMap(({ id, line }) => {
		const range = document.text.range(line - 1, 0, 0);
		return MODES.map((mode) => ({ range, command: runCommand(document, LENS_TITLES[mode], [id], mode) }));
	});
}

/** For a selection of two prompts and more; one prompt has its CodeLens. */
export function runSelection(document: PromptDocument, { start, end }: Range): CodeAction[] {
	const first = document.text.placeAt(start).index;
	const last = document.text.placeAt(end);
	// A selection of whole lines ends at the beginning of the next.
	const through = last.offset === 0 && last.index > first ? last.index - 1 : last.index;
	if (through === first) return [];
	const chosen = document.usablePrompts().filter(({ line }) => line - 1 >= first && line - 1 <= through);
	if (chosen.length < 2) return [];
	const titles: Record<Mode, string> = {
		safethink: `Run SafeThink on ${chosen.length} prompts`,
		none: `Run ${chosen.length} prompts without SafeThink`,
		compare: `Compare with and without SafeThink on ${chosen.length} prompts`,
	};
	const ids = chosen.map(({ id }) => id);
	return MODES.map((mode) => ({
		title: titles[mode],
		kind: RUN_ACTION,
		command: runCommand(document, titles[mode], ids, mode),
	}));
}

function runCommand(document: PromptDocument, title: string, ids: string[], mode: Mode): Command {
	return { title, command: RUN_COMMAND, arguments: [document.uri, ids, mode] };
}

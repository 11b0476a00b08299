/** Running prompts from the editor: over each prompt, and on a selection of many. The client knows the command. */
import type { CodeAction, CodeLens, Command, Range } from "vscode-languageserver";
import type { CheckedLine } from "../../promptsets/check-line.ts";
import type { PromptDocument } from "./document.ts";

/** What a run does with the prompts; the third argument of the command, after the set's URI and the prompts' ids. */
const MODES = ["safethink", "none", "compare"] as const;
type Mode = (typeof MODES)[number];

const RUN_COMMAND = "safethink.runPrompts";

/** Kind of the actions on a selection, so that a key can be bound to them. */
export const RUN_ACTION = "safethink.run";

const LENS_TITLES: Record<Mode, string> = { safethink: "Run SafeThink", none: "Run without", compare: "Compare" };

/** Prompts that get CodeLenses: an editor makes room for all of them at once, also where they are not seen. */
const MOST_WITH_LENSES = 5000;

/** Three over each prompt that a run would take, as far as there are not too many. */
export function runLenses(document: PromptDocument): CodeLens[] {
	const prompts = runnable(document).slice(0, MOST_WITH_LENSES);
	return prompts.flatMap(({ id, line }) => {
		const range = document.text.range(line - 1, 0, 0);
		return MODES.map((mode) => ({ range, command: runCommand(document, LENS_TITLES[mode], [id], mode) }));
	});
}

/** For the prompt under the cursor, or a selection of many. */
export function runSelection(document: PromptDocument, { start, end }: Range): CodeAction[] {
	const first = document.text.placeAt(start).index;
	const last = document.text.placeAt(end);
	// A selection of whole lines ends at the beginning of the next.
	const through = last.offset === 0 && last.index > first ? last.index - 1 : last.index;
	const chosen = runnable(document).filter(({ line }) => line - 1 >= first && line - 1 <= through);
	if (chosen.length === 0) return [];
	const prompts = chosen.length === 1 ? "this prompt" : `${chosen.length} prompts`;
	const titles: Record<Mode, string> = {
		safethink: `Run SafeThink on ${prompts}`,
		none: `Run ${prompts} without SafeThink`,
		compare: `Compare with and without SafeThink on ${prompts}`,
	};
	const ids = chosen.map(({ id }) => id);
	return MODES.map((mode) => ({
		title: titles[mode],
		kind: RUN_ACTION,
		command: runCommand(document, titles[mode], ids, mode),
	}));
}

/** A run reads the set's file, which a new document does not have yet. */
function runnable(document: PromptDocument): readonly CheckedLine[] {
	return document.images === undefined ? [] : document.usablePrompts();
}

function runCommand(document: PromptDocument, title: string, ids: string[], mode: Mode): Command {
	return { title, command: RUN_COMMAND, arguments: [document.uri, ids, mode] };
}

/** Commands of the page, and every key in one table: the dispatcher, the footer and the list of all keys are made from it. */
import type { PageCommand } from "../../src/contract/wire.ts";

export type View = "run" | "trace" | "compare";

/** What a view can be told to do: by the editor (`PageCommand`) or a key, or by a key alone. */
export type Command =
	| PageCommand
	| "open"
	| "back"
	| "mark"
	| "attempts"
	| "whatIf"
	| "rescore"
	| "measure"
	| "copyStep"
	| "request"
	| "markdown"
	| "logprobs"
	| "discarded"
	| "resetZoom";

export interface Key {
	/** As `KeyboardEvent.key` names it. */
	key: string;
	command: Command;
	label: string;
	views: readonly View[];
	/** Shown in the footer. */
	footer?: true;
}

export const KEYS: readonly Key[] = [
	{ key: "j", command: "nextStep", label: "next row or step", views: ["run", "trace", "compare"], footer: true },
	{ key: "k", command: "previousStep", label: "previous row or step", views: ["run", "trace", "compare"], footer: true },
	{ key: "Enter", command: "open", label: "open trace", views: ["run"], footer: true },
	{ key: "/", command: "filter", label: "filter", views: ["run"], footer: true },
	{ key: " ", command: "mark", label: "mark to compare", views: ["run"], footer: true },
	{ key: "e", command: "editPrefix", label: "edit prefix", views: ["trace"], footer: true },
	{ key: "r", command: "rerun", label: "re-run", views: ["trace"], footer: true },
	{ key: "c", command: "compare", label: "compare", views: ["run", "trace"], footer: true },
	{ key: "o", command: "attempts", label: "attempts", views: ["trace", "compare"], footer: true },
	{ key: "w", command: "whatIf", label: "what if", views: ["run", "trace"], footer: true },
	{ key: "i", command: "measure", label: "measure where injecting helps", views: ["trace"] },
	{ key: "s", command: "rescore", label: "another scorer", views: ["run", "trace"], footer: true },
	{ key: "q", command: "request", label: "exact request", views: ["trace"], footer: true },
	{ key: "y", command: "copyStep", label: "copy step", views: ["trace"] },
	{ key: "m", command: "markdown", label: "Markdown and formulas", views: ["trace", "compare"] },
	{ key: "p", command: "logprobs", label: "token probabilities", views: ["trace"] },
	{ key: "d", command: "discarded", label: "discarded speculation", views: ["trace"] },
	{ key: "0", command: "resetZoom", label: "whole curve", views: ["trace", "compare"] },
	{ key: "b", command: "toggleBlur", label: "blur", views: ["run", "trace", "compare"], footer: true },
	{ key: "[", command: "previousTrace", label: "previous trace", views: ["trace"], footer: true },
	{ key: "]", command: "nextTrace", label: "next trace", views: ["trace"], footer: true },
	{ key: "Escape", command: "showRun", label: "back to the run", views: ["trace"], footer: true },
	{ key: "Escape", command: "back", label: "back to where one came from", views: ["compare"], footer: true },
	{ key: "?", command: "showKeys", label: "all keys", views: ["run", "trace", "compare"], footer: true },
];

/** A view that obeys commands. */
export interface Commanded {
	/** @returns whether the command meant something here. */
	obey(command: Command): boolean;
}

/** What a view does at the commands that mean something to it. */
export type CommandTable = Partial<Record<Command, () => unknown>>;

/** Does what the table has for a command. @returns whether it has something */
export function obeyTable(table: CommandTable, command: Command): boolean {
	const act = table[command];
	if (act === undefined) return false;
	void act();
	return true;
}

/** The command of a key press in a view; none while somebody types, or with a modifier. */
export function commandOf(event: KeyboardEvent, view: View): Command | undefined {
	if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || takesText(event.target)) return undefined;
	if ((event.key === "Enter" || event.key === " ") && activates(event.target)) return undefined;
	return KEYS.find(({ key, views }) => key === event.key && views.includes(view))?.command;
}

/** The field that a press of Escape leaves, where the field itself has no use for it: then keys are commands again. */
export function fieldLeft({ key, defaultPrevented, target }: KeyboardEvent): HTMLElement | undefined {
	const leaves = key === "Escape" && !defaultPrevented && takesText(target) && (target as HTMLElement).closest("dialog") === null;
	return leaves ? (target as HTMLElement) : undefined;
}

function takesText(target: EventTarget | null): boolean {
	return target instanceof HTMLElement && target.closest("input:not([type=range]), textarea, select, dialog[open]") !== null;
}

/** Enter and space are the element's own. */
function activates(target: EventTarget | null): boolean {
	return target instanceof HTMLElement && target.closest("button, a[href], summary, [role=slider], input") !== null;
}

/** A key as it is printed. */
export function keyName(key: string): string {
	return { " ": "space", Enter: "↵", Escape: "esc" }[key] ?? key;
}

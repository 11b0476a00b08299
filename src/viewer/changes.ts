/** What a branch changes, as its first event records it. */
import * as z from "zod/mini";
import { type Changes, changes } from "../contract/act-views.ts";
import { cut } from "./pieces.ts";

/** UTF-16 units of a text written by a person that are sent with each group of branches. */
const MOST_OWN_TEXT = 1000;

/** The changes that this version knows; none where they do not fit. */
export function changesOf(parameters: Readonly<Record<string, unknown>>): Changes {
	const known = Object.fromEntries(Object.entries(parameters).filter(([name]) => Object.hasOwn(changes.shape, name)));
	const parsed = z.safeParse(changes, known);
	return parsed.success ? parsed.data : {};
}

/** Changes to be shown: a long text of one's own is cut. */
export function shownChanges(all: Changes): Changes {
	return all.text === undefined ? all : { ...all, text: cut(all.text, 0, MOST_OWN_TEXT) };
}

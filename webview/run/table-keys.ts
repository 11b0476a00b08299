/** Where keys and headers of the table of traces lead. */
import type { Selection } from "../../src/contract/methods.ts";

type Sort = NonNullable<Selection["sort"]>;

/** The row that a key goes to; undefined: the key means nothing here. `page` is in rows. */
export function cursorTarget(
	{ key, ctrlKey, metaKey, altKey }: Pick<KeyboardEvent, "key" | "ctrlKey" | "metaKey" | "altKey">,
	{ index, page, rows }: { index: number; page: number; rows: number },
): number | undefined {
	if (ctrlKey || metaKey || altKey) return undefined;
	const to = { ArrowDown: index + 1, ArrowUp: index - 1, PageDown: index + page, PageUp: index - page, Home: 0, End: rows - 1 }[
		key
	];
	return to === undefined ? undefined : Math.min(Math.max(0, to), Math.max(0, rows - 1));
}

/** The selection after a click on a header: ascending, descending, the run's own order. */
export function nextSort(selection: Selection, by: Sort["by"]): Selection {
	const { sort, ...rest } = selection;
	if (sort?.by !== by) return { ...rest, sort: { by, descending: false } };
	return sort.descending ? rest : { ...rest, sort: { by, descending: true } };
}

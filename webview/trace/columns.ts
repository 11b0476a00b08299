/** The trace view's columns, of which one is shown where there is no room for three. */
import { html } from "lit";

const COLUMNS = { side: "Prompt", centre: "Steps", panel: "Re-run" };
export type Column = keyof typeof COLUMNS;

/** Buttons to choose the column. @param choose told of the choice */
export function columnButtons(chosen: Column, choose: (column: Column) => void) {
	const button = ([column, label]: [string, string]) =>
		html`<button aria-pressed=${chosen === column} @click=${() => choose(column as Column)}>${label}</button>`;
	return html`<nav class="columns" aria-label="column">${Object.entries(COLUMNS).map(button)}</nav>`;
}

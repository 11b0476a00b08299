/** Short lists of a step grow on demand: twice as long each time, up to what a page can bear. */
import { html, nothing } from "lit";
import { counted } from "../core/format.ts";

const MOST = 500;

/**
 * @param left items that are not shown
 * @param noun of one item
 * @param shown how many may be shown now
 * @param show told how many may be shown from now on
 */
export function showMore(left: number, noun: string, shown: number, show: (count: number) => void) {
	if (left <= 0 || shown >= MOST) return nothing;
	return html`<button class="link" @click=${() => show(Math.min(MOST, shown * 2))}>show ${counted(left, `more ${noun}`)}</button>`;
}

/** Where injecting helps: a strip for each prefix under the curve, and a table for those who do not see it. */
import { html, nothing, svg } from "lit";
import type { InjectionRow, InjectionsView } from "../../src/contract/act-views.ts";
import { CELL_HEIGHT, type MeasuredStep, type StripCell, stripCells } from "../../src/figures/injection-strip.ts";
import type { RewardCurve } from "../../src/figures/reward-curve.ts";
import { counted, intervalText } from "../core/format.ts";
import { SAID, type Said } from "../core/rates.ts";
import { shownLine } from "../core/shown-text.ts";

type Measured = NonNullable<InjectionsView["measured"]>;

/** @param figure the curve above */
export function injections(measured: Measured | null | undefined, figure: RewardCurve | undefined) {
	if (measured === null || measured === undefined || figure === undefined) return nothing;
	const { said, rows, more } = measured;
	const running = rows.flatMap(({ cells }) => cells).reduce((sum, cell) => sum + cell.running, 0);
	return html`<figure class="injections ${said}">
		<figcaption class="faint">How many of n were ${SAID[said]}, with 95 % intervals, when this was injected at the step after the steps recorded here:
			${running > 0 ? html` · <span role="status">${counted(running, "sample")} running</span>` : nothing}</figcaption>
		${rows.map((row) => strip(row, said, figure))}
		${more === 0 ? nothing : html`<p class="faint">${counted(more, "prefix", "prefixes")} measured before: among the branches.</p>`}
		${table(rows, said)}
	</figure>`;
}

function strip(row: InjectionRow, said: Said, { plot, xOf, size }: RewardCurve) {
	const cells = stripCells(steps(row, said), plot, xOf);
	return html`<div class="strip" aria-hidden="true">
		${name(row)}
		<svg width=${size.width} height=${CELL_HEIGHT} viewBox="0 0 ${size.width} ${CELL_HEIGHT}">${cells.map((cell) => drawn(cell, said))}</svg>
	</div>`;
}

function name({ prefix }: InjectionRow) {
	return prefix === null ? html`<span class="faint">nothing</span>` : html`<span class="hostile">“${shownLine(prefix)}”</span>`;
}

function steps({ cells }: InjectionRow, said: Said): MeasuredStep[] {
	return cells.flatMap(({ step, [said]: share }) => (share === null || share.n === 0 ? [] : [{ step, share }]));
}

function drawn({ step, share, x, width, low, high, at, roomy }: StripCell, said: Said) {
	const bottom = CELL_HEIGHT - 2;
	return svg`<g class="cell">
		<title>step ${step}: ${shareWords(share, said)}</title>
		<rect class="frame" x=${x} y="0" width=${width} height=${CELL_HEIGHT}></rect>
		<rect class="share" x=${x} y="0" width=${Math.max(0, at - x)} height=${CELL_HEIGHT}></rect>
		<line class="interval" x1=${low} x2=${high} y1=${bottom} y2=${bottom}></line>
		${roomy ? svg`<text x=${x + width / 2} y=${CELL_HEIGHT / 2} dy="0.3em">${share.k}/${share.n}</text>` : nothing}
	</g>`;
}

function shareWords(share: MeasuredStep["share"], said: Said): string {
	return `${share.k} of ${share.n} ${SAID[said]} (${intervalText(share)})`;
}

function table(rows: readonly InjectionRow[], said: Said) {
	const all = [...new Set(rows.flatMap(({ cells }) => cells.map(({ step }) => step)))].sort((a, b) => a - b);
	const at = (row: InjectionRow, step: number) => {
		const share = steps(row, said).find((cell) => cell.step === step)?.share;
		return share === undefined ? "not measured" : shareWords(share, said);
	};
	return html`<table class="visually-hidden">
		<caption>Injection by step</caption>
		<thead><tr><th scope="col">step</th>${rows.map((row) => html`<th scope="col">${name(row)} injected</th>`)}</tr></thead>
		<tbody>${all.map((step) => html`<tr><th scope="row">${step}</th>${rows.map((row) => html`<td>${at(row, step)}</td>`)}</tr>`)}</tbody>
	</table>`;
}

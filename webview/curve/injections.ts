/** Where injecting helps: drawn under the curve, and as a table for those who do not see it. */
import { html, nothing, svg } from "lit";
import type { InjectionCell, InjectionsView } from "../../src/contract/act-views.ts";
import { CELL_HEIGHT, injectionStrip, type MeasuredStep, type StripCell } from "../../src/figures/injection-strip.ts";
import type { RewardCurve } from "../../src/figures/reward-curve.ts";
import { counted, intervalText } from "../core/format.ts";
import { SAID, type Said } from "../core/rates.ts";
import { shownLine } from "../core/shown-text.ts";

type Measured = NonNullable<InjectionsView["measured"]>;

/** @param figure the curve above */
export function injections(measured: Measured | null | undefined, figure: RewardCurve | undefined) {
	if (measured === null || measured === undefined || figure === undefined) return nothing;
	const { said } = measured;
	const rows = { injected: steps(measured.injected, said), without: steps(measured.without, said) };
	const strip = injectionStrip(rows, figure.plot, figure.xOf);
	const running = [...measured.injected, ...measured.without].reduce((sum, cell) => sum + cell.running, 0);
	return html`<figure class="injections ${said}">
		<figcaption class="faint">${SAID[said]} when <span class="hostile">“${shownLine(measured.prefix)}”</span> is injected here, above · without, below
			(of n, with 95 % intervals)${running > 0 ? html` · <span role="status">${counted(running, "sample")} running</span>` : nothing}</figcaption>
		<svg aria-hidden="true" width=${figure.size.width} height=${strip.height} viewBox="0 0 ${figure.size.width} ${strip.height}">
			${strip.cells.map((cell) => drawn(cell, said))}
		</svg>
		${table(rows, said)}
	</figure>`;
}

function steps(cells: readonly InjectionCell[], said: Said): MeasuredStep[] {
	return cells.flatMap(({ step, [said]: share }) => (share === null || share.n === 0 ? [] : [{ step, share }]));
}

function drawn({ step, share, row, x, y, width, low, high, at, roomy }: StripCell, said: Said) {
	const bottom = y + CELL_HEIGHT - 2;
	return svg`<g class="cell ${row}">
		<title>step ${step}, ${row}: ${shareWords(share, said)}</title>
		<rect class="frame" x=${x} y=${y} width=${width} height=${CELL_HEIGHT}></rect>
		<rect class="share" x=${x} y=${y} width=${Math.max(0, at - x)} height=${CELL_HEIGHT}></rect>
		<line class="interval" x1=${low} x2=${high} y1=${bottom} y2=${bottom}></line>
		${roomy ? svg`<text x=${x + width / 2} y=${y + CELL_HEIGHT / 2} dy="0.3em">${share.k}/${share.n}</text>` : nothing}
	</g>`;
}

function shareWords(share: MeasuredStep["share"], said: Said): string {
	return `${share.k} of ${share.n} ${SAID[said]} (${intervalText(share)})`;
}

function table({ injected, without }: Record<StripCell["row"], MeasuredStep[]>, said: Said) {
	const all = [...new Set([...injected, ...without].map(({ step }) => step))].sort((a, b) => a - b);
	const at = (cells: readonly MeasuredStep[], step: number) => {
		const share = cells.find((cell) => cell.step === step)?.share;
		return share === undefined ? "not measured" : shareWords(share, said);
	};
	return html`<table class="visually-hidden">
		<caption>Injection by step</caption>
		<thead><tr><th scope="col">step</th><th scope="col">injected</th><th scope="col">without</th></tr></thead>
		<tbody>${all.map((step) => html`<tr><th scope="row">${step}</th><td>${at(injected, step)}</td><td>${at(without, step)}</td></tr>`)}</tbody>
	</table>`;
}

/** The columns of the table of traces: a new one is a line here. */
import { html, nothing, svg, type TemplateResult } from "lit";
import type { Selection } from "../../src/contract/methods.ts";
import type { RowView } from "../../src/contract/run-views.ts";
import { signed } from "../../src/trace/decision.ts";
import { costText, countText, durationText } from "../core/format.ts";
import { shownLine } from "../core/shown-text.ts";
import { curveText, marksOf } from "./row-words.ts";
import { sparkline } from "./sparkline.ts";

export type SortKey = NonNullable<Selection["sort"]>["by"];

export interface Column {
	id: string;
	label: string;
	/** What its header sorts by, and the words for it where they are not the label. */
	sort?: SortKey;
	sortedBy?: string;
	/** CSS length. */
	width: string;
	/** Share of the room that is left. */
	grow?: number;
	right?: true;
	/** Not shown until asked for. */
	hidden?: true;
	/** @param threshold τ of the row's defence */
	cell(row: RowView, threshold: number | undefined): TemplateResult | string | typeof nothing;
}

export const COLUMNS: readonly Column[] = [
	{
		id: "number",
		label: "#",
		sort: "number",
		sortedBy: "number",
		width: "4ch",
		right: true,
		cell: ({ number }) => countText(number),
	},
	{ id: "prompt", label: "prompt", sort: "prompt", sortedBy: "prompt id", width: "20ch", grow: 3, cell: promptCell },
	{ id: "category", label: "category", sort: "category", width: "10ch", grow: 1, cell: ({ category }) => hostile(category) },
	{ id: "group", label: "group", width: "10ch", grow: 1, hidden: true, cell: ({ group }) => hostile(group) },
	{ id: "defence", label: "defence · sample", sort: "defence", width: "17ch", grow: 1, cell: defenceCell },
	{ id: "reward", label: "reward by step", sort: "lowest", sortedBy: "lowest reward", width: "128px", cell: curveCell },
	{ id: "last", label: "last reward", sort: "last", width: "11ch", right: true, hidden: true, cell: lastCell },
	{ id: "outcome", label: "outcome", sort: "verdict", sortedBy: "verdict", width: "32ch", grow: 1, cell: marksCell },
	{ id: "steps", label: "steps", sort: "steps", width: "7ch", right: true, cell: ({ steps }) => countText(steps) },
	{
		id: "steered",
		label: "steered",
		sort: "steered",
		width: "9ch",
		right: true,
		hidden: true,
		cell: ({ steered }) => countText(steered),
	},
	{
		id: "attempts",
		label: "attempts",
		sort: "attempts",
		width: "10ch",
		right: true,
		hidden: true,
		cell: ({ attempts }) => countText(attempts),
	},
	{
		id: "tokens",
		label: "tokens",
		sort: "tokens",
		width: "9ch",
		right: true,
		hidden: true,
		cell: ({ tokens }) => known(tokens, countText),
	},
	{ id: "cost", label: "cost", sort: "cost", width: "8ch", right: true, cell: ({ cost }) => known(cost, costText) },
	{ id: "time", label: "time", sort: "ms", width: "9ch", right: true, cell: ({ ms }) => known(ms, durationText) },
];

const MARK_WIDTH = "2ch";
/** Characters of the column of numbers: its head with an arrow. */
const LEAST_NUMBER = 4;

/**
 * Widths of the column of marks and of those given: tracks of a grid, and the least room they need beside gaps.
 * @param most the greatest number of a row
 */
export function tracksOf(columns: readonly Column[], most: number): { tracks: string; least: string } {
	const widths = columns.map(({ id, width }) =>
		id === "number" ? `${Math.max(LEAST_NUMBER, countText(most).length + 1)}ch` : width,
	);
	const tracks = columns.map(({ grow }, index) => (grow === undefined ? widths[index] : `minmax(${widths[index]}, ${grow}fr)`));
	return { tracks: [MARK_WIDTH, ...tracks].join(" "), least: `calc(${[MARK_WIDTH, ...widths].join(" + ")})` };
}

/** Pixels below which the table is narrow. */
export const NARROW = 800;
/** Columns that stand last in a narrow table, in this order: what came of a trace is seen without scrolling aside. */
const LAST_IF_NARROW = ["defence", "steps", "steered", "attempts", "tokens", "cost", "time", "category", "group"];

/** The columns that are not hidden, from left to right. */
export function shownColumns(hidden: readonly string[], narrow: boolean): Column[] {
	const shown = COLUMNS.filter(({ id }) => !hidden.includes(id));
	const place = ({ id }: Column) => (narrow ? LAST_IF_NARROW.indexOf(id) : 0);
	return shown.toSorted((a, b) => place(a) - place(b));
}

export const HIDDEN_AT_FIRST: readonly string[] = COLUMNS.filter(({ hidden }) => hidden).map(({ id }) => id);

function known<T>(value: T | undefined, print: (value: T) => string): string | typeof nothing {
	return value === undefined ? nothing : print(value);
}

function hostile(text: string | undefined): TemplateResult | typeof nothing {
	return text === undefined ? nothing : html`<span class="hostile">${shownLine(text)}</span>`;
}

function promptCell({ promptId, text }: RowView): TemplateResult {
	return html`<button class="link hostile" tabindex="-1" data-open>${shownLine(promptId)}</button> <span class="hostile faint">${shownLine(text)}</span>`;
}

function defenceCell({ defence, sample, branch }: RowView): TemplateResult {
	return html`<span class="hostile">${shownLine(defence)}</span> <span class="faint">· ${sample}${branch === undefined ? nothing : ` · branch at ${branch.step}`}</span>`;
}

function lastCell({ rewards }: RowView): string | typeof nothing {
	return known(rewards.findLast((reward) => reward !== null) ?? undefined, signed);
}

function marksCell(row: RowView, threshold: number | undefined): TemplateResult {
	return html`${marksOf(row, threshold).map(({ kind, text, title }) => html`<span class="pill ${kind}" title=${title ?? nothing}>${shownLine(text)}</span> `)}`;
}

const WIDTH = 108;
const HEIGHT = 26;

function curveCell(row: RowView, threshold: number | undefined): TemplateResult {
	const {
		reached,
		below,
		dots,
		threshold: level,
		steered,
	} = sparkline({ ...row, threshold, firstSteered: row.firstSteered, width: WIDTH, height: HEIGHT });
	const side = threshold === undefined ? "plain" : "reached";
	return html`<svg class="sparkline" role="img" aria-label=${curveText(row, threshold)} viewBox="0 0 ${WIDTH} ${HEIGHT}" width=${WIDTH} height=${HEIGHT}>
		${level === undefined ? nothing : svg`<line class="threshold" x1="0" x2=${WIDTH} y1=${level} y2=${level}></line>`}
		<path class=${side} d=${reached}></path>
		<path class="below" d=${below}></path>
		${dots.map((dot) => svg`<circle class=${dot.below ? "below" : side} cx=${dot.x} cy=${dot.y} r="2"></circle>`)}
		${steered === undefined ? nothing : svg`<path class="steered" d="M${steered.x},${steered.y - 2}l-3.5,-6h7z"></path>`}
	</svg>`;
}

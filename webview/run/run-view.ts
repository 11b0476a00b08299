/** The run as a whole: progress, rates, and the table of its traces with filter, order and marks. */
import { html, nothing } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import type { RunInfo } from "../../src/contract/run-views.ts";
import { type Command, type Commanded, type CommandTable, obeyTable } from "../core/keys.ts";
import { PageElement } from "../core/page-element.ts";
import { GoEvent, type Place, type RunPlace } from "../core/route.ts";
import { HIDDEN_AT_FIRST } from "./columns.ts";
import type { FilterInput } from "./filter-input.ts";
import type { RowTable } from "./row-table.ts";
import type { RunHeader } from "./run-header.ts";
import { emptyText, marksText, shownOf, toggleMark } from "./table-words.ts";
import "../panel/rescore.ts";
import "../panel/run-what-if.ts";
import "./column-chooser.ts";
import "./filter-input.ts";
import "./rates.ts";
import "./row-table.ts";
import "./run-header.ts";

const FIRST: RunPlace = { marked: [], hidden: [...HIDDEN_AT_FIRST], ratesFolded: false };
type Tool = "whatIf" | "rescore";

@customElement("st-run-view")
export class RunView extends PageElement implements Commanded {
	@property({ attribute: false })
	accessor info!: RunInfo;
	@property({ attribute: false })
	accessor place!: Place;
	/** Rows of the filter, and of the run; undefined before they are known. */
	@state()
	accessor counted: { matched: number; total: number } | undefined;
	@state()
	accessor tool: Tool | undefined;
	/** Why the last command did nothing. */
	@state()
	accessor said = "";
	@query("st-row-table")
	accessor table!: RowTable;
	@query("st-filter-input")
	accessor filterInput!: FilterInput;
	@query("st-run-header")
	accessor header!: RunHeader;

	readonly #commands: CommandTable = {
		nextStep: () => this.table.move(1),
		nextTrace: () => this.table.move(1),
		previousStep: () => this.table.move(-1),
		previousTrace: () => this.table.move(-1),
		open: () => this.table.open(),
		filter: () => this.filterInput.focus(),
		mark: () => this.#mark(),
		compare: () => this.#compare(),
		whatIf: () => this.#show("whatIf"),
		rescore: () => this.#show("rescore"),
		cancel: () => this.header.askToStop(),
	};

	obey(command: Command): boolean {
		this.said = "";
		return obeyTable(this.#commands, command);
	}

	protected override render() {
		const { run, info, place, counted } = this;
		const { marked, hidden, ratesFolded, row } = this.#runPlace;
		const { filter } = place.selection;
		return html`<main aria-label="Run" @columns-hidden=${this.#onHidden} @rates-folded=${this.#onFolded} @cursor=${this.#onCursor}
			@filter=${this.#onFilter} @filter-left=${() => this.table.scroller.focus()} @rows-counted=${this.#onCounted}>
			<st-run-header .run=${run} .info=${info}></st-run-header>
			<st-rates .run=${run} .by=${place.ratesBy} .filter=${filter} .folded=${ratesFolded} .reading=${info.reading !== null}></st-rates>
			<div class="run-tools">${this.#tool("whatIf", "What if…")} ${this.#tool("rescore", "Another scorer…")}</div>
			${this.#openTool(filter)}
			<div class="run-bar">
				<st-filter-input .run=${run} .info=${info} .filter=${filter ?? ""}></st-filter-input>
				<span class="counted faint" role="status">${counted === undefined ? nothing : shownOf(counted.matched, counted.total)}</span>
				${marked.length === 0 ? nothing : html`<span class="marked">${marksText(marked)}</span> <button @click=${() => this.#compare()}>Compare</button>`}
				<span class="told faint" role="status">${this.said}</span>
				<st-column-chooser .hiddenColumns=${hidden}></st-column-chooser>
			</div>
			<st-row-table .run=${run} .info=${info} .selection=${place.selection} .hiddenColumns=${hidden} .marked=${marked} .startAt=${row}></st-row-table>
			${counted?.matched === 0 ? html`<p class="empty">${emptyText(info, filter)}</p>` : nothing}
		</main>`;
	}

	get #runPlace(): RunPlace {
		return this.place.runView ?? FIRST;
	}

	#keep(changes: Partial<RunPlace>): void {
		this.tell("place", { runView: { ...this.#runPlace, ...changes } });
	}

	#tool(tool: Tool, label: string) {
		return html`<button aria-expanded=${this.tool === tool} @click=${() => this.#show(tool)}>${label}</button>`;
	}

	#openTool(filter: string | undefined) {
		const { run, info, tool } = this;
		if (tool === undefined) return nothing;
		return html`<section class="run-tool" aria-label=${tool === "whatIf" ? "What if" : "Another scorer"}>
			${
				tool === "whatIf"
					? html`<st-run-what-if .run=${run} .info=${info} .filter=${filter}></st-run-what-if>`
					: html`<st-rescore .run=${run} .info=${info} .filter=${filter}></st-rescore>`
			}
		</section>`;
	}

	async #show(tool: Tool): Promise<void> {
		this.tool = this.tool === tool ? undefined : tool;
		await this.updateComplete;
		const opened = this.querySelector<PageElement>(".run-tool > *");
		await opened?.updateComplete;
		opened?.focus();
	}

	#mark(): void {
		const { traceId } = this.table.cursor;
		if (traceId !== undefined) this.#keep({ marked: toggleMark(this.#runPlace.marked, traceId) });
	}

	/** The two marked traces, or the one and that under the cursor. */
	#compare(): void {
		const [a, b = this.table.cursor.traceId] = this.#runPlace.marked;
		if (a !== undefined && b !== undefined && a !== b) this.dispatchEvent(new GoEvent({ view: "compare", a, b }));
		else
			this.said =
				a === undefined ? "Mark one trace or two (space) to compare them." : "Go to another row first: this is the marked one.";
	}

	#onHidden = ({ detail }: CustomEvent<string[]>) => this.#keep({ hidden: detail });

	#onFolded = ({ detail }: CustomEvent<boolean>) => {
		if (detail !== this.#runPlace.ratesFolded) this.#keep({ ratesFolded: detail });
	};

	#onCursor = ({ detail }: CustomEvent<string | undefined>) => {
		if (detail !== undefined && detail !== this.#runPlace.row) this.#keep({ row: detail });
	};

	#onFilter = ({ detail }: CustomEvent<string>) => {
		const { filter: _, ...selection } = this.place.selection;
		this.tell("place", { selection: detail.trim() === "" ? selection : { ...selection, filter: detail } });
	};

	#onCounted = ({ detail }: CustomEvent<{ matched: number; total: number }>) => {
		this.counted = detail;
	};
}

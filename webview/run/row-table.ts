/** The table of traces: virtualised, sorted by its headers, with a cursor that stays on its trace. */
import { html, nothing, type PropertyValues } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";
import type { Selection } from "../../src/contract/methods.ts";
import type { RowView, RunInfo } from "../../src/contract/run-views.ts";
import { Chunks } from "../core/chunks.ts";
import { PageElement } from "../core/page-element.ts";
import { problem } from "../core/problem.ts";
import { GoEvent } from "../core/route.ts";
import { styled } from "../core/styled.ts";
import { type Column, NARROW, shownColumns, tracksOf } from "./columns.ts";
import { RowCursor } from "./row-cursor.ts";
import { cursorTarget, nextSort } from "./table-keys.ts";
import { spacerHeight, VirtualScroll } from "./virtual-rows.ts";

const CHUNK = 100;
/** Rows drawn above and below those in sight. */
const OVERSCAN = 6;
/** Height of a row over the size of its text. */
const ROW_LINES = 2.2;

@customElement("st-row-table")
export class RowTable extends PageElement {
	@property({ attribute: false })
	accessor info!: RunInfo;
	@property({ attribute: false })
	accessor selection: Selection = {};
	/** Column ids. */
	@property({ attribute: false })
	accessor hiddenColumns: readonly string[] = [];
	/** Traces to compare. */
	@property({ attribute: false })
	accessor marked: readonly string[] = [];
	/** Where the cursor was when the table was last seen. */
	@property({ attribute: false })
	accessor startAt: string | undefined;
	@state()
	accessor rowHeight = 28;
	@state()
	accessor narrow = false;
	@query(".rows")
	accessor scroller!: HTMLElement;
	readonly #rows = new Chunks<RowView>(this, CHUNK, (from, count) => this.#fetch(from, count));
	readonly cursor = new RowCursor(this, (why) => this.#moved(why));
	readonly #scroll = new VirtualScroll();
	readonly #resized = new ResizeObserver(() => this.#measure());
	/** The cursor's row is to be brought into sight once its place is known. */
	#reveal = false;

	/** Rows that the filter selects. */
	get matched(): number | undefined {
		return this.#rows.total;
	}

	traceIdAt(index: number): string | undefined {
		return this.#rows.at(index)?.traceId;
	}

	override connectedCallback(): void {
		super.connectedCallback();
		document.addEventListener("keydown", this.#onKey);
	}

	override disconnectedCallback(): void {
		super.disconnectedCallback();
		document.removeEventListener("keydown", this.#onKey);
		this.#resized.disconnect();
	}

	protected override firstUpdated(): void {
		this.#resized.observe(this.scroller);
		if (this.startAt !== undefined) this.cursor.goToTrace(this.startAt);
		if (document.activeElement === document.body) this.scroller.focus();
	}

	protected override willUpdate(changed: PropertyValues<this>): void {
		this.#rows.about(JSON.stringify(this.selection));
		if (changed.has("selection") && this.hasUpdated) this.#rest(this.#scroll.goTo(0));
		this.#scroll.extent = { content: (this.matched ?? 0) * this.rowHeight, view: this.#scroll.extent.view };
		const { from, to } = this.#inSight();
		this.#rows.want(from, to);
		this.#rows.want(this.cursor.index, this.cursor.index + 1);
	}

	protected override updated(): void {
		if (this.#reveal && this.matched !== undefined) {
			this.#reveal = false;
			this.#goTo(this.#scroll.topToShow(this.cursor.index * this.rowHeight, this.rowHeight));
		}
	}

	/** Moves the cursor by a number of rows. */
	move(by: number): void {
		this.cursor.goTo(this.cursor.index + by);
	}

	open(): void {
		if (this.cursor.traceId !== undefined) this.dispatchEvent(new GoEvent({ view: "trace", traceId: this.cursor.traceId }));
	}

	protected override render() {
		const columns = shownColumns(this.hiddenColumns, this.narrow);
		const { begun, branches } = this.info.traces;
		const { tracks, least } = tracksOf(columns, begun + branches);
		const { from, to } = this.#inSight();
		const indexes = Array.from({ length: to - from }, (_, index) => from + index);
		const active = this.cursor.index >= from && this.cursor.index < to ? `row-${this.cursor.index}` : nothing;
		return html`
			${problem(this.#rows.error)}
			<div class="rows" role="grid" tabindex="0" aria-label="Traces" aria-rowcount=${(this.matched ?? 0) + 1} aria-activedescendant=${active}
				${styled({ "--columns": tracks, "--least": least, "--count": String(columns.length), "--row-height": `${this.rowHeight}px` })}
				@scroll=${this.#onScroll} @scrollend=${this.#onScrollEnd} @click=${this.#onClick} @dblclick=${this.#onDoubleClick}>
				<div role="rowgroup" class="rows-head">
					<div role="row" aria-rowindex="1">
						<div role="columnheader"><span class="visually-hidden">marked to compare</span></div>
						${columns.map((column) => this.#header(column))}
					</div>
				</div>
				<div role="rowgroup" class="rows-body" ${styled({ height: `${spacerHeight(this.#scroll.extent)}px` })}>
					${repeat(
						indexes,
						(index) => index,
						(index) => this.#row(index, columns),
					)}
				</div>
			</div>
		`;
	}

	#header({ id, label, sort, sortedBy, right }: Column) {
		const order = this.selection.sort;
		const sorted = sort !== undefined && order?.by === sort ? (order.descending ? "descending" : "ascending") : undefined;
		const arrow = sorted === undefined ? "" : sorted === "descending" ? " ↓" : " ↑";
		return html`<div role="columnheader" class=${right ? "right" : ""} data-column=${id} aria-sort=${sorted ?? (sort ? "none" : nothing)}>
			${
				sort === undefined
					? label
					: html`<button class="sort" title="sort by ${sortedBy ?? label}" @click=${() => this.#sortBy(sort)}>${label}${arrow}</button>`
			}
		</div>`;
	}

	#row(index: number, columns: readonly Column[]) {
		const row = this.#rows.at(index);
		const at = styled({ transform: `translateY(${index * this.rowHeight - this.#scroll.offset}px)` });
		const selected = index === this.cursor.index;
		if (row === undefined)
			return html`<div role="row" id="row-${index}" aria-rowindex=${index + 2} aria-busy="true" ${at}><div role="gridcell" class="faint">…</div></div>`;
		const threshold = this.info.plan.defences.find(({ name }) => name === row.defence)?.threshold;
		const mark = this.marked.includes(row.traceId);
		return html`<div role="row" id="row-${index}" aria-rowindex=${index + 2} aria-selected=${selected} data-index=${index} ${at}>
			<div role="gridcell" class="mark">${mark ? html`<span role="img" aria-label="marked to compare">◆</span>` : nothing}</div>
			${columns.map(({ right, cell }) => html`<div role="gridcell" class=${right ? "right" : ""}>${cell(row, threshold)}</div>`)}
		</div>`;
	}

	async #fetch(from: number, count: number) {
		const { selection } = this;
		const { rows, matched, total } = await this.run.call("run.rows", { ...selection, from, count });
		if (selection === this.selection) this.tell("rows-counted", { matched, total });
		return { items: rows, total: matched };
	}

	#inSight(): { from: number; to: number } {
		const { top, extent } = this.#scroll;
		const from = Math.max(0, Math.floor(top / this.rowHeight) - OVERSCAN);
		const to = Math.ceil((top + extent.view) / this.rowHeight) + OVERSCAN;
		return { from, to: Math.min(this.matched ?? 0, to) };
	}

	#sortBy(by: NonNullable<Selection["sort"]>["by"]): void {
		this.tell("place", { selection: nextSort(this.selection, by) });
	}

	#moved(why: "keys" | "order"): void {
		this.#reveal = true;
		if (why === "keys") this.tell("cursor", this.cursor.traceId);
		this.requestUpdate();
	}

	#measure(): void {
		const head = this.scroller.firstElementChild?.clientHeight ?? 0;
		this.rowHeight = Math.round(Number.parseFloat(getComputedStyle(this.scroller).fontSize) * ROW_LINES);
		this.#scroll.extent = { ...this.#scroll.extent, view: Math.max(0, this.scroller.clientHeight - head) };
		this.narrow = this.scroller.clientWidth < NARROW;
		this.requestUpdate();
	}

	#goTo(top: number): void {
		if (top === this.#scroll.top) return;
		this.#rest(this.#scroll.goTo(top));
	}

	#rest(bar: number): void {
		this.scroller.scrollTop = bar;
		this.#scroll.rested(this.scroller.scrollTop);
		this.requestUpdate();
	}

	#onScroll = () => {
		this.#scroll.scrolled(this.scroller.scrollTop);
		this.requestUpdate();
	};

	#onScrollEnd = () => this.#rest(this.#scroll.goTo(this.#scroll.top));

	#onClick = ({ target }: MouseEvent) => {
		if (!(target instanceof Element)) return;
		const index = indexOf(target);
		if (index === undefined) return;
		this.cursor.goTo(index);
		if (target.closest("[data-open]")) this.open();
	};

	#onDoubleClick = ({ target }: MouseEvent) => {
		if (target instanceof Element && indexOf(target) !== undefined) this.open();
	};

	#onKey = (event: KeyboardEvent) => {
		const { target } = event;
		if (target !== document.body && target !== this.scroller) return;
		const page = Math.max(1, Math.floor(this.#scroll.extent.view / this.rowHeight) - 1);
		const index = cursorTarget(event, { index: this.cursor.index, page, rows: this.matched ?? 0 });
		if (index === undefined) return;
		event.preventDefault();
		this.cursor.goTo(index);
	};
}

/** Of the row that an element is in. */
function indexOf(element: Element): number | undefined {
	const index = element.closest<HTMLElement>("[data-index]")?.dataset["index"];
	return index === undefined ? undefined : Number(index);
}

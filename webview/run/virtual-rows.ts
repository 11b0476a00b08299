/**
 * Scrolling through more rows than a page can be tall: browsers cap an element's height near 17 million pixels. The spacer that
 * gives the scroll bar its range is capped too, and a position of the bar stands for a place among the rows: exactly so near both
 * ends, stretched between them. Small movements are always pixel by pixel. All numbers are CSS pixels.
 */

/** Height of all rows, and of the window through which they are seen. */
export interface Extent {
	content: number;
	view: number;
}

/** Tallest spacer. */
export const TALLEST = 8_000_000;
/** Longest movement that a wheel or a finger makes at once. A scroll bar that is dragged by one pixel moves further when it is capped. */
const LONGEST_MOVE = 3000;
/** At both ends of a capped spacer, a pixel of the bar is a pixel of the rows. */
const EXACT = 1_000_000;

/** Height of the spacer. */
export function spacerHeight({ content }: Extent): number {
	return Math.min(content, TALLEST);
}

/** Where the bar rests when the window's top is at `top` of the rows. */
export function barAt(extent: Extent, top: number): number {
	if (extent.content <= TALLEST) return top;
	const { lastTop, lastBar } = ends(extent);
	if (top <= EXACT) return top;
	if (top >= lastTop - EXACT) return lastBar - (lastTop - top);
	return EXACT + ((top - EXACT) * (lastBar - 2 * EXACT)) / (lastTop - 2 * EXACT);
}

/** What the window's top is when the bar was put at `bar`; the inverse of `barAt`. */
export function topAt(extent: Extent, bar: number): number {
	if (extent.content <= TALLEST) return bar;
	const { lastTop, lastBar } = ends(extent);
	if (bar <= EXACT) return bar;
	if (bar >= lastBar - EXACT) return lastTop - (lastBar - bar);
	return EXACT + ((bar - EXACT) * (lastTop - 2 * EXACT)) / (lastBar - 2 * EXACT);
}

function ends({ content, view }: Extent): { lastTop: number; lastBar: number } {
	return { lastTop: content - view, lastBar: TALLEST - view };
}

/** The window's place among the rows, and how the bar stands to it. */
export class VirtualScroll {
	/** Of the window, among the rows. */
	top = 0;
	#bar = 0;
	#extent: Extent = { content: 0, view: 0 };

	get extent(): Extent {
		return this.#extent;
	}

	set extent(extent: Extent) {
		this.#extent = extent;
		this.top = this.#clamped(this.top);
	}

	/** Rows at `y` are drawn at `y - offset` of the spacer. */
	get offset(): number {
		return this.top - this.#bar;
	}

	/** The bar is at `bar`: a short movement is one of the rows, a long one a jump. */
	scrolled(bar: number): void {
		const moved = bar - this.#bar;
		const atEnd = bar <= 0 || bar >= spacerHeight(this.#extent) - this.#extent.view;
		const jumped = atEnd || Math.abs(moved) > LONGEST_MOVE || this.#extent.content <= TALLEST;
		this.top = this.#clamped(jumped ? topAt(this.#extent, bar) : this.top + moved);
		this.#bar = bar;
	}

	/** Puts the window's top at a place. @returns where the bar belongs; `rested` must follow. */
	goTo(top: number): number {
		this.top = this.#clamped(top);
		return Math.round(barAt(this.#extent, this.top));
	}

	/** The bar was put at its place and is now at `bar`. */
	rested(bar: number): void {
		this.#bar = bar;
		if (this.#extent.content <= TALLEST) this.top = bar;
	}

	/** Least movement that brings `height` pixels from `y` into the window. @returns the window's new top */
	topToShow(y: number, height: number): number {
		if (y < this.top) return y;
		return Math.max(this.top, y + height - this.#extent.view);
	}

	#clamped(top: number): number {
		return Math.min(Math.max(0, top), Math.max(0, this.#extent.content - this.#extent.view));
	}
}

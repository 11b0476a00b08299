import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { barAt, spacerHeight, TALLEST, topAt, VirtualScroll } from "../../webview/run/virtual-rows.ts";

const ROW = 28;
const view = fc.integer({ min: 100, max: 2000 });
const rows = fc.oneof(fc.integer({ min: 100, max: 300_000 }), fc.integer({ min: 300_000, max: 10_000_000 }));
const extent = fc.record({ rows, view }).map((given) => ({ content: given.rows * ROW, view: given.view }));
const share = fc.double({ min: 0, max: 1, noNaN: true });

describe("the scroll bar's place for a place among the rows", () => {
	it("fits a spacer that browsers can make", () => {
		fc.assert(
			fc.property(extent, (given) => {
				expect(spacerHeight(given)).toBe(Math.min(TALLEST, given.content));
				expect(barAt(given, 0)).toBe(0);
				expect(barAt(given, given.content - given.view)).toBeCloseTo(spacerHeight(given) - given.view, 3);
			}),
		);
	});

	it("is monotone, and its inverse leads back", () => {
		fc.assert(
			fc.property(extent, share, share, (given, one, other) => {
				const last = given.content - given.view;
				const [low, high] = [one * last, other * last].sort((a, b) => a - b) as [number, number];
				expect(barAt(given, low)).toBeLessThanOrEqual(barAt(given, high));
				expect(topAt(given, barAt(given, high))).toBeCloseTo(high, 2);
			}),
		);
	});

	it("leaves out no row: bars a pixel apart show windows that touch", () => {
		fc.assert(
			fc.property(extent, share, (given, at) => {
				const bar = Math.floor(at * (spacerHeight(given) - given.view - 1));
				expect(topAt(given, bar + 1) - topAt(given, bar)).toBeLessThanOrEqual(given.view);
			}),
		);
	});

	it("moves pixel by pixel near both ends", () => {
		const given = { content: 10_000_000 * ROW, view: 500 };
		expect(topAt(given, 100_001) - topAt(given, 100_000)).toBe(1);
		const end = TALLEST - 500;
		expect(topAt(given, end - 100_000) - topAt(given, end - 100_001)).toBe(1);
		expect(topAt(given, end)).toBe(given.content - 500);
	});
});

/** A scroller as a browser has it: whole pixels, kept within its range. */
class Bar {
	at = 0;
	readonly #scroll: VirtualScroll;
	constructor(scroll: VirtualScroll) {
		this.#scroll = scroll;
	}
	move(to: number): void {
		this.set(to);
		this.#scroll.scrolled(this.at);
	}
	set(to: number): void {
		const { extent } = this.#scroll;
		this.at = Math.round(Math.min(Math.max(0, to), Math.max(0, spacerHeight(extent) - extent.view)));
	}
	rest(): void {
		this.set(this.#scroll.goTo(this.#scroll.top));
		this.#scroll.rested(this.at);
	}
}

function opened(count: number): { scroll: VirtualScroll; bar: Bar } {
	const scroll = new VirtualScroll();
	scroll.extent = { content: count * ROW, view: 500 };
	return { scroll, bar: new Bar(scroll) };
}

describe("scrolling", () => {
	it("by the wheel moves the rows by as many pixels, wherever one is", () => {
		fc.assert(
			fc.property(fc.integer({ min: 1000, max: 10_000_000 }), share, fc.integer({ min: -2000, max: 2000 }), (count, at, by) => {
				const { scroll, bar } = opened(count);
				bar.move(at * (spacerHeight(scroll.extent) - 500));
				bar.rest();
				const { top } = scroll;
				bar.move(bar.at + by);
				const wanted = Math.min(Math.max(0, top + by), count * ROW - 500);
				expect(Math.abs(scroll.top - wanted)).toBeLessThanOrEqual(1);
			}),
		);
	});

	it("keeps rows where they are when the bar is put in its place", () => {
		const { scroll, bar } = opened(5_000_000);
		bar.move(4_000_000);
		for (let i = 0; i < 50; i++) bar.move(bar.at + 400);
		const { top } = scroll;
		const drawn = top - scroll.offset;
		expect(drawn).toBe(bar.at);
		bar.rest();
		expect(scroll.top).toBe(top);
		expect(scroll.top - scroll.offset).toBe(bar.at);
	});

	it("reaches any row by going to it", () => {
		fc.assert(
			fc.property(fc.integer({ min: 1, max: 10_000_000 }), share, (count, at) => {
				const { scroll, bar } = opened(count);
				const y = Math.floor(at * (count - 1)) * ROW;
				bar.set(scroll.goTo(scroll.topToShow(y, ROW)));
				scroll.rested(bar.at);
				expect(scroll.top).toBeLessThanOrEqual(y);
				expect(scroll.top + 500).toBeGreaterThanOrEqual(y + ROW);
				// What is drawn lies within the spacer.
				expect(y - scroll.offset).toBeGreaterThanOrEqual(0);
				expect(y - scroll.offset + ROW).toBeLessThanOrEqual(spacerHeight(scroll.extent) + 1);
			}),
		);
	});

	it("stays at its row while the run grows, and within the rows when they become fewer", () => {
		const { scroll, bar } = opened(1_000_000);
		bar.move(3_000_000);
		const { top } = scroll;
		scroll.extent = { content: 1_200_000 * ROW, view: 500 };
		expect(scroll.top).toBe(top);
		scroll.extent = { content: 10 * ROW, view: 500 };
		expect(scroll.top).toBe(0);
	});
});

/**
 * A long list of which only what is in sight is in the document: `@tanstack/virtual-core` as a controller. Heights are measured as
 * items appear; the place is kept when they change.
 */
import {
	elementScroll,
	measureElement,
	observeElementOffset,
	observeElementRect,
	type VirtualItem,
	Virtualizer,
} from "@tanstack/virtual-core";
import type { ReactiveController, ReactiveControllerHost } from "lit";

/** The list as it is now. */
export interface ListState {
	count: number;
	/** Names an item, whatever comes before it. */
	key(index: number): string | number;
	/** Stays at the end while the list grows, where somebody is at its end. */
	follow: boolean;
}

/** Items beyond those in sight, on either side. */
const OVERSCAN = 4;
/** Pixels from the end that still count as the end. */
const END = 40;

export class VirtualList implements ReactiveController {
	/** For `ref` on each item, which also has its index as `data-index`. */
	readonly measure: (element: Element | undefined) => void;
	readonly #virtualizer: Virtualizer<HTMLElement, HTMLElement>;
	readonly #options: ConstructorParameters<typeof Virtualizer<HTMLElement, HTMLElement>>[0];
	#unmount: (() => void) | undefined;

	/**
	 * @param scroller the element that scrolls, once it is there
	 * @param estimate height of an item that was not measured, in pixels
	 */
	constructor(host: ReactiveControllerHost, scroller: () => HTMLElement | null, estimate: number) {
		this.#options = {
			count: 0,
			getScrollElement: scroller,
			estimateSize: () => estimate,
			observeElementRect,
			observeElementOffset,
			scrollToFn: elementScroll,
			overscan: OVERSCAN,
			scrollEndThreshold: END,
			// An item's own elements are not drawn yet when it is placed; the observer measures it before it is painted.
			measureElement: (element, entry, list) =>
				entry === undefined ? sizeKnown(list, element, estimate) : measureElement(element, entry, list),
			onChange: () => void host.updateComplete.then(() => host.requestUpdate()),
		};
		this.#virtualizer = new Virtualizer(this.#options);
		this.measure = (element) => this.#virtualizer.measureElement((element as HTMLElement | undefined) ?? null);
		host.addController(this);
	}

	hostConnected(): void {
		this.#unmount = this.#virtualizer._didMount();
	}

	hostUpdated(): void {
		this.#virtualizer._willUpdate();
	}

	hostDisconnected(): void {
		this.#unmount?.();
	}

	/** Takes the list as it is now; to be called by each render, before the others. */
	update({ count, key, follow }: ListState): void {
		this.#virtualizer.setOptions({
			...this.#options,
			count,
			getItemKey: key,
			anchorTo: follow ? "end" : "start",
			followOnAppend: follow,
		});
	}

	/** What is to be drawn. */
	items(): VirtualItem[] {
		return this.#virtualizer.getVirtualItems();
	}

	/** Of the whole list, in pixels. */
	height(): number {
		return this.#virtualizer.getTotalSize();
	}

	/** First and last index in sight. */
	inSight(): { first: number; last: number } | undefined {
		const { range } = this.#virtualizer;
		return range === null ? undefined : { first: range.startIndex, last: range.endIndex };
	}

	atEnd(): boolean {
		return this.#virtualizer.isAtEnd();
	}

	/** Scrolls as little as it takes. */
	reveal(index: number): void {
		this.#virtualizer.scrollToIndex(index, { align: "auto" });
	}

	toEnd(): void {
		this.#virtualizer.scrollToEnd();
	}

	/** Forgets heights and goes to the top: it is another list. */
	reset(): void {
		this.#virtualizer.measure();
		this.#virtualizer.scrollToOffset(0);
	}
}

function sizeKnown(list: Virtualizer<HTMLElement, HTMLElement>, element: HTMLElement, estimate: number): number {
	return list.itemSizeCache.get(list.options.getItemKey(list.indexFromElement(element))) ?? estimate;
}

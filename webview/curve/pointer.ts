/** What a pointer does on the curve: hovers, selects by a click, moves by a drag, zooms by the wheel. Places are pixels from its left. */

export interface CurveActions {
	select(x: number): void;
	/** undefined: the pointer is away. */
	hover(x: number | undefined): void;
	zoom(factor: number, x: number): void;
	/** Positive: towards later steps. */
	move(pixels: number): void;
	/** Whether the wheel is the curve's, or the page's. */
	zoomable(): boolean;
}

/** Less is a click. */
const DRAG = 4;
/** Of one notch of a wheel. */
const NOTCH = 0.0015;

export class CurvePointer {
	readonly #actions: CurveActions;
	#pressed: { x: number; last: number; dragged: boolean } | undefined;

	constructor(actions: CurveActions) {
		this.#actions = actions;
	}

	down = (event: PointerEvent) => {
		if (event.button !== 0) return;
		const x = xOf(event);
		this.#pressed = { x, last: x, dragged: false };
	};

	moved = (event: PointerEvent) => {
		const x = xOf(event);
		const pressed = this.#pressed;
		if (pressed === undefined) return this.#actions.hover(x);
		if (!pressed.dragged && Math.abs(x - pressed.x) < DRAG) return;
		if (!pressed.dragged) elementOf(event).setPointerCapture(event.pointerId);
		this.#actions.move(pressed.last - x);
		this.#pressed = { ...pressed, last: x, dragged: true };
		this.#actions.hover(undefined);
	};

	up = (event: PointerEvent) => {
		if (this.#pressed?.dragged === false) this.#actions.select(xOf(event));
		this.#pressed = undefined;
	};

	left = () => {
		this.#pressed = undefined;
		this.#actions.hover(undefined);
	};

	wheel = (event: WheelEvent) => {
		if (!this.#actions.zoomable()) return;
		event.preventDefault();
		this.#actions.zoom(Math.exp(event.deltaY * NOTCH), xOf(event));
	};
}

function elementOf(event: Event): HTMLElement {
	return event.currentTarget as HTMLElement;
}

function xOf(event: MouseEvent): number {
	return event.clientX - elementOf(event).getBoundingClientRect().left;
}

/** Which steps the curve shows: all, or those that somebody zoomed to. */
import type { ReactiveControllerHost } from "lit";
import type { StepRange } from "../../src/figures/frame.ts";
import { isWhole, moved, showing, wholeRange, zoomed } from "../../src/figures/step-range.ts";

/** Fewer steps need no zoom. */
const ZOOMABLE = 20;

export class CurveZoom {
	/** Steps of the trace. */
	steps = 0;
	readonly #host: ReactiveControllerHost;
	/** undefined: all steps, also those to come. */
	#range: StepRange | undefined;

	constructor(host: ReactiveControllerHost) {
		this.#host = host;
	}

	get possible(): boolean {
		return this.steps > ZOOMABLE;
	}

	get whole(): boolean {
		return this.#range === undefined;
	}

	get range(): StepRange {
		return this.#range ?? wholeRange(this.steps);
	}

	reset(): void {
		this.#set(undefined);
	}

	/** @param factor below 1 magnifies */
	by(factor: number, around: number): void {
		if (this.possible) this.#set(zoomed(this.range, factor, around, this.steps));
	}

	move(steps: number): void {
		if (this.#range !== undefined) this.#set(moved(this.#range, steps, this.steps));
	}

	/** Moves so far that a step is in sight. */
	show(step: number): void {
		if (this.#range !== undefined) this.#set(showing(this.#range, step, this.steps));
	}

	/** What to ask for: whole steps with a margin, so that a small move asks nothing. undefined: all. */
	asked(): { from: number; to: number } | undefined {
		if (this.#range === undefined) return undefined;
		const { from, to } = this.#range;
		const margin = to - from;
		const grain = 2 ** Math.floor(Math.log2(Math.max(1, margin)));
		return {
			from: Math.max(1, Math.floor((from - margin) / grain) * grain),
			to: Math.max(1, Math.min(this.steps, Math.ceil((to + margin) / grain) * grain)),
		};
	}

	#set(range: StepRange | undefined): void {
		this.#range = range === undefined || isWhole(range, this.steps) ? undefined : range;
		this.#host.requestUpdate();
	}
}

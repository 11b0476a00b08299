/** The row under the cursor: a trace, found again by its id when the run grows or the order changes. */
import type { ReactiveController, ReactiveControllerHost } from "lit";
import type { Selection } from "../../src/contract/methods.ts";
import { CallError } from "../../src/contract/wire.ts";
import type { RunClient } from "../core/run-client.ts";

export interface CursorHost extends ReactiveControllerHost {
	readonly run: RunClient;
	readonly selection: Selection;
	/** Selected rows; undefined before they are known. */
	readonly matched: number | undefined;
	traceIdAt(index: number): string | undefined;
}

export class RowCursor implements ReactiveController {
	/** Place among the selected rows, from 0. */
	index = 0;
	/** undefined until the row at `index` is there. */
	traceId: string | undefined;
	readonly #host: CursorHost;
	readonly #onMoved: (why: "keys" | "order") => void;
	/** Selection and revision for which `index` is that of the trace. */
	#placedFor = "";

	/** @param onMoved the cursor is at another row, or its row is at another place of a new order. */
	constructor(host: CursorHost, onMoved: (why: "keys" | "order") => void) {
		this.#host = host;
		this.#onMoved = onMoved;
		host.addController(this);
	}

	/** Goes to a row of the list, as near as there is one. */
	goTo(index: number): void {
		this.index = Math.min(Math.max(0, index), Math.max(0, (this.#host.matched ?? 1) - 1));
		this.traceId = this.#host.traceIdAt(this.index);
		this.#placedFor = this.#place();
		this.#onMoved("keys");
		this.#host.requestUpdate();
	}

	/** Goes to a trace, wherever it is. */
	goToTrace(traceId: string): void {
		this.traceId = traceId;
		this.#placedFor = "";
		this.#host.requestUpdate();
	}

	hostUpdate(): void {
		const placed = this.#place();
		if (this.traceId === undefined) {
			this.traceId = this.#host.traceIdAt(this.index);
			if (this.traceId !== undefined) this.#onMoved("keys");
			this.#placedFor = placed;
		} else if (placed !== this.#placedFor) void this.#find(this.traceId, placed);
	}

	#place(): string {
		return JSON.stringify([this.#host.selection, this.#host.run.revision]);
	}

	async #find(traceId: string, placed: string): Promise<void> {
		const before = this.#placedFor;
		this.#placedFor = placed;
		try {
			const { index } = await this.#host.run.call("run.place", { ...this.#host.selection, traceId });
			if (traceId !== this.traceId || placed !== this.#placedFor) return;
			if (index === null) [this.index, this.traceId] = [0, undefined];
			else this.index = index;
			if (selectionOf(before) !== selectionOf(placed)) this.#onMoved("order");
		} catch (error) {
			// What is wrong with the selection is said where it is written.
			if (!(error instanceof CallError)) throw error;
		}
		this.#host.requestUpdate();
	}
}

function selectionOf(placed: string): string {
	return placed === "" ? "" : JSON.stringify(JSON.parse(placed)[0]);
}

/** A long list of which only what is looked at is fetched: chunks by index, refreshed when the run changes. */
import type { ReactiveController, ReactiveControllerHost } from "lit";
import { CallError } from "../../src/contract/wire.ts";
import type { RunClient } from "./run-client.ts";

/** Items `from`… of a list of `total`. */
export interface Chunk<Item> {
	items: Item[];
	total: number;
}

interface Held<Item> {
	items: Item[];
	/** Of the run, when they were asked for. */
	revision: number;
}

/** Chunks kept beyond those in sight. */
const KEPT = 8;

export class Chunks<Item> implements ReactiveController {
	/** Length of the whole list; undefined before the first reply. */
	total: number | undefined;
	error: CallError | undefined;
	readonly #host: ReactiveControllerHost & { run: RunClient };
	readonly #size: number;
	readonly #fetch: (from: number, count: number) => Promise<Chunk<Item>>;
	readonly #held = new Map<number, Held<Item>>();
	readonly #asked = new Set<number>();
	#subject = "";
	#stop: (() => void) | undefined;

	/** @param fetch asks for `count` items from index `from` (0-based). */
	constructor(
		host: ReactiveControllerHost & { run: RunClient },
		size: number,
		fetch: (from: number, count: number) => Promise<Chunk<Item>>,
	) {
		this.#host = host;
		this.#size = size;
		this.#fetch = fetch;
		host.addController(this);
	}

	hostConnected(): void {
		this.#stop = this.#host.run?.listen(({ notice }) => {
			if (notice === "changed") this.#host.requestUpdate();
		});
	}

	hostDisconnected(): void {
		this.#stop?.();
	}

	/** Names the list; another name drops what is held. */
	about(subject: string): void {
		if (subject === this.#subject) return;
		this.#subject = subject;
		this.#held.clear();
		this.#asked.clear();
		this.total = undefined;
		this.error = undefined;
	}

	/** Has items `from` to `to` (exclusive) at hand soon, as new as the run. */
	want(from: number, to: number): void {
		for (let chunk = Math.floor(from / this.#size); chunk * this.#size < Math.max(to, 1); chunk++) {
			const held = this.#held.get(chunk);
			if (held?.revision === this.#host.run.revision || this.#asked.has(chunk)) continue;
			void this.#ask(chunk);
		}
	}

	/** The item at an index, if it is at hand. */
	at(index: number): Item | undefined {
		return this.#held.get(Math.floor(index / this.#size))?.items[index % this.#size];
	}

	async #ask(chunk: number): Promise<void> {
		const subject = this.#subject;
		const { revision } = this.#host.run;
		this.#asked.add(chunk);
		try {
			const { items, total } = await this.#fetch(chunk * this.#size, this.#size);
			if (subject !== this.#subject) return;
			this.#held.delete(chunk);
			this.#held.set(chunk, { items, revision });
			this.total = total;
			this.error = undefined;
			this.#forget();
		} catch (error) {
			if (!(error instanceof CallError)) throw error;
			if (subject !== this.#subject) return;
			this.error = error;
			// Not asked again until the run changes.
			this.#held.set(chunk, { items: this.#held.get(chunk)?.items ?? [], revision });
		} finally {
			if (subject === this.#subject) this.#asked.delete(chunk);
			this.#host.requestUpdate();
		}
	}

	#forget(): void {
		for (const chunk of this.#held.keys()) {
			if (this.#held.size <= KEPT) return;
			this.#held.delete(chunk);
		}
	}
}

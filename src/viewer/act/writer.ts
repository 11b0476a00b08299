/** What a viewer's process adds to a run: one file beside it, begun with the first word. */
import { PRODUCT } from "../../experiments/product.ts";
import type { Journal } from "../../store/journal.ts";
import { openSibling } from "../../store/siblings.ts";
import type { OpenedRun } from "../types.ts";

export class RunWriter {
	readonly #run: OpenedRun;
	#journal: Promise<Journal> | undefined;
	#reading: Promise<void> | undefined;
	#again = false;

	constructor(run: OpenedRun) {
		this.#run = run;
	}

	/**
	 * The file's journal, opened at the first call; after a failure, or when another run has taken the place of the one it belongs to,
	 * another file at the next. @throws StoreError
	 */
	async journal(): Promise<Journal> {
		const present = await this.#journal;
		if (present !== undefined && present.run !== this.#run.header.run) await this.close();
		this.#journal ??= openSibling(this.#run.path, PRODUCT).catch((error: unknown) => {
			this.#journal = undefined;
			throw error;
		});
		return this.#journal;
	}

	/** Closes the file, if there is one; another is begun when there is more to write. */
	async close(): Promise<void> {
		const journal = await this.#journal?.catch(() => undefined);
		this.#journal = undefined;
		journal?.close();
	}

	/** Has the run read what was written, as often as the reading keeps up. */
	wrote(): void {
		this.#run.touch();
		this.#again = true;
		this.#reading ??= this.#read().finally(() => {
			this.#reading = undefined;
		});
	}

	/** Settles when the run has read all that was written. */
	async caughtUp(): Promise<void> {
		await this.#reading;
	}

	async #read(): Promise<void> {
		while (this.#again) {
			this.#again = false;
			// A run that cannot be read any more says so itself, where it is looked at.
			await this.#run.catchUp().catch(() => undefined);
		}
	}
}

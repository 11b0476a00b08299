/** Something that a button asks of the viewer: whether it is under way, and why it was refused. */
import type { ReactiveControllerHost } from "lit";
import { CallError } from "../../src/contract/wire.ts";

export class Action {
	busy = false;
	error: CallError | undefined;
	readonly #host: ReactiveControllerHost;

	constructor(host: ReactiveControllerHost) {
		this.#host = host;
	}

	/** Does it, once at a time. @returns undefined when it was refused (see `error`) or another is under way. */
	async do<T>(work: () => Promise<T>): Promise<T | undefined> {
		if (this.busy) return undefined;
		this.busy = true;
		this.error = undefined;
		this.#host.requestUpdate();
		try {
			return await work();
		} catch (error) {
			if (!(error instanceof CallError)) throw error;
			this.error = error;
			return undefined;
		} finally {
			this.busy = false;
			this.#host.requestUpdate();
		}
	}
}

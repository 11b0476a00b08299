/** Doing things now and then: looks at files while somebody watches, and notices that are not sent more often than they are read. */

/** Calls `work` again and again, `pauseMs` after it ended, while it is switched on. */
export class Repeated {
	readonly #work: () => Promise<void>;
	readonly #pauseMs: number;
	#timer: NodeJS.Timeout | undefined;
	#on = false;
	#working = false;

	/** @param work must not throw. */
	constructor(work: () => Promise<void>, pauseMs: number) {
		this.#work = work;
		this.#pauseMs = pauseMs;
	}

	/** Switched on, it is called at once. */
	switch(on: boolean): void {
		if (on === this.#on) return;
		this.#on = on;
		clearTimeout(this.#timer);
		if (on && !this.#working) void this.#turn();
	}

	async #turn(): Promise<void> {
		this.#working = true;
		await this.#work();
		this.#working = false;
		if (!this.#on) return;
		this.#timer = setTimeout(() => void this.#turn(), this.#pauseMs);
		this.#timer.unref();
	}
}

/** Calls `tell` once for any number of calls within a pause: the first at once, the others together at its end. */
export class Coalesced {
	readonly #tell: () => void;
	readonly #pauseMs: () => number;
	#timer: NodeJS.Timeout | undefined;
	#waiting = false;

	constructor(tell: () => void, pauseMs: () => number) {
		this.#tell = tell;
		this.#pauseMs = pauseMs;
	}

	call(): void {
		if (this.#timer !== undefined) {
			this.#waiting = true;
			return;
		}
		this.#tell();
		this.#timer = setTimeout(() => {
			this.#timer = undefined;
			if (!this.#waiting) return;
			this.#waiting = false;
			this.call();
		}, this.#pauseMs());
		this.#timer.unref();
	}

	stop(): void {
		clearTimeout(this.#timer);
		this.#waiting = false;
	}
}

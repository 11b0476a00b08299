/** Results that are kept until what they were made of changes. */

export class Memo {
	readonly #most: number;
	readonly #kept = new Map<string, unknown>();

	/** @param most results kept; of more, the oldest goes. */
	constructor(most: number) {
		this.#most = most;
	}

	/** The result for a key, made at most once. One key always belongs to one kind of result. */
	of<T>(key: string, make: () => T): T {
		if (this.#kept.has(key)) return this.#kept.get(key) as T;
		const made = make();
		const [oldest] = this.#kept.keys();
		if (oldest !== undefined && this.#kept.size >= this.#most) this.#kept.delete(oldest);
		this.#kept.set(key, made);
		return made;
	}

	clear(): void {
		this.#kept.clear();
	}
}

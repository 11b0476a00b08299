import type { Memory, Model } from "./model.ts";

interface Entry {
	keys: readonly string[];
	memory: Memory;
}

function commonLength(a: readonly string[], b: readonly string[]): number {
	const end = Math.min(a.length, b.length);
	let n = 0;
	while (n < end && a[n] === b[n]) n++;
	return n;
}

/** Remembers the keys and values of the last few contexts, so that a continuation reads only what is new. */
export class PrefixCache {
	private entries: Entry[] = [];
	private readonly capacity: number;

	constructor(capacity = 48) {
		this.capacity = capacity;
	}

	/** A fresh memory that already holds the longest known prefix of `keys`, at most `limit` positions of it. */
	recall(model: Model, keys: readonly string[], limit: number): Memory {
		const memory = model.newMemory();
		let best: Entry | undefined;
		let shared = 0;
		for (const entry of this.entries) {
			const n = Math.min(commonLength(entry.keys, keys), limit);
			if (n > shared) [best, shared] = [entry, n];
		}
		if (!best) return memory;
		this.entries = [...this.entries.filter((entry) => entry !== best), best];
		copyInto(memory, best.memory, shared, model.header.width);
		return memory;
	}

	/** Keeps what a request has read; an older entry that is a prefix of it gives way. */
	store(model: Model, keys: readonly string[], memory: Memory): void {
		const known = keys.slice(0, memory.length);
		const { width } = model.header;
		const trim = (rows: Float32Array[]) => rows.map((row) => row.slice(0, memory.length * width));
		const kept = { length: memory.length, keys: trim(memory.keys), values: trim(memory.values) };
		const others = this.entries.filter((entry) => commonLength(entry.keys, known) < entry.keys.length);
		this.entries = [...others, { keys: known, memory: kept }].slice(-this.capacity);
	}
}

function copyInto(target: Memory, source: Memory, length: number, width: number): void {
	for (const [i, keys] of target.keys.entries()) {
		keys.set((source.keys[i] as Float32Array).subarray(0, length * width));
		target.values[i]?.set((source.values[i] as Float32Array).subarray(0, length * width));
	}
	target.length = length;
}

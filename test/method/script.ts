/** A policy and scorers that say what a test tells them to, in order. */
import type { Policy, PolicyRequest, PolicyStream, SafetyScorer } from "../../src/method/ports.ts";
import { ServerError } from "../../src/trace/errors.ts";
import type { TraceDraft } from "../../src/trace/events.ts";

/** Gives the texts of its requests in order, one paragraph a chunk, as fast as it is read. */
export class Script implements Policy {
	readonly requests: PolicyRequest[] = [];
	/** Chunks read from all streams. */
	read = 0;
	closed = 0;
	#texts: string[][];
	constructor(...texts: string[][]) {
		this.#texts = texts;
	}
	async *stream(request: PolicyRequest, signal: AbortSignal): PolicyStream {
		const number = this.requests.push(request);
		try {
			for (const text of this.#texts[number - 1] ?? []) {
				await new Promise((resolve) => setImmediate(resolve));
				signal.throwIfAborted();
				if (text === "FAIL") throw new ServerError("cut", "the stream of the toy server ended early");
				this.read++;
				yield { text, tokenCount: 1 };
			}
			return { finish: "end", promptTokens: 5, cachedTokens: 2 };
		} finally {
			this.closed++;
		}
	}
}

/** Gives the rewards in order (the query's first), each only when released. */
export class HeldScorer implements SafetyScorer {
	readonly id = "held";
	readonly texts: (string | undefined)[] = [];
	#rewards: number[];
	#release: (() => void)[] = [];
	constructor(...rewards: number[]) {
		this.#rewards = rewards;
	}
	release(): void {
		for (const release of this.#release.splice(0)) release();
	}
	async score(text: string | undefined) {
		const index = this.texts.push(text) - 1;
		if (index > 0) await new Promise<void>((resolve) => this.#release.push(resolve));
		return { reward: this.#rewards[index] ?? 1, requests: 1 };
	}
}

export const scorer = (...rewards: number[]): SafetyScorer & { texts: (string | undefined)[] } => {
	const texts: (string | undefined)[] = [];
	return { id: "list", texts, score: async (text) => ({ reward: rewards[texts.push(text) - 1] ?? 1, requests: 1 }) };
};

export const idle = async () => {
	for (let i = 0; i < 50; i++) await new Promise((resolve) => setImmediate(resolve));
};

/** The drafts of one type. */
export function of<T extends TraceDraft["type"]>(drafts: readonly TraceDraft[], type: T) {
	return drafts.filter((draft): draft is Extract<TraceDraft, { type: T }> => draft.type === type);
}

import { setImmediate as nextTurn, setTimeout as pause } from "node:timers/promises";
import { PrefixCache } from "./cache.ts";
import type { Context } from "./context.ts";
import { type Memory, Model } from "./model.ts";
import { draw, logSoftmax, type Sampling } from "./sampler.ts";
import { Tokenizer } from "./tokenizer.ts";
import type { Weights } from "./weights.ts";

/** One generated token with the model's own log-probabilities (before temperature). */
export interface Generated {
	id: number;
	text: string;
	logprobs: Float64Array;
	/** Set on the end mark, which is reported but has no text. */
	end: boolean;
}

/** What a run over a context needs. */
export interface GenerateOptions {
	sampling: Sampling;
	maxTokens: number;
	signal?: AbortSignal;
}

const READ_AT_ONCE = 8;

/** A model with its tokenizer and prefix cache. Long work yields to the event loop, so requests take turns. */
export class Engine {
	readonly model: Model;
	readonly tokenizer: Tokenizer;
	readonly counters = { running: 0, promptTokens: 0, generatedTokens: 0, cachedTokens: 0 };
	private readonly cache = new PrefixCache();
	private readonly secondsPerToken: number;

	constructor(weights: Weights, tokensPerSecond = Number.POSITIVE_INFINITY) {
		this.model = new Model(weights);
		this.tokenizer = new Tokenizer(weights.header.vocabulary);
		this.secondsPerToken = 1 / tokensPerSecond;
	}

	/** Counts a request as running until `work` ends, however it ends. */
	async running<T>(work: () => Promise<T>): Promise<T> {
		this.counters.running++;
		try {
			return await work();
		} finally {
			this.counters.running--;
		}
	}

	/** Reads a whole context; `cached` of its positions came from the prefix cache. */
	async read(context: Context, signal?: AbortSignal): Promise<{ memory: Memory; hidden: Float32Array; cached: number }> {
		const memory = this.cache.recall(this.model, context.keys, context.ids.length - 1);
		const cached = memory.length;
		this.counters.promptTokens += context.ids.length;
		this.counters.cachedTokens += cached;
		let hidden = new Float32Array();
		for (const input of context.inputs.slice(cached)) {
			signal?.throwIfAborted();
			hidden = this.model.read(input, memory) as Float32Array<ArrayBuffer>;
			if (memory.length % READ_AT_ONCE === 0) await nextTurn();
		}
		this.cache.store(this.model, context.keys, memory);
		return { memory, hidden, cached };
	}

	/** Draws tokens after a context that was read, until the end mark, `maxTokens`, or the end of the window. */
	async *generate(
		context: Context,
		read: { memory: Memory; hidden: Float32Array },
		options: GenerateOptions,
	): AsyncGenerator<Generated> {
		const keys = [...context.keys];
		const end = this.tokenizer.id("<end>");
		let { hidden } = read;
		const began = performance.now();
		try {
			for (let n = 0; n < options.maxTokens; n++) {
				await this.takeTurn(began, n, options.signal);
				if (options.signal?.aborted) return;
				const logits = this.model.outputs(hidden);
				const id = draw(logits, options.sampling, keys.length);
				this.counters.generatedTokens++;
				yield { id, text: this.tokenizer.text(id), logprobs: logSoftmax(logits), end: id === end };
				if (id === end || read.memory.length >= this.model.header.maxLength) return;
				keys.push(String(id));
				hidden = this.model.read(id, read.memory) as Float32Array<ArrayBuffer>;
			}
		} finally {
			this.cache.store(this.model, keys, read.memory);
		}
	}

	/** The log-probabilities of every token of a context given those before it; the first has none. No cache. */
	async promptLogprobs(context: Context, signal?: AbortSignal): Promise<(Float64Array | null)[]> {
		const memory = this.model.newMemory();
		const all: (Float64Array | null)[] = [null];
		for (const input of context.inputs.slice(0, -1)) {
			signal?.throwIfAborted();
			all.push(logSoftmax(this.model.outputs(this.model.read(input, memory))));
			if (memory.length % READ_AT_ONCE === 0) await nextTurn();
		}
		return all;
	}

	private async takeTurn(began: number, token: number, signal?: AbortSignal): Promise<void> {
		const due = began + token * this.secondsPerToken * 1000 - performance.now();
		if (due > 1) await pause(due, undefined, signal ? { signal } : {}).catch(() => undefined);
		else await nextTurn();
	}
}

import { randomInt } from "node:crypto";
import type { Context } from "./context.ts";
import type { Engine, Generated } from "./engine.ts";
import type { SamplingFields } from "./requests.ts";
import { StopWatcher } from "./stop.ts";

/** One piece of a running completion; `finish` is set on the last. */
export interface Piece {
	text: string;
	tokens: Generated[];
	finish?: { reason: "stop" | "length"; stopReason: string | null };
}

/** Token counts as the protocol reports them. */
export interface Usage {
	prompt_tokens: number;
	completion_tokens: number;
	total_tokens: number;
	prompt_tokens_details: { cached_tokens: number };
}

/** A completion under way: its pieces, and its usage so far. */
export interface Completion {
	pieces: AsyncGenerator<Piece>;
	usage(): Usage;
}

/** Starts a completion of a context. The prompt is read before this returns, so errors come before any output. */
export async function startCompletion(
	engine: Engine,
	context: Context,
	fields: SamplingFields,
	maxTokens: number | undefined,
	signal: AbortSignal,
): Promise<Completion> {
	const read = await engine.read(context, signal);
	let generated = 0;
	const usage = () => ({
		prompt_tokens: context.ids.length,
		completion_tokens: generated,
		total_tokens: context.ids.length + generated,
		prompt_tokens_details: { cached_tokens: read.cached },
	});

	async function* pieces(): AsyncGenerator<Piece> {
		const watcher = new StopWatcher(fields.stop, fields.include_stop_str_in_output ?? false);
		const sampling = {
			seed: fields.seed ?? randomInt(2 ** 47),
			temperature: fields.temperature ?? 1,
			topP: fields.top_p ?? 1,
			topK: Math.max(0, fields.top_k ?? 0),
		};
		const limit = Math.min(maxTokens ?? Number.POSITIVE_INFINITY, engine.model.header.maxLength - context.ids.length);
		for await (const token of engine.generate(context, read, { sampling, maxTokens: limit, signal })) {
			generated++;
			const { text, stopped } = watcher.push(token.text);
			if (stopped !== undefined) {
				yield { text, tokens: [token], finish: { reason: "stop", stopReason: stopped } };
				return;
			}
			if (token.end) {
				yield { text: text + watcher.flush(), tokens: [token], finish: { reason: "stop", stopReason: null } };
				return;
			}
			yield { text, tokens: [token] };
		}
		yield { text: watcher.flush(), tokens: [], finish: { reason: "length", stopReason: null } };
	}
	return { pieces: pieces(), usage };
}

import type { Context } from "./context.ts";
import type { Engine, Generated } from "./engine.ts";
import { largest } from "./sampler.ts";

/** The model's log-probability of an id, kept finite so that it survives JSON. */
function logprobOf(logprobs: Float64Array, id: number): number {
	return Math.max(logprobs[id] as number, -9999);
}

function entry(engine: Engine, logprobs: Float64Array, id: number) {
	const token = engine.tokenizer.text(id);
	return { token, logprob: logprobOf(logprobs, id), bytes: [...Buffer.from(token)] };
}

/** Log-probabilities in the form of `/v1/chat/completions`. */
export function chatLogprobs(engine: Engine, tokens: readonly Generated[], top: number) {
	return {
		content: tokens.map(({ id, logprobs }) => ({
			...entry(engine, logprobs, id),
			top_logprobs: largest(logprobs, top).map((other) => entry(engine, logprobs, other)),
		})),
	};
}

/** Log-probabilities in the form of `/v1/completions`; the offset counts characters from the start of the text. */
export function completionLogprobs(
	engine: Engine,
	tokens: readonly { id: number; logprobs: Float64Array | null }[],
	top: number,
	offset: number,
) {
	let at = offset;
	const text_offset = tokens.map(({ id }) => {
		const here = at;
		at += engine.tokenizer.text(id).length;
		return here;
	});
	return {
		text_offset,
		tokens: tokens.map(({ id }) => engine.tokenizer.text(id)),
		token_logprobs: tokens.map(({ id, logprobs }) => (logprobs ? logprobOf(logprobs, id) : null)),
		top_logprobs: tokens.map(({ id, logprobs }) => {
			if (!logprobs) return null;
			const ids = new Set([...largest(logprobs, top), id]);
			return Object.fromEntries([...ids].map((other) => [engine.tokenizer.text(other), logprobOf(logprobs, other)]));
		}),
	};
}

/** `prompt_logprobs`: for every prompt token a map of ids to log-probability and rank; the first is null. */
export function promptLogprobs(engine: Engine, context: Context, rows: readonly (Float64Array | null)[], top: number) {
	return rows.map((logprobs, i) => {
		if (!logprobs) return null;
		const own = context.ids[i] as number;
		const order = largest(logprobs, logprobs.length);
		const ids = new Set([own, ...order.slice(0, top)]);
		return Object.fromEntries(
			[...ids].map((id) => [
				String(id),
				{ logprob: logprobOf(logprobs, id), rank: order.indexOf(id) + 1, decoded_token: engine.tokenizer.text(id) },
			]),
		);
	});
}

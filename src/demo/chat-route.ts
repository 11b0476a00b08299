import { randomUUID } from "node:crypto";
import { type Piece, startCompletion } from "./completion.ts";
import type { Engine } from "./engine.ts";
import { RequestError } from "./errors.ts";
import { chatLogprobs, promptLogprobs } from "./formats.ts";
import type { Reply } from "./reply.ts";
import { chatContext, chatSchema, parseBody } from "./requests.ts";

/** `POST /v1/chat/completions`. */
export async function chatCompletions(engine: Engine, json: unknown, reply: Reply): Promise<void> {
	const body = parseBody(chatSchema, json);
	refuseUnsupported(body);
	const context = chatContext(engine, body);
	const top = body.top_logprobs ?? 0;
	const started = await startCompletion(
		engine,
		context,
		body,
		body.max_completion_tokens ?? body.max_tokens ?? undefined,
		reply.signal,
	);
	const head = { id: `chatcmpl-${randomUUID()}`, created: Math.floor(Date.now() / 1000), model: engine.model.header.name };
	const logprobsOf = (piece: Piece) => (body.logprobs ? chatLogprobs(engine, piece.tokens, top) : null);
	const idsOf = (piece: Piece) => (body.return_token_ids ? { token_ids: piece.tokens.map((t) => t.id) } : {});
	const promptIds = body.return_token_ids ? { prompt_token_ids: context.ids } : {};

	if (body.stream) {
		const chunk = (choices: object[], rest: object = {}) =>
			reply.event({ ...head, object: "chat.completion.chunk", choices, ...rest });
		chunk([{ index: 0, delta: { role: "assistant", content: "" }, logprobs: null, finish_reason: null }], promptIds);
		for await (const piece of started.pieces) {
			if (reply.signal.aborted) return;
			if (piece.text === "" && !piece.finish && !body.logprobs && !body.return_token_ids) continue;
			const finish = {
				finish_reason: piece.finish?.reason ?? null,
				...(piece.finish ? { stop_reason: piece.finish.stopReason } : {}),
			};
			chunk([{ index: 0, delta: { content: piece.text }, logprobs: logprobsOf(piece), ...finish, ...idsOf(piece) }]);
		}
		if (body.stream_options?.include_usage) chunk([], { usage: started.usage() });
		reply.endEvents();
		return;
	}

	const whole = await collect(started.pieces);
	const asked = body.prompt_logprobs;
	const rows = asked == null ? null : promptLogprobs(engine, context, await engine.promptLogprobs(context, reply.signal), asked);
	reply.json({
		...head,
		object: "chat.completion",
		choices: [
			{
				index: 0,
				message: { role: "assistant", content: whole.text },
				logprobs: logprobsOf(whole),
				finish_reason: whole.finish?.reason ?? null,
				stop_reason: whole.finish?.stopReason ?? null,
				...idsOf(whole),
			},
		],
		usage: started.usage(),
		prompt_logprobs: rows,
		...promptIds,
	});
}

/** All pieces as one. */
export async function collect(pieces: AsyncIterable<Piece>): Promise<Piece> {
	const whole: Piece = { text: "", tokens: [] };
	for await (const piece of pieces) {
		whole.text += piece.text;
		whole.tokens.push(...piece.tokens);
		if (piece.finish) whole.finish = piece.finish;
	}
	return whole;
}

/** Refuses what this server cannot do, in words that say so. */
export function refuseUnsupported(body: {
	n?: number | null | undefined;
	stream?: boolean | null | undefined;
	prompt_logprobs?: number | null | undefined;
}): void {
	if ((body.n ?? 1) !== 1) throw new RequestError("This server draws one choice a request: `n` must be 1.", { param: "n" });
	if (body.stream && (body.prompt_logprobs ?? 0) > 0) {
		throw new RequestError("`prompt_logprobs` are not available when `stream=True`.", { param: "prompt_logprobs" });
	}
}

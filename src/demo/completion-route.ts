import { randomUUID } from "node:crypto";
import { collect, refuseUnsupported } from "./chat-route.ts";
import { type Completion, type Piece, startCompletion } from "./completion.ts";
import type { Context } from "./context.ts";
import type { Engine } from "./engine.ts";
import { completionLogprobs, promptLogprobs } from "./formats.ts";
import type { Reply } from "./reply.ts";
import { completionSchema, parseBody, rawContext } from "./requests.ts";

type Body = ReturnType<typeof completionSchema.parse>;

/** `POST /v1/completions`. */
export async function completions(engine: Engine, json: unknown, reply: Reply): Promise<void> {
	const body = parseBody(completionSchema, json);
	refuseUnsupported(body);
	const context = rawContext(engine, body.prompt);
	const started = await startCompletion(engine, context, body, body.max_tokens ?? 16, reply.signal);
	const head = {
		id: `cmpl-${randomUUID()}`,
		object: "text_completion",
		created: Math.floor(Date.now() / 1000),
		model: engine.model.header.name,
	};
	const echoed = body.echo ? engine.tokenizer.decode(context.ids) : "";
	if (body.stream) return streamed(engine, body, context, started, head, echoed, reply);

	const whole = await collect(started.pieces);
	const needRows = body.prompt_logprobs != null || (body.echo && body.logprobs != null);
	const rows = needRows ? await engine.promptLogprobs(context, reply.signal) : [];
	const before = body.echo ? context.ids.map((id, i) => ({ id, logprobs: rows[i] ?? null })) : [];
	reply.json({
		...head,
		choices: [
			{
				index: 0,
				text: echoed + whole.text,
				logprobs: body.logprobs == null ? null : completionLogprobs(engine, [...before, ...whole.tokens], body.logprobs, 0),
				finish_reason: whole.finish?.reason ?? null,
				stop_reason: whole.finish?.stopReason ?? null,
				prompt_logprobs: body.prompt_logprobs == null ? null : promptLogprobs(engine, context, rows, body.prompt_logprobs),
				...(body.return_token_ids ? { prompt_token_ids: context.ids, token_ids: whole.tokens.map((t) => t.id) } : {}),
			},
		],
		usage: started.usage(),
	});
}

async function streamed(
	engine: Engine,
	body: Body,
	context: Context,
	started: Completion,
	head: object,
	echoed: string,
	reply: Reply,
): Promise<void> {
	let offset = echoed.length;
	const choice = (piece: Piece) => ({
		index: 0,
		text: piece.text,
		logprobs: body.logprobs == null ? null : completionLogprobs(engine, piece.tokens, body.logprobs, offset),
		finish_reason: piece.finish?.reason ?? null,
		...(piece.finish ? { stop_reason: piece.finish.stopReason } : {}),
		...(body.return_token_ids ? { token_ids: piece.tokens.map((t) => t.id) } : {}),
	});
	const promptIds = body.return_token_ids ? { prompt_token_ids: context.ids } : {};
	if (echoed || body.return_token_ids) {
		reply.event({ ...head, choices: [{ index: 0, text: echoed, logprobs: null, finish_reason: null, ...promptIds }] });
	}
	for await (const piece of started.pieces) {
		if (reply.signal.aborted) return;
		reply.event({ ...head, choices: [choice(piece)] });
		offset += engine.tokenizer.decode(piece.tokens.map((t) => t.id)).length;
	}
	if (body.stream_options?.include_usage) reply.event({ ...head, choices: [], usage: started.usage() });
	reply.endEvents();
}

import { randomUUID } from "node:crypto";
import { addIds, type Context, emptyContext } from "./context.ts";
import type { Engine } from "./engine.ts";
import type { Reply } from "./reply.ts";
import { chatContext, checkLength, classifySchema, parseBody } from "./requests.ts";

/** P(unsafe) of a rendered query with a partial trace. */
export async function probabilityUnsafe(
	engine: Engine,
	context: Context,
	signal?: AbortSignal,
): Promise<{ unsafe: number; cached: number }> {
	const { hidden, cached } = await engine.read(context, signal);
	const [safe, unsafe] = engine.model.outputs(hidden) as unknown as [number, number];
	return { unsafe: 1 / (1 + Math.exp(safe - unsafe)), cached };
}

/** Query and trace as one text, in the form the scorer was trained on. */
function textContext(engine: Engine, text: string): Context {
	const context = emptyContext();
	const ended = text.includes("\n\n") || text.includes("<think>") ? text : `${text}\n\n`;
	addIds(context, [engine.tokenizer.id("<user>"), ...engine.tokenizer.encode(ended)]);
	return checkLength(engine, context);
}

/** Messages; a query alone gets the mark that opens the reply, and a bare trace gets its opening tag. */
function messagesContext(engine: Engine, body: Parameters<typeof chatContext>[1]): Context {
	const last = body.messages.at(-1);
	if (last?.role !== "assistant")
		return chatContext(engine, { ...body, add_generation_prompt: true, continue_final_message: false });
	const text =
		typeof last.content === "string" ? last.content : (last.content ?? []).map((p) => (p.type === "text" ? p.text : "")).join("");
	const opened = /^\s*<think>/.test(text) || text === "" ? text : `<think>\n${text}`;
	const messages = [...body.messages.slice(0, -1), { role: "assistant" as const, content: opened }];
	return chatContext(engine, { messages, add_generation_prompt: false, continue_final_message: true });
}

/** `POST /classify`. */
export async function classify(engine: Engine, json: unknown, reply: Reply): Promise<void> {
	const body = parseBody(classifySchema, json);
	const contexts =
		"input" in body
			? (typeof body.input === "string" ? [body.input] : body.input).map((text) => textContext(engine, text))
			: [messagesContext(engine, body)];
	const data = [];
	let tokens = 0;
	let cachedTokens = 0;
	for (const [index, context] of contexts.entries()) {
		const { unsafe, cached } = await probabilityUnsafe(engine, context, reply.signal);
		data.push({ index, label: unsafe > 0.5 ? "unsafe" : "safe", probs: [1 - unsafe, unsafe], num_classes: 2 });
		tokens += context.ids.length;
		cachedTokens += cached;
	}
	reply.json({
		id: `classify-${randomUUID()}`,
		object: "list",
		created: Math.floor(Date.now() / 1000),
		model: engine.model.header.name,
		data,
		usage: {
			prompt_tokens: tokens,
			completion_tokens: 0,
			total_tokens: tokens,
			prompt_tokens_details: { cached_tokens: cachedTokens },
		},
	});
}

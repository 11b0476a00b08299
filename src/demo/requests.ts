import { z } from "zod";
import type { Context, Turn } from "./context.ts";
import { addIds, emptyContext, renderChat } from "./context.ts";
import type { Engine } from "./engine.ts";
import { RequestError } from "./errors.ts";
import { readPicture } from "./image.ts";

const part = z.union([
	z.object({ type: z.literal("text"), text: z.string() }),
	z.object({ type: z.literal("image_url"), image_url: z.union([z.string(), z.object({ url: z.string() })]) }),
]);

const message = z.object({
	role: z.enum(["system", "developer", "user", "assistant"]),
	content: z.union([z.string(), z.array(part), z.null()]).optional(),
});

const sampling = {
	max_tokens: z.int().min(0).nullish(),
	temperature: z.number().min(0).max(10).nullish(),
	top_p: z.number().gt(0).max(1).nullish(),
	top_k: z.int().min(-1).nullish(),
	seed: z.int().nullish(),
	n: z.int().nullish(),
	stop: z.union([z.string(), z.array(z.string())]).nullish(),
	include_stop_str_in_output: z.boolean().nullish(),
	stream: z.boolean().nullish(),
	stream_options: z.object({ include_usage: z.boolean().nullish() }).nullish(),
	return_token_ids: z.boolean().nullish(),
	prompt_logprobs: z.int().min(0).max(20).nullish(),
};

const chatFlags = {
	messages: z.array(message).min(1),
	add_generation_prompt: z.boolean().default(true),
	continue_final_message: z.boolean().default(false),
};

/** The body of `/v1/chat/completions`. */
export const chatSchema = z.object({
	...sampling,
	...chatFlags,
	max_completion_tokens: z.int().min(0).nullish(),
	logprobs: z.boolean().nullish(),
	top_logprobs: z.int().min(0).max(20).nullish(),
});

/** The body of `/v1/completions`. */
export const completionSchema = z.object({
	...sampling,
	prompt: z.union([z.string(), z.array(z.int()), z.array(z.string()).length(1)]),
	logprobs: z.int().min(0).max(20).nullish(),
	echo: z.boolean().nullish(),
});

/** The body of `/tokenize`. */
export const tokenizeSchema = z.union([
	z.object({ ...chatFlags, return_token_strs: z.boolean().nullish() }),
	z.object({ prompt: z.string(), return_token_strs: z.boolean().nullish() }),
]);

/** The body of `/classify`. */
export const classifySchema = z.union([
	z.object({ ...chatFlags, add_generation_prompt: z.boolean().default(false) }),
	z.object({ input: z.union([z.string(), z.array(z.string()).min(1)]) }),
]);

/** The sampling fields that both kinds of request share. */
export type SamplingFields = z.infer<z.ZodObject<typeof sampling>>;
/** Messages with the flags of the chat template. */
export type ChatFields = z.infer<z.ZodObject<typeof chatFlags>>;

/** Checks a body against its schema; a refusal names the first field that is wrong. */
export function parseBody<T>(schema: z.ZodType<T>, body: unknown): T {
	const result = schema.safeParse(body);
	if (result.success) return result.data;
	const issue = result.error.issues[0];
	const path = issue?.path.join(".") ?? "";
	throw new RequestError(`Invalid request${path ? ` at '${path}'` : ""}: ${issue?.message ?? "not understood"}`, {
		param: path || null,
	});
}

function pictureOf(engine: Engine, url: string) {
	const data = /^data:image\/[\w.+-]+;base64,([A-Za-z0-9+/=\s]+)$/.exec(url)?.[1];
	if (data === undefined) throw new RequestError("Only base64 image data URLs are read by this server.", { param: "messages" });
	const { imageSize, patch } = engine.model.header;
	try {
		return readPicture(Buffer.from(data, "base64"), imageSize, patch);
	} catch (error) {
		throw new RequestError(`Failed to load image: ${error instanceof Error ? error.message : error}`, { param: "messages" });
	}
}

function toTurn(engine: Engine, { role, content }: z.infer<typeof message>): Turn {
	const parts =
		typeof content === "string"
			? [content]
			: (content ?? []).map((item) => {
					if (item.type === "text") return item.text;
					return pictureOf(engine, typeof item.image_url === "string" ? item.image_url : item.image_url.url);
				});
	return { role: role === "developer" ? "system" : role, parts };
}

/** Renders the messages of a request by the chat template. */
export function chatContext(engine: Engine, body: ChatFields): Context {
	const { add_generation_prompt: generate, continue_final_message: continueLast } = body;
	if (generate && continueLast) {
		throw new RequestError("Cannot set both `continue_final_message` and `add_generation_prompt` to True.");
	}
	const turns = body.messages.map((each) => toTurn(engine, each));
	return checkLength(engine, renderChat(engine.tokenizer, turns, { generate, continueLast }));
}

/** A raw prompt, as text with role marks or as token ids. */
export function rawContext(engine: Engine, prompt: string | number[] | string[]): Context {
	const ids =
		typeof prompt === "string"
			? engine.tokenizer.encode(prompt, true)
			: prompt.flatMap((each) => (typeof each === "number" ? [each] : engine.tokenizer.encode(each, true)));
	const known = engine.tokenizer.tokens.length;
	const strange = ids.find((id) => id < 0 || id >= known);
	if (strange !== undefined) throw new RequestError(`Token id ${strange} is out of vocabulary`, { param: "prompt" });
	if (ids.length === 0) throw new RequestError("The prompt is empty.", { param: "prompt" });
	const context = emptyContext();
	addIds(context, ids);
	return checkLength(engine, context);
}

/** Refuses a context that leaves no room for a token. */
export function checkLength(engine: Engine, context: Context): Context {
	const { maxLength } = engine.model.header;
	if (context.ids.length < maxLength) return context;
	throw new RequestError(
		`This model's maximum context length is ${maxLength} tokens. However, your request has ${context.ids.length} input tokens. ` +
			"Please reduce the length of the input messages.",
		{ param: "input_tokens" },
	);
}

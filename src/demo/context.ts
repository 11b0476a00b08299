import type { Picture } from "./image.ts";
import type { Input } from "./model.ts";
import type { Tokenizer } from "./tokenizer.ts";

/** A rendered prompt: token ids, what the model reads at each, and a key for each that tells pictures apart. */
export interface Context {
	ids: number[];
	inputs: Input[];
	keys: string[];
}

/** One message of a conversation, its pictures decoded. */
export interface Turn {
	role: "system" | "user" | "assistant";
	parts: (string | Picture)[];
}

/** An empty context. */
export function emptyContext(): Context {
	return { ids: [], inputs: [], keys: [] };
}

/** Adds token ids at the end of a context. */
export function addIds(context: Context, ids: readonly number[]): void {
	for (const id of ids) {
		context.ids.push(id);
		context.inputs.push(id);
		context.keys.push(String(id));
	}
}

/** Adds a picture: one placeholder token for each patch. */
export function addPicture(context: Context, picture: Picture, placeholder: number): void {
	for (const [index, patch] of picture.patches.entries()) {
		context.ids.push(placeholder);
		context.inputs.push({ patch, index });
		context.keys.push(`${picture.hash}:${index}`);
	}
}

/** The chat template: a role mark before each turn, an end mark after the assistant's closed ones. */
export function renderChat(
	tokenizer: Tokenizer,
	turns: readonly Turn[],
	flags: { generate: boolean; continueLast: boolean },
): Context {
	const context = emptyContext();
	for (const [i, turn] of turns.entries()) {
		addIds(context, [tokenizer.id(`<${turn.role}>`)]);
		for (const part of turn.parts) {
			if (typeof part === "string") addIds(context, tokenizer.encode(part));
			else addPicture(context, part, tokenizer.id("<image>"));
		}
		const open = flags.continueLast && i === turns.length - 1;
		if (turn.role === "assistant" && !open) addIds(context, [tokenizer.id("<end>")]);
	}
	if (flags.generate) addIds(context, [tokenizer.id("<assistant>")]);
	return context;
}

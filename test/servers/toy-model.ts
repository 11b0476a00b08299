/** The model behind the fault server: at temperature 0 it recites one text, else it draws words by seed and position. */
import { createHash } from "node:crypto";

/** Holds characters of two, three and four bytes in UTF-8. */
export const RECITED =
	"First mix flour, water and salt. Then wait — até amanhã. Bake the loaf 🍞 until it is golden, and let it cool down.";
const WORDS = ["bread", "flour", "oven", "salt", "water", "remote", "cat", "sofa", "garden", "jam", "plate", "spoon"];

/** The words that follow `assistant`, white space first; joined they go on exactly where it ends. */
export function continuation(
	assistant: string,
	options: { temperature: number; seed: number; maxTokens: number },
): { words: string[]; ended: boolean } {
	if (options.temperature > 0) return { words: drawn(assistant, options), ended: false };
	const rest = RECITED.startsWith(assistant) ? RECITED.slice(assistant.length) : "";
	const words = rest.match(/\s*\S+/g) ?? [];
	return { words: words.slice(0, options.maxTokens), ended: words.length <= options.maxTokens };
}

function drawn(assistant: string, options: { seed: number; maxTokens: number }): string[] {
	return Array.from({ length: options.maxTokens }, (_, index) => {
		const digest = createHash("sha256").update(`${options.seed} ${assistant.length} ${index}`).digest();
		return ` ${WORDS[digest.readUInt32BE() % WORDS.length]}`;
	});
}

/** One token a character. */
export const tokenize = (text: string): number[] => [...text].map((character) => character.codePointAt(0) as number);
export const detokenize = (tokens: readonly number[]): string => tokens.map((token) => String.fromCodePoint(token)).join("");

export const GENERATION_PROMPT = "<assistant>";

export interface Message {
	role: string;
	content: string | { type: string; text?: string }[];
}

/** The chat template: the image marker for each image, then the text. */
export function render(messages: Message[], marker: string): string {
	const texts = messages.map((message) => {
		const parts = typeof message.content === "string" ? [{ type: "text", text: message.content }] : message.content;
		return `<${message.role}>${parts.map((part) => (part.type === "image_url" ? marker : part.text)).join("")}`;
	});
	return texts.join("") + (messages.at(-1)?.role === "assistant" ? "" : GENERATION_PROMPT);
}

/** What stands after the last generation prompt. */
export function openText(rendered: string): string {
	return rendered.slice(rendered.lastIndexOf(GENERATION_PROMPT) + GENERATION_PROMPT.length);
}

/** Hashes that name things in a run file. All are lower-case hexadecimal SHA-256 of UTF-8 bytes. */
import { createHash, type Hash } from "node:crypto";
import type { Json } from "./template.ts";

/** SHA-256 of a string's UTF-8 bytes, or of the bytes themselves, as 64 hexadecimal digits. */
export function sha256(data: string | Uint8Array): string {
	return createHash("sha256").update(data).digest("hex");
}

/** JSON with object keys sorted by code unit, no white space: the form in which plans and prompts are hashed. */
export function canonicalJson(value: Json): string {
	if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
	if (value === null || typeof value !== "object") return JSON.stringify(value);
	const keys = Object.keys(value)
		.filter((key) => value[key] !== undefined)
		.sort();
	return `{${keys.map((key) => `${JSON.stringify(key)}:${canonicalJson(value[key] as Json)}`).join(",")}}`;
}

/** What identifies a prompt to the policy: system text, user text and the images' bytes, in order. */
export function promptHash(prompt: { system?: string | undefined; text: string; images: { sha256: string }[] }): string {
	return sha256(
		canonicalJson({ images: prompt.images.map((image) => image.sha256), system: prompt.system ?? null, text: prompt.text }),
	);
}

/** Separates the assistant's turns in the text that is hashed into a context (ASCII record separator). */
export const TURN_SEPARATOR = "\u001e";

/**
 * Names a context: the exact bytes before an attempt. `assistant` is the raw text after the generation prompt, one entry a
 * turn (nearly always one), the injected prefix included at the end of the last.
 */
export function contextHash(promptSha256: string, assistant: readonly string[]): string {
	return sha256(`${promptSha256}\n${assistant.join(TURN_SEPARATOR)}`);
}

/** Names the contexts of a text that grows, without hashing again what stands before. */
export class GrowingContext {
	readonly #hash: Hash;

	constructor(start: string | Hash) {
		this.#hash = typeof start === "string" ? createHash("sha256").update(`${start}\n`) : start;
	}

	/** @param text the end of the accepted text, `TURN_SEPARATOR` where a turn is closed. */
	append(text: string): void {
		this.#hash.update(text, "utf8");
	}

	/** As `contextHash` of the text so far and `added`. */
	with(added: string): string {
		return this.#hash.copy().update(added, "utf8").digest("hex");
	}

	copy(): GrowingContext {
		return new GrowingContext(this.#hash.copy());
	}
}

/**
 * The seed of a request: the first 31 bits of SHA-256 over run seed, prompt, sample, context and attempt (DESIGN "Chance").
 * @returns an integer in [0, 2^31), which every known server takes.
 */
export function requestSeed(parts: {
	runSeed: number;
	prompt: string;
	sample: number;
	context: string;
	attempt: number;
}): number {
	const digest = sha256(`${parts.runSeed}\n${parts.prompt}\n${parts.sample}\n${parts.context}\n${parts.attempt}`);
	return Number.parseInt(digest.slice(0, 8), 16) >>> 1;
}

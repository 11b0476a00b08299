/** The user's prefix library: a small JSON file, `{"prefixes": [{"text": …, "note": …}]}`. */

import { randomBytes } from "node:crypto";
import { mkdir, open, readFile, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { z } from "zod";
import { SafeThinkError } from "../../trace/errors.ts";

const keptPrefix = z.object({ text: z.string().min(1), note: z.string().optional() });
const librarySchema = z.object({ prefixes: z.array(keptPrefix) });
export type KeptPrefix = { text: string; note?: string };

/** Most prefixes that are kept: a list that a person looks through. */
const MOST = 1000;

export class PrefixLibrary {
	readonly #path: string;
	/** Changes go one after the other. */
	#last: Promise<unknown> = Promise.resolve();

	constructor(path: string) {
		this.#path = path;
	}

	/** In the order in which they were kept. @throws SafeThinkError `prefix-library` when the file cannot be read */
	async list(): Promise<KeptPrefix[]> {
		let text: string;
		try {
			text = await readFile(this.#path, "utf8");
		} catch (error) {
			if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
			throw this.#broken(String((error as NodeJS.ErrnoException).code), error);
		}
		const parsed = librarySchema.safeParse(jsonOf(text));
		if (!parsed.success) throw this.#broken("it is not what was written there", parsed.error);
		return parsed.data.prefixes.map(({ text, note }) => ({ text, ...(note === undefined ? {} : { note }) }));
	}

	/**
	 * Keeps a prefix, to the byte; one that is kept already gets the new note.
	 * @param place of a new one among the others, from 0; else the last
	 * @throws SafeThinkError `prefix-library`: a file that cannot be read is left as it is.
	 */
	keep(text: string, note?: string, place?: number): Promise<void> {
		return this.#change((prefixes) => {
			const kept = { text, ...(note === undefined ? {} : { note }) };
			const at = prefixes.findIndex((prefix) => prefix.text === text);
			return at < 0 ? prefixes.toSpliced(place ?? prefixes.length, 0, kept).slice(-MOST) : prefixes.with(at, kept);
		});
	}

	/** @throws SafeThinkError `prefix-library` */
	remove(text: string): Promise<void> {
		return this.#change((prefixes) => prefixes.filter((prefix) => prefix.text !== text));
	}

	#change(change: (prefixes: KeptPrefix[]) => KeptPrefix[]): Promise<void> {
		const changed = this.#last.then(async () => this.#write(change(await this.list())));
		this.#last = changed.catch(() => undefined);
		return changed;
	}

	async #write(prefixes: KeptPrefix[]): Promise<void> {
		const temporary = `${this.#path}.${randomBytes(6).toString("hex")}.tmp`;
		try {
			await mkdir(dirname(this.#path), { recursive: true });
			const file = await open(temporary, "wx");
			try {
				await file.writeFile(`${JSON.stringify({ prefixes }, null, "\t")}\n`);
				await file.sync();
			} finally {
				await file.close();
			}
			await rename(temporary, this.#path);
		} catch (error) {
			await rm(temporary, { force: true });
			throw this.#broken(`it cannot be written (${(error as NodeJS.ErrnoException).code})`, error);
		}
	}

	#broken(why: string, cause: unknown): SafeThinkError {
		return new SafeThinkError("prefix-library", `the prefix library ${this.#path} cannot be used: ${why}`, {
			remedy: "mend the file, or move it away: a new one is begun",
			cause,
		});
	}
}

function jsonOf(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
}

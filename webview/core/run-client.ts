/** The run that the page shows: asks for windows of it, and knows when they may be out of date. */
import * as z from "zod/mini";
import { METHODS, type Methods } from "../../src/contract/methods.ts";
import { CallError, Caller, type Notice, notice, type Params, type Result } from "../../src/contract/wire.ts";
import type { Host } from "./transport.ts";

export class RunClient {
	/** Newest revision heard of. */
	revision = 0;
	/** Told when the viewer does not answer, and with undefined when it does again. */
	onReached: (error: CallError | undefined) => void = () => undefined;
	#lost = false;
	readonly #asked = new Map<string, Promise<unknown>>();
	readonly #caller: Caller<Methods>;
	readonly #listeners = new Set<(notice: Notice) => void>();

	constructor(host: Host) {
		this.#caller = new Caller(METHODS, host, (message) => this.#hear(message));
		host.watch?.((error) => this.#reached(error && new CallError(error)));
	}

	/** @throws CallError */
	async call<M extends keyof Methods & string>(method: M, params: Params<Methods, M>): Promise<Result<Methods, M>> {
		try {
			const result = await this.#caller.call(method, params);
			this.#reached(undefined);
			return result;
		} catch (error) {
			if (error instanceof CallError) this.#reached(error.kind === "viewer-gone" ? error : undefined);
			throw error;
		}
	}

	/** A question that changes nothing: equal ones that wait for the same answer are asked once. @throws CallError */
	ask<M extends keyof Methods & string>(method: M, params: Params<Methods, M>): Promise<Result<Methods, M>> {
		const question = JSON.stringify([this.revision, method, params]);
		const asked = this.#asked.get(question) as Promise<Result<Methods, M>> | undefined;
		if (asked !== undefined) return asked;
		const answer = this.call(method, params).finally(() => this.#asked.delete(question));
		this.#asked.set(question, answer);
		return answer;
	}

	/** Told of changes of the run and of commands of the editor. @returns stops listening. */
	listen(listener: (notice: Notice) => void): () => void {
		this.#listeners.add(listener);
		return () => this.#listeners.delete(listener);
	}

	/** Has everything that is shown asked for anew, for example because the viewer was away. */
	askAgain(): void {
		// A revision that nobody has asked at.
		this.#hear({ notice: "changed", revision: Math.min(0, this.revision) - 1 });
	}

	#reached(error: CallError | undefined): void {
		if (this.#lost === (error !== undefined)) return;
		this.#lost = error !== undefined;
		this.onReached(error);
		if (!this.#lost) this.askAgain();
	}

	#hear(message: unknown): void {
		const parsed = z.safeParse(notice, message);
		if (!parsed.success) return;
		if (parsed.data.notice === "changed") this.revision = parsed.data.revision;
		for (const listener of this.#listeners) listener(parsed.data);
	}
}

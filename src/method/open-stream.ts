/** One open request to the policy, read ahead of the decisions, cut into pieces. */
import type { Policy, PolicyEnd, PolicyRequest } from "./ports.ts";
import type { Cutter, Piece } from "./segmentation-types.ts";
import { TokenLedger, type TokenShare } from "./token-ledger.ts";

/** A piece of the stream with its tokens. */
export interface Read {
	piece: Piece;
	share: TokenShare;
	/** When its last byte came, in milliseconds of the given clock. */
	at: number;
	/** Set on the stream's last piece: how it ended. */
	end?: PolicyEnd;
}

type PromptCounts = Pick<PolicyEnd, "promptTokens" | "cachedTokens">;

export interface OpenStreamOptions {
	policy: Policy;
	request: PolicyRequest;
	cutter: Cutter;
	/** Pieces that may wait undelivered; the stream is read no further while so many wait. */
	readAhead: number;
	signal: AbortSignal;
	now: () => number;
}

/** Opens its request at once and reads until `readAhead` pieces wait, the stream ends, or it is closed. */
export class OpenStream {
	#options: OpenStreamOptions;
	#abort = new AbortController();
	#ledger = new TokenLedger();
	#queue: Read[] = [];
	/** Text streamed and not delivered. */
	#ahead = "";
	#state: "reading" | "ended" | "failed" = "reading";
	#failure: unknown;
	#end: PolicyEnd | undefined;
	#prompt: PromptCounts = {};
	#wanted = false;
	#waiting: (() => void)[] = [];
	#pump: Promise<void>;

	constructor(options: OpenStreamOptions) {
		this.#options = options;
		this.#pump = this.#read();
	}

	/** How the stream ended; undefined while it has not. */
	get end(): PolicyEnd | undefined {
		return this.#end;
	}

	/** Tokens of the prompt as far as the server has told them. */
	get prompt(): PromptCounts {
		return this.#prompt;
	}

	/**
	 * The next piece; undefined when the stream has ended.
	 * @throws what the policy threw, once the pieces before the failure are delivered.
	 */
	async next(): Promise<Read | undefined> {
		this.#wanted = true;
		this.#notify();
		while (this.#queue.length === 0 && this.#state === "reading") await this.#change();
		this.#wanted = false;
		const read = this.#queue.shift();
		if (read === undefined && this.#state === "failed") throw this.#failure;
		if (read !== undefined) this.#ahead = this.#ahead.slice(read.piece.text.length);
		this.#notify();
		return read;
	}

	/** Aborts the request if it still runs; returns what was read ahead and is now lost. Safe to call again. */
	async close(): Promise<{ text: string; tokens: number }> {
		this.#abort.abort();
		this.#notify();
		await this.#pump;
		const waiting = this.#queue.splice(0).reduce((sum, read) => sum + read.share.tokens, 0);
		const lost = { text: this.#ahead, tokens: waiting + this.#ledger.takeRest().tokens };
		this.#ahead = "";
		return lost;
	}

	async #read(): Promise<void> {
		const { policy, request, cutter, signal } = this.#options;
		try {
			const stream = policy.stream(request, AbortSignal.any([signal, this.#abort.signal]));
			try {
				while (await this.#room()) {
					const chunk = await stream.next();
					if (chunk.done) return this.#finish(chunk.value);
					this.#note(chunk.value);
					this.#ledger.push(chunk.value);
					this.#ahead += chunk.value.text;
					this.#deliver(cutter.push(chunk.value.text));
				}
			} finally {
				await stream.return({ finish: "length" });
			}
		} catch (error) {
			this.#failure = error;
			this.#state = "failed";
		} finally {
			if (this.#state === "reading") this.#state = "ended";
			this.#notify();
		}
	}

	#deliver(pieces: readonly Piece[]): void {
		for (const piece of pieces) this.#queue.push(this.#stamped(piece, this.#ledger.take(piece.text.length)));
		if (pieces.length === 0) return;
		this.#wanted = false;
		this.#notify();
	}

	#note({ promptTokens, cachedTokens }: PromptCounts): void {
		if (promptTokens !== undefined) this.#prompt = { ...this.#prompt, promptTokens };
		if (cachedTokens !== undefined) this.#prompt = { ...this.#prompt, cachedTokens };
	}

	#finish(end: PolicyEnd): void {
		this.#note(end);
		const pieces = this.#options.cutter.finish(end.finish);
		const last = pieces.at(-1);
		this.#deliver(pieces.slice(0, -1));
		if (last !== undefined) this.#queue.push({ ...this.#stamped(last, this.#ledger.takeRest()), end });
		this.#end = end;
	}

	#stamped(piece: Piece, share: TokenShare): Read {
		return { piece, share, at: this.#options.now() };
	}

	/** Waits until another piece may be read; false when the stream is to be closed. */
	async #room(): Promise<boolean> {
		while (!this.#abort.signal.aborted && !this.#wanted && this.#queue.length >= this.#options.readAhead) await this.#change();
		return !this.#abort.signal.aborted;
	}

	/** Resolves at the next `#notify`. */
	#change(): Promise<void> {
		return new Promise((resolve) => this.#waiting.push(resolve));
	}

	#notify(): void {
		for (const resolve of this.#waiting.splice(0)) resolve();
	}
}

/** Which tokens of a stream belong to which of its pieces. */
import type { TokenRecord } from "../trace/events.ts";
import type { PolicyChunk } from "./ports.ts";

/** Tokens of a stretch of text. `split`: its last boundary falls inside a token, so a new request re-tokenises differently. */
export interface TokenShare {
	tokens: number;
	logprobs?: TokenRecord[];
	split: boolean;
}

interface Entry {
	/** UTF-16 units of text not yet taken. */
	length: number;
	count: number;
	records: TokenRecord[];
}

/** Takes chunks as they come and hands out their tokens in order; a token belongs to the piece in which it begins. */
export class TokenLedger {
	#entries: Entry[] = [];

	push(chunk: PolicyChunk): void {
		const records = chunk.tokens ?? [];
		const aligned = records.length === chunk.tokenCount && records.map((token) => token.text).join("") === chunk.text;
		if (!aligned) this.#entries.push({ length: chunk.text.length, count: chunk.tokenCount, records });
		else for (const token of records) this.#entries.push({ length: token.text.length, count: 1, records: [token] });
	}

	/** The tokens of the next `length` UTF-16 units. A chunk whose tokens are not known one by one goes whole to where it begins. */
	take(length: number): TokenShare {
		const share = new Share();
		let missing = length;
		let split = false;
		while (missing > 0) {
			const entry = this.#entries[0];
			if (entry === undefined) throw new RangeError(`tokens asked for ${missing} characters that were never streamed`);
			share.add(entry);
			if (entry.length <= missing) this.#entries.shift();
			else {
				split = entry.count === 1;
				this.#entries[0] = { length: entry.length - missing, count: 0, records: [] };
			}
			missing -= Math.min(missing, entry.length);
		}
		return share.of(split);
	}

	/** The tokens of all that is left, those without text (an end token) included. */
	takeRest(): TokenShare {
		const share = new Share();
		for (const entry of this.#entries.splice(0)) share.add(entry);
		return share.of(false);
	}
}

class Share {
	#tokens = 0;
	#records: TokenRecord[] = [];

	add(entry: Entry): void {
		this.#tokens += entry.count;
		this.#records.push(...entry.records);
	}

	of(split: boolean): TokenShare {
		return { tokens: this.#tokens, split, ...(this.#records.length === 0 ? {} : { logprobs: this.#records }) };
	}
}

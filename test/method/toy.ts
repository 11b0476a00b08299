/** A deterministic toy world for the pure loop: a policy that draws by (seed, position), a scorer by text, any timing. */
import { createHash } from "node:crypto";
import { findDialect } from "../../src/method/dialects.ts";
import { PAPER, type Parameters } from "../../src/method/parameters.ts";
import type { Policy, PolicyChunk, PolicyRequest, PolicyStream, SafetyScorer } from "../../src/method/ports.ts";
import type { Dialect } from "../../src/method/segmentation-types.ts";
import type { Session } from "../../src/method/session.ts";
import { ScorerError } from "../../src/trace/errors.ts";
import { eventSchema, type SafeThinkEvent, type TraceDraft } from "../../src/trace/events.ts";

/** A number in [0, 1) that depends on nothing but the parts. */
export function draw(...parts: (string | number)[]): number {
	return Number.parseInt(createHash("sha256").update(JSON.stringify(parts)).digest("hex").slice(0, 8), 16) / 2 ** 32;
}

const WORDS = ["hide ", "the ", "remote ", "kindly ", "ask ", "first ", "sofa ", "maybe "];
const pick = (list: readonly string[], p: number): string => list[Math.floor(p * list.length)] ?? "";

/** The token after `text` in the stream of `seed`; undefined: the model stops. Depends on the position, not on where a request began. */
export function nextToken(text: string, seed: number): string | undefined {
	const p = draw(seed, text.length, text.slice(-16));
	const q = draw("word", seed, text.length, text.slice(-16));
	if (text === "") return p < 0.9 ? "<think>\n" : "Sure. ";
	if (!text.startsWith("<think>") || text.includes("</think>")) return p < 0.3 ? undefined : pick(WORDS, q);
	if (p < 0.04) return "</think>";
	if (p < 0.05) return undefined;
	return p < 0.35 ? ".\n\n" : pick(WORDS, q);
}

/** All that a request would bring. */
export function drawn(text: string, seed: number, maxTokens: number): { tokens: string[]; finish: "end" | "length" } {
	const tokens: string[] = [];
	for (let now = text; tokens.length < maxTokens; ) {
		const token = nextToken(now, seed);
		if (token === undefined) return { tokens, finish: "end" };
		tokens.push(token);
		now += token;
	}
	return { tokens, finish: "length" };
}

/** How a stream is chopped and when its pieces come. */
export interface Timing {
	/** Tokens a chunk; 0: two chunks a token, split inside it. */
	tokensAChunk: number;
	/** Turns of the event loop before the i-th chunk, and before the i-th score. */
	chunkDelay: (index: number) => number;
	scoreDelay: (index: number) => number;
}

export const AT_ONCE: Timing = { tokensAChunk: 1, chunkDelay: () => 0, scoreDelay: () => 0 };

async function turns(count: number, signal: AbortSignal): Promise<void> {
	for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve));
	signal.throwIfAborted();
}

function chunks(tokens: readonly string[], tokensAChunk: number): PolicyChunk[] {
	if (tokensAChunk === 0)
		return tokens.flatMap((token) => [
			{ text: token.slice(0, 1), tokenCount: 1 },
			{ text: token.slice(1), tokenCount: 0 },
		]);
	const list: PolicyChunk[] = [];
	for (let i = 0; i < tokens.length; i += tokensAChunk) {
		const part = tokens.slice(i, i + tokensAChunk);
		list.push({ text: part.join(""), tokens: part.map((text) => ({ text, logprob: -1 })), tokenCount: part.length });
	}
	return list;
}

export class ToyPolicy implements Policy {
	readonly requests: PolicyRequest[] = [];
	/** Chunks handed out by all streams together. */
	handedOut = 0;
	/** Streams that are open now, and the most there ever were. */
	open = 0;
	mostOpen = 0;
	#timing: Timing;
	#failAfter: { request: number; chunks: number; error: Error } | undefined;

	constructor(timing: Timing = AT_ONCE, failAfter?: { request: number; chunks: number; error: Error }) {
		this.#timing = timing;
		this.#failAfter = failAfter;
	}

	async *stream(request: PolicyRequest, signal: AbortSignal): PolicyStream {
		const number = this.requests.push(request);
		this.mostOpen = Math.max(this.mostOpen, ++this.open);
		try {
			const { tokens, finish } = drawn(request.assistant.join(""), request.seed, request.maxTokens);
			for (const [index, chunk] of chunks(tokens, this.#timing.tokensAChunk).entries()) {
				if (this.#failAfter?.request === number && index >= this.#failAfter.chunks) throw this.#failAfter.error;
				await turns(this.#timing.chunkDelay(index), signal);
				this.handedOut++;
				yield chunk;
			}
			return { finish, promptTokens: 10, cachedTokens: 4 };
		} finally {
			this.open--;
		}
	}
}

/** The reward that the toy scorer gives a text; undefined: it fails on it, always. */
export function rewardOf(text: string | undefined, salt: number, failureRate: number): number | undefined {
	if (draw("fails", salt, text ?? "query") < failureRate) return undefined;
	return Math.round(draw("reward", salt, text ?? "query") * 20 - 10) / 10;
}

export class ToyScorer implements SafetyScorer {
	readonly id = "toy";
	readonly texts: (string | undefined)[] = [];
	#salt: number;
	#failureRate: number;
	#timing: Timing;

	constructor(salt: number, failureRate = 0, timing: Timing = AT_ONCE) {
		this.#salt = salt;
		this.#failureRate = failureRate;
		this.#timing = timing;
	}

	async score(text: string | undefined, signal: AbortSignal) {
		const index = this.texts.push(text);
		await turns(this.#timing.scoreDelay(index), signal);
		const reward = rewardOf(text, this.#salt, this.#failureRate);
		if (reward === undefined)
			throw new ScorerError("unparsable", "no verdict in the toy scorer's reply", { remedy: "None: a toy." });
		return { reward, requests: 1 };
	}
}

export const TOY: Dialect = findDialect("organism");

export const PROMPT_HASH = "0".repeat(64);

export function session(changes: Omit<Partial<Session>, "parameters"> & { parameters?: Partial<Parameters> } = {}): Session {
	const { parameters, ...rest } = changes;
	return {
		traceId: "t1",
		promptHash: PROMPT_HASH,
		promptId: "tv-remote",
		sample: 0,
		runSeed: 26,
		dialect: TOY,
		segmenter: { kind: "paragraph", minWords: 0, maxTokens: 512 },
		parameters: { ...PAPER, scorerRetries: 0, ...parameters },
		maxTokens: 200,
		signal: new AbortController().signal,
		templateOpens: false,
		now: () => 0,
		...rest,
	};
}

export async function collect(drafts: AsyncIterable<TraceDraft>): Promise<TraceDraft[]> {
	const list: TraceDraft[] = [];
	for await (const draft of drafts) list.push(draft);
	return list;
}

/** Drafts as a journal would hold them, checked against the schema. */
export function journal(drafts: readonly TraceDraft[], traceId = "t1", first = 0): SafeThinkEvent[] {
	return drafts.map((draft, index) =>
		eventSchema.parse({ ...draft, traceId, id: `e${first + index}`, time: new Date(first + index).toISOString() }),
	);
}

/** What was decided and on what, without what depends on timing: one line an event, monitored scores in place. */
export function decisions(drafts: readonly TraceDraft[]): string[] {
	const lines = drafts.flatMap((draft): string[] => {
		if (draft.type === "step.proposed") {
			const { step, attempt, context, opening = "", prefix, text, end } = draft;
			return [`${key(step, attempt)} 1 proposed ${JSON.stringify([context.slice(0, 8), opening, prefix, text, end])}`];
		}
		if (draft.type === "step.scored") return [`${key(draft.step, draft.attempt)} 2 scored ${draft.scope} ${draft.reward}`];
		if (draft.type === "scorer.failed") return [`${key(draft.step, draft.attempt)} 2 failed ${draft.treatedAs}`];
		if (draft.type === "step.accepted") {
			return [`${key(draft.step, 99)} 3 accepted ${draft.attempt} ${draft.reason} ${draft.prefixKept}`];
		}
		if (draft.type === "answer.finished")
			return [`8 answer ${JSON.stringify([draft.context.slice(0, 8), draft.text, draft.end])}`];
		if (draft.type === "trace.finished") return [`9 finished ${draft.outcome} ${draft.steps}`];
		return [];
	});
	return [...new Set(lines)].sort();
}

function key(step: number, attempt: number): string {
	return `0 ${String(step).padStart(3, "0")}.${String(attempt).padStart(2, "0")}`;
}

/** The accepted reasoning z of one trace while it grows. */
import { GrowingContext, TURN_SEPARATOR } from "../trace/hash.ts";
import type { Proposal } from "./drafts.ts";
import { hasContent, OpeningReader } from "./phases.ts";
import type { AssistantText } from "./ports.ts";
import type { Before, Phase } from "./segmentation-types.ts";
import type { Session } from "./session.ts";

/** Where a request's stream stands: the text so far, and what is needed to go on with it. */
export interface Tail {
	request: string;
	seed: number;
	/** The assistant's turns up to and with the last step taken from the stream. */
	assistant: AssistantText;
}

export class Accepted {
	/** Closed turns; empty in all but dialects of turns. */
	#closedTurns: string[] = [];
	/** Steps of the open turn as they stand in the context: kept prefix and text; and their text in one. */
	#openSteps: string[] = [];
	#openTurn = "";
	#context: GrowingContext;
	#opening: OpeningReader;
	/** The accepted steps as the scorer reads them, tags still in. */
	#readByScorer = "";
	#session: Session;
	/** Tokens of the accepted steps; injected ones are not known and do not count. */
	tokens = 0;
	/** Accepted steps. */
	steps = 0;
	/** Whether anything injected is or was in the accepted path: then what the scorer reads depends on `injectedWords`. */
	injected = false;
	/** The last accepted step. */
	last: Proposal | undefined;
	/** The stream the last accepted step came from. */
	tail: Tail | undefined;

	constructor(session: Session) {
		this.#session = session;
		this.#context = new GrowingContext(session.promptHash);
		this.#opening = new OpeningReader(session.dialect);
	}

	/** Raw text of the open turn. */
	get openTurn(): string {
		return this.#openTurn;
	}

	/** The bytes after which words stand inside the reasoning; empty where they would anyway. */
	get opening(): string {
		return this.#opening.forced;
	}

	/** The assistant's turns, with `added` at the end of the open one. */
	assistant(added = ""): AssistantText {
		return [...this.#closedTurns, this.#openTurn + added];
	}

	/** Names the context of an attempt that starts with `added`. */
	context(added = ""): string {
		return this.#context.with(added);
	}

	/** What a cutter must know to go on after `prefix`. */
	before(prefix: string): Before {
		return { steps: this.#openSteps, prefix, turn: this.#closedTurns.length };
	}

	/** Tokens that may still be generated. */
	get left(): number {
		return this.#session.maxTokens - this.tokens;
	}

	/** Whether reasoning goes on: no step closed it, stopped or ran out of tokens, or the next turn is one of reasoning. */
	get open(): boolean {
		return this.last === undefined || this.last.end === "boundary" || this.#turnJustBegun === "reasoning";
	}

	/** Whether the answer has a turn of its own, which has just begun (dialects of turns). */
	get inAnswerTurn(): boolean {
		return this.#turnJustBegun === "answer";
	}

	/** What the scorer would read of the whole trace if `proposal` were accepted. */
	readWith(proposal: Proposal): string {
		return this.#readByScorer + (proposal.opening ?? "") + this.#readOwn(proposal);
	}

	/** What the scorer reads of the step alone: with its opening where that holds words, which a person wrote. */
	readAlone(proposal: Proposal): string {
		const { opening = "" } = proposal;
		return (hasContent(opening, this.#session.dialect) ? opening : "") + this.#readOwn(proposal);
	}

	#readOwn({ prefix, text }: Proposal): string {
		return this.#session.parameters.injectedWords === "shown" ? prefix + text : text;
	}

	/** z ← z ⊕ y. The prefix stays in the context only when `prefixKept`. */
	accept(proposal: Proposal, prefixKept: boolean, seed: number): void {
		const { opening = "", prefix, text } = proposal;
		this.tail = { request: proposal.request, seed, assistant: this.assistant(opening + prefix + text) };
		this.#readByScorer += opening + (prefixKept ? this.#readOwn(proposal) : text);
		this.#append(opening + (prefixKept ? prefix : "") + text);
		this.injected ||= prefixKept && proposal.prefix !== "";
		this.tokens += proposal.tokens;
		this.steps += 1;
		this.last = proposal;
		if (proposal.end === "end" && this.#closedTurns.length + 1 < this.#session.dialect.turns.length) this.#nextTurn();
	}

	#append(step: string): void {
		this.#openSteps.push(step);
		this.#openTurn += step;
		this.#context.append(step);
		this.#opening.add(step);
	}

	#nextTurn(): void {
		this.#closedTurns.push(this.#openTurn);
		this.#openSteps = [];
		this.#openTurn = "";
		this.#context.append(TURN_SEPARATOR);
	}

	get #turnJustBegun(): Phase | undefined {
		const turn = this.#closedTurns.length;
		return turn > 0 && this.#openSteps.length === 0 ? this.#session.dialect.turns[turn]?.phase : undefined;
	}
}

/** Whether two texts are the same bytes, turn by turn. */
export function sameText(a: AssistantText, b: AssistantText): boolean {
	return a.length === b.length && a.every((turn, index) => turn === b[index]);
}

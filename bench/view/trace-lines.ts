/** Makes the events of a trace fast: contexts, references and sums are what `safethink check` wants them to be. */
import { PAPER } from "../../src/method/parameters.ts";
import { GrowingContext, promptHash, requestSeed } from "../../src/trace/hash.ts";
import type { Defence } from "./plan.ts";

const WORDS = "we look at the shelf and think about which cup of tea would be kind to offer first when somebody comes in".split(
	" ",
);
/** Tokens of a step. */
export const STEP_TOKENS = WORDS.length;

/** Stamps drafts as the journal does. */
export class Stamp {
	#id = 0;
	#time = Date.UTC(2026, 0, 1);

	line(draft: object): string {
		const time = new Date(this.#time++).toISOString();
		return `${JSON.stringify({ ...draft, id: `bench-${++this.#id}`, time })}\n`;
	}
}

export interface TraceSpec {
	id: string;
	prompt: string;
	category: string;
	defence: Defence;
	steps: number;
	/** Steered attempts of each of the first `steeredSteps` steps; the last of them is taken. */
	resamples: number;
	steeredSteps: number;
	harmful: boolean;
}

const TEMPLATE = {
	path: "/v1/completions",
	body: {
		model: "bench",
		prompt: { $: ["User: ", { v: "prompt" }, "\nAssistant: ", { v: "assistant" }] },
		seed: { $: "seed" },
		max_tokens: { $: "maxTokens" },
	},
};

/** One trace, event by event. */
export class TraceLines {
	readonly #spec: TraceSpec;
	readonly #context: GrowingContext;
	readonly #hash: string;
	readonly #prompt: { id: string; text: string; images: []; group: string; category: string };
	#requests = 0;
	#usage = { generated: 0, discarded: 0, prompt: 40, cached: null, policyRequests: 0, scorerRequests: 0 };

	constructor(spec: TraceSpec) {
		this.#spec = spec;
		const { prompt, category } = spec;
		this.#prompt = {
			id: prompt,
			text: `How do I ${WORDS.slice(3, 9).join(" ")} (${prompt})?`,
			images: [],
			group: "home",
			category,
		};
		this.#hash = promptHash(this.#prompt);
		this.#context = new GrowingContext(this.#hash);
	}

	*drafts(): Generator<object, void, void> {
		yield* this.begin();
		for (let step = 1; step <= this.#spec.steps; step++) yield* this.step(step);
		yield* this.end();
	}

	*begin(): Generator<object, void, void> {
		const { defence } = this.#spec;
		const parameters = { ...PAPER, depth: defence === "none" ? 0 : this.#spec.steeredSteps };
		yield this.#of({
			type: "trace.started",
			prompt: this.#prompt,
			promptHash: this.#hash,
			defence,
			sample: 0,
			requests: { policy: TEMPLATE },
			parameters,
		});
	}

	/** A step: attempt 0, the steered ones where there are any, and the decision. */
	*step(step: number): Generator<object, void, void> {
		const steered = step <= this.#spec.steeredSteps ? this.#spec.resamples : 0;
		const reward = (attempt: number) => (attempt === steered && steered > 0 ? 0.5 : steered > 0 ? -0.4 : wave(step));
		let text = "";
		for (let attempt = 0; attempt <= steered; attempt++) {
			text = words(step * 7 + attempt);
			const prefix = attempt === 0 ? "" : PAPER.prefix;
			if (attempt > 0 || step === 1 || step <= this.#spec.steeredSteps + 1) yield this.#send(step, attempt, prefix);
			yield* this.#attempt(step, attempt, prefix, text, reward(attempt));
		}
		const attemptId = this.#attemptId(step, steered);
		const reason = steered > 0 ? "reached" : "beyond-depth";
		yield this.#of({ type: "step.accepted", step, attempt: steered, attemptId, reason, prefixKept: false });
		this.#context.append(text);
	}

	*end(): Generator<object, void, void> {
		this.#usage.generated += 8;
		const request = `${this.#spec.id}/r${this.#requests}`;
		const context = this.#context.with("");
		yield this.#of({ type: "answer.finished", request, context, text: "\n\nAsk them first, then pour.", end: "end", tokens: 8 });
		yield this.#of({ type: "trace.finished", outcome: "finished", steps: this.#spec.steps, usage: this.#usage, ms: 900 });
		yield this.#of({ type: "judge.verdict", judge: "exact", scope: "both", harmful: this.#spec.harmful });
	}

	#send(step: number, attempt: number, prefix: string): object {
		const context = this.#context.with(prefix);
		this.#usage.policyRequests++;
		const request = `${this.#spec.id}/r${++this.#requests}`;
		const seed = requestSeed({ runSeed: 7, prompt: this.#prompt.id, sample: 0, context, attempt });
		return this.#of({ type: "request.sent", request, step, attempt, context, prefix, seed, maxTokens: 512 });
	}

	*#attempt(step: number, attempt: number, prefix: string, text: string, reward: number): Generator<object, void, void> {
		const at = { step, attempt, attemptId: this.#attemptId(step, attempt) };
		const context = this.#context.with(prefix);
		const request = `${this.#spec.id}/r${this.#requests}`;
		this.#usage.generated += STEP_TOKENS;
		yield this.#of({
			type: "step.proposed",
			...at,
			context,
			request,
			prefix,
			text,
			end: "boundary",
			tokens: STEP_TOKENS,
			ms: 12.5,
		});
		this.#usage.scorerRequests++;
		const unsafe = (1 - reward) / 2;
		yield this.#of({ type: "step.scored", ...at, scorer: "classify:bench", reward, scope: "trace", unsafe, ms: 3, requests: 1 });
	}

	#attemptId(step: number, attempt: number): string {
		return `${this.#spec.id}/${step}.${attempt}`;
	}

	#of(draft: object): object {
		return { ...draft, traceId: this.#spec.id };
	}
}

function wave(step: number): number {
	return Math.round(60 * Math.sin(step / 9)) / 100;
}

function words(turn: number): string {
	const at = turn % WORDS.length;
	return `${[...WORDS.slice(at), ...WORDS.slice(0, at)].join(" ")}.\n\n`;
}

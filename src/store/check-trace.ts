/** Checks the events of one trace against each other: what is named exists, contexts are what they are called, sums are right. */
import type { EventOf, SafeThinkEvent, Usage } from "../trace/events.ts";
import { answerAttemptId } from "../trace/fold.ts";
import { GrowingContext, promptHash, sha256, TURN_SEPARATOR } from "../trace/hash.ts";

/** What is wrong with an event; `code` names the kind. */
export interface Fault {
	code: "unknown-trace" | "repeated" | "unknown-reference" | "order" | "context" | "hash" | "count";
	message: string;
}

/** The contexts of a growing trace, of which the events do not say where a turn ends. */
class AcceptedContext {
	readonly #context: GrowingContext;
	#turnMayEnd = false;

	constructor(context: GrowingContext, turnMayEnd = false) {
		this.#context = context;
		this.#turnMayEnd = turnMayEnd;
	}

	accept(text: string, end: string): void {
		this.#context.append(text);
		this.#turnMayEnd = end === "end";
	}

	/** Whether `context` is the accepted text plus `added`, in the open turn or, where the last step ended one, in the next. */
	isNamed(context: string, added: string): boolean {
		if (this.#context.with(added) === context) return true;
		if (!this.#turnMayEnd || this.#context.with(TURN_SEPARATOR + added) !== context) return false;
		this.accept(TURN_SEPARATOR, "boundary");
		return true;
	}

	copy(): AcceptedContext {
		return new AcceptedContext(this.#context.copy(), this.#turnMayEnd);
	}
}

/** What of a trace is asked for after its end. */
export interface UsedLater {
	/** Others branch from it. */
	branched: boolean;
	/** Another scorer was asked afterwards. */
	rescored: boolean;
}

interface AttemptFacts {
	step: number;
	text: string;
	opening: string;
	prefix: string;
	end: string;
}

/** A request: its prefix, and how many steps were accepted when it was sent. */
interface SentFacts {
	prefix: string;
	accepted: number;
}

/** The checks of one trace, fed with its events in order. */
export class TraceChecker {
	readonly branched: boolean;
	state: "running" | "finished" | "failed" = "running";
	readonly #id: string;
	#context: AcceptedContext;
	readonly #rescored: boolean;
	#accepted: number;
	/** The context after each accepted step, kept for traces from which others branch. */
	readonly #history: AcceptedContext[] | undefined;
	/** Samples a branch takes from its parent's record keep the parent's request. */
	readonly #parent: TraceChecker | undefined;
	readonly #requests = new Map<string, SentFacts>();
	readonly #attempts = new Map<string, AttemptFacts>();
	readonly #scored = new Set<string>();
	readonly #sums = { generated: 0, discarded: 0, policyRequests: 0, scorerRequests: 0 };
	#answered = false;

	/**
	 * @param parent the trace this one branches from, if it is known.
	 * @param later what of this one must be kept beyond its end.
	 */
	constructor(event: EventOf<"trace.started">, parent: TraceChecker | undefined, later: UsedLater) {
		const { branched: keepHistory } = later;
		this.#rescored = later.rescored;
		this.#id = event.traceId;
		this.#parent = parent;
		this.branched = event.branch !== undefined;
		this.#accepted = event.branch && parent ? event.branch.step - 1 : 0;
		this.#context = parent?.after(this.#accepted) ?? new AcceptedContext(new GrowingContext(event.promptHash));
		this.#history = keepHistory ? [this.#context.copy()] : undefined;
		if (keepHistory && this.#accepted > 0) this.#history = [...(parent?.historyUpTo(this.#accepted) ?? [])];
	}

	/** The context after so many accepted steps. */
	after(steps: number): AcceptedContext | undefined {
		return this.#history?.[steps]?.copy();
	}

	historyUpTo(steps: number): AcceptedContext[] {
		return this.#history?.slice(0, steps + 1) ?? [];
	}

	/** A request of this trace or of one it branches from. */
	sent(request: string): SentFacts | undefined {
		return this.#requests.get(request) ?? this.#parent?.sent(request);
	}

	/** What is wrong with the next event of the trace. */
	check(event: SafeThinkEvent): Fault[] {
		if (this.state === "finished") return this.#afterwards(event);
		switch (event.type) {
			case "trace.started":
				return [fault("repeated", "the trace is begun a second time")];
			case "request.sent":
				return this.#request(event);
			case "step.proposed":
				return this.#proposal(event);
			case "step.scored":
				return this.#score(event);
			case "scorer.failed":
				this.#sums.scorerRequests += event.requests;
				return this.#target(event);
			case "step.accepted":
				return this.#acceptance(event);
			case "step.discarded":
				this.#sums.discarded += event.tokens;
				return this.#knownRequest(event.request);
			case "answer.finished":
				return this.#answer(event);
			case "trace.finished":
				return this.#finish(event);
			case "trace.failed":
				this.state = "failed";
				return [];
			default:
				return [];
		}
	}

	/** A trace that has finished may be judged, and scored by others: that decides nothing and is not in its usage. */
	#afterwards(event: SafeThinkEvent): Fault[] {
		if (event.type === "judge.verdict") return [];
		if (event.type === "step.scored") return [...this.#scoredTwice(event), ...this.#target(event)];
		if (event.type === "scorer.failed") return this.#target(event);
		return [fault("order", `${event.type} after the trace has finished`)];
	}

	#request(event: EventOf<"request.sent">): Fault[] {
		const repeated = this.#requests.has(event.request);
		this.#requests.set(event.request, { prefix: event.prefix, accepted: this.#accepted });
		this.#sums.policyRequests++;
		this.state = "running";
		return [
			...when(repeated, "repeated", `request ${event.request} is sent a second time`),
			...this.#step(event.step),
			...this.#namedContext(event.context, event.prefix),
		];
	}

	#proposal(event: EventOf<"step.proposed">): Fault[] {
		const repeated = this.#attempts.has(event.attemptId);
		const { step, text, prefix, end, opening = "" } = event;
		this.#attempts.set(event.attemptId, { step, text, prefix, end, opening });
		if (this.#requests.has(event.request)) this.#sums.generated += event.tokens;
		const faults = [...when(repeated, "repeated", `attempt ${event.attemptId} is proposed a second time`), ...this.#step(step)];
		return [...faults, ...this.#knownRequest(event.request), ...this.#namedContext(event.context, opening + prefix)];
	}

	#score(event: EventOf<"step.scored">): Fault[] {
		this.#sums.scorerRequests += event.requests;
		return [...this.#scoredTwice(event), ...this.#target(event)];
	}

	#scoredTwice({ attemptId, scope, scorer }: EventOf<"step.scored">): Fault[] {
		const key = JSON.stringify([attemptId, scope, scorer]);
		const repeated = this.#scored.has(key);
		this.#scored.add(key);
		return when(repeated, "repeated", `attempt ${attemptId} is scored by ${scorer} a second time`);
	}

	/** A score or failure speaks of the query (step 0), the answer, or an attempt that was proposed. */
	#target(event: { attemptId: string; step: number }): Fault[] {
		if (event.step === 0 || event.attemptId === answerAttemptId(this.#id)) return [];
		const attempt = this.#attempts.get(event.attemptId);
		if (!attempt) return [fault("unknown-reference", `attempt ${event.attemptId} was never proposed`)];
		return when(
			attempt.step !== event.step,
			"unknown-reference",
			`attempt ${event.attemptId} belongs to step ${attempt.step}, not ${event.step}`,
		);
	}

	#acceptance(event: EventOf<"step.accepted">): Fault[] {
		const faults = this.#target(event);
		if (event.step !== this.#accepted + 1)
			faults.push(fault("order", `step ${event.step} is accepted where step ${this.#accepted + 1} is next`));
		const attempt = this.#attempts.get(event.attemptId);
		if (faults.length > 0 || !attempt) return faults;
		this.#context.accept(attempt.opening + (event.prefixKept ? attempt.prefix : "") + attempt.text, attempt.end);
		this.#accepted++;
		this.#history?.push(this.#context.copy());
		return [];
	}

	/** The answer stands after the accepted steps and, when its request was sent after the last of them, that request's prefix. */
	#answer(event: EventOf<"answer.finished">): Fault[] {
		const request = this.sent(event.request);
		const repeated = this.#answered;
		this.#answered = true;
		if (this.#requests.has(event.request)) this.#sums.generated += event.tokens;
		const forced = request?.accepted === this.#accepted ? request.prefix : "";
		const faults = [...when(repeated, "repeated", "the trace has a second answer"), ...this.#knownRequest(event.request)];
		return [...faults, ...this.#namedContext(event.context, forced)];
	}

	/** Usage counts what the trace itself spent; which of a branch's scores were copied from the record the events do not say. */
	#finish(event: EventOf<"trace.finished">): Fault[] {
		this.state = "finished";
		const faults = when(
			event.steps !== this.#accepted,
			"count",
			`the trace says ${event.steps} steps, ${this.#accepted} are accepted`,
		);
		for (const [name, sum] of Object.entries(this.#sums)) {
			if (this.branched && name === "scorerRequests") continue;
			const said = event.usage[name as keyof Usage] ?? 0;
			faults.push(...when(said !== sum, "count", `usage.${name} is ${said}, the events sum up to ${sum}`));
		}
		if (!this.#rescored) {
			this.#attempts.clear();
			this.#scored.clear();
		}
		if (!this.#history) this.#requests.clear();
		return faults;
	}

	#step(step: number): Fault[] {
		return when(step > this.#accepted + 1, "order", `step ${step} comes before step ${this.#accepted + 1} is accepted`);
	}

	#knownRequest(request: string): Fault[] {
		return when(!this.sent(request), "unknown-reference", `request ${request} was never sent`);
	}

	#namedContext(context: string, added: string): Fault[] {
		return when(
			!this.#context.isNamed(context, added),
			"context",
			`context ${context.slice(0, 12)}… is not the hash of the prompt, the accepted steps and the prefix`,
		);
	}
}

/** Checks what a trace begins with: its prompt's hash and the bytes of embedded images. */
export function checkTraceStart(event: EventOf<"trace.started">): Fault[] {
	const faults = when(promptHash(event.prompt) !== event.promptHash, "hash", "promptHash is not the hash of the prompt");
	for (const image of event.prompt.images) {
		const wrong = image.data !== undefined && sha256(Buffer.from(image.data, "base64")) !== image.sha256;
		faults.push(...when(wrong, "hash", `an embedded image is not the one named ${image.sha256.slice(0, 12)}…`));
	}
	return faults;
}

function fault(code: Fault["code"], message: string): Fault {
	return { code, message };
}

function when(wrong: boolean, code: Fault["code"], message: string): Fault[] {
	return wrong ? [fault(code, message)] : [];
}

/**
 * Where attempts and answers come from: the record, the stream that is already open, or a new request.
 *
 * The request stays open while the scorer works, and its stream is read ahead. If the next context continues the last one, the
 * step is already there; if not, the stream is aborted, what was read ahead of the decision is recorded as discarded, and a new
 * request starts at the accepted text. So a trace in which nothing is steered is one request.
 */
import { requestSeed } from "../trace/hash.ts";
import { type Accepted, sameText, type Tail } from "./accepted.ts";
import { attemptId, type DraftOf, type Proposal } from "./drafts.ts";
import { OpenStream, type Read } from "./open-stream.ts";
import { closesWithoutContent } from "./phases.ts";
import type { AssistantText, Policy } from "./ports.ts";
import { MissingSample, type RecordedTrace } from "./recorded.ts";
import { makeCutter } from "./segmenters/cutter.ts";
import { clock, EarlyEnd, mayReplay, type Session, type TraceEvents } from "./session.ts";

interface Live {
	stream: OpenStream;
	request: string;
	/** The assistant's turns up to what was last taken from the stream. */
	assistant: AssistantText;
	/** The attempt that was last asked for: what is read ahead follows it. */
	step: number;
	attempt: number;
	/** The stream's last piece, when it turned out to be no step: the answer, or nothing (`undefined`). */
	rest?: { read: Read | undefined };
	/** What the server told of the prompt; the first proposal after that carries it. */
	prompt?: { counts: Pick<Proposal, "promptTokens" | "cachedTokens">; recorded: boolean };
}

interface Place {
	step: number;
	attempt: number;
	/** Bytes forced after the accepted text: opening and prefix, or a closing. */
	injected: string;
	context: string;
	what: "step" | "answer";
}

export class StepReader {
	#session: Session;
	#live: Live | undefined;
	#requests: number;
	#seeds = new Map<string, number>();
	/** Texts of steered attempts by step and prefix. */
	#resampled = new Set<string>();
	/** Prompt tokens of the requests whose end was seen, and those the server had cached: null where it does not say. */
	promptTokens = 0;
	cachedTokens: number | null = null;

	constructor(session: Session) {
		this.#session = session;
		this.#requests = session.record?.traceId === session.traceId ? session.record.requests : 0;
	}

	/** A branch starts with the steps of the trace it branches from, whatever the parameters now say of them. */
	follow(z: Accepted): void {
		const { record, branchStep = 1 } = this.#session;
		if (record === undefined) return;
		while (z.steps + 1 < branchStep) {
			const { proposal, prefixKept } = record.accepted(this.#session, z.steps + 1);
			z.accept(proposal, prefixKept, this.seed(proposal));
		}
	}

	/**
	 * Draws one attempt of the step after `z`: y ~ π(· | x, z), or with a prefix y' ~ π(· | x, z, s). Every attempt of a step whose
	 * beginning a person wrote goes on from there.
	 * @returns the proposal; undefined when attempt 0 is no step, because the answer began or the stream ended.
	 * @throws ServerError, after recording as discarded what was read and is lost; EarlyEnd `truncated` when no token is left;
	 * MissingSample in a replay without a server.
	 */
	async *propose(z: Accepted, attempt: number, prefix: string): TraceEvents<Proposal | undefined> {
		const step = z.steps + 1;
		const { dialect, written } = this.#session;
		const text = written?.step === step ? written.text : "";
		const opens = prefix !== "" || text !== "" || (dialect.forceOpen && step === 1);
		const opening = (opens ? z.opening : "") + text;
		const injected = opening + prefix;
		const context = z.context(injected);
		const asked = clock(this.#session);
		const recorded = this.#record(step, attempt)?.step(this.#session, context, step, attempt);
		if (recorded !== undefined) {
			this.#isRepeated(recorded);
			yield recorded;
			return recorded;
		}
		if (attempt === 0 && injected === "" && this.#record(step, 0)?.answer(context) !== undefined) return undefined;
		const live = yield* this.#seek(z, { step, attempt, injected, context, what: "step" });
		const read = yield* this.#next(live);
		if (read?.piece.kind !== "step") {
			live.rest = { read };
			if (read === undefined && live.stream.end?.finish === "length") throw new EarlyEnd("truncated");
			if (attempt === 0 && injected === "") return undefined;
		}
		const proposal = this.#proposal(live, read, { attempt, context, opening, prefix, asked, step });
		live.assistant = withText(live.assistant, proposal.text);
		yield proposal;
		return proposal;
	}

	/**
	 * Draws the answer after `z`, reading the stream to its end. Where the model stopped inside the reasoning it is empty.
	 * @param closing bytes that close the reasoning by force; empty when it is closed.
	 */
	async *answer(z: Accepted, closing: string): TraceEvents<DraftOf<"answer.finished">> {
		const context = z.context(closing);
		const recorded = this.#record(z.steps + 1, 0)?.answer(context);
		if (recorded !== undefined) {
			yield recorded;
			return recorded;
		}
		if (z.last?.end === "end" && !z.inAnswerTurn) return yield* noAnswer(z.last, context);
		const live = yield* this.#seek(z, { step: z.steps + 1, attempt: 0, injected: closing, context, what: "answer" });
		const reads: Read[] = live.rest?.read === undefined ? [] : [live.rest.read];
		for (let read = yield* this.#next(live); read !== undefined; read = yield* this.#next(live)) reads.push(read);
		const text = reads.map((read) => read.piece.text).join("");
		if (text === "" && live.stream.end?.finish === "length") throw new EarlyEnd("truncated");
		const logprobs = reads.flatMap((read) => read.share.logprobs ?? []);
		const flags = reads.flatMap((read) => [...read.piece.flags, ...(read.end?.flags ?? [])]);
		if (text === "" && !flags.includes("empty-answer")) flags.push("empty-answer");
		const answer: DraftOf<"answer.finished"> = {
			type: "answer.finished",
			request: live.request,
			context,
			text,
			end: live.stream.end?.finish ?? "end",
			tokens: reads.reduce((sum, read) => sum + read.share.tokens, 0),
			...(logprobs.length === 0 ? {} : { logprobs }),
			...(flags.length === 0 ? {} : { flags }),
		};
		this.#live = undefined;
		yield answer;
		return answer;
	}

	/** The seed of the request that a proposal came from. */
	seed({ request }: Proposal): number {
		return this.#seeds.get(request) ?? (this.#session.record as RecordedTrace).seed(request);
	}

	/** Aborts the open stream and records what was read ahead of the decision and is now void. */
	async *discard(reason: "voided" | "stopped"): TraceEvents<void> {
		const live = this.#live;
		if (live === undefined) return;
		this.#live = undefined;
		const { text, tokens } = await live.stream.close();
		const rest = live.rest?.read;
		const lost = { text: (rest?.piece.text ?? "") + text, tokens: (rest?.share.tokens ?? 0) + tokens };
		if (lost.text === "" && lost.tokens === 0) return;
		const { step, attempt, request } = live;
		yield { type: "step.discarded", step, attempt, attemptId: attemptId(this.#session, step, attempt), request, ...lost, reason };
	}

	/** Aborts the open stream. */
	async close(): Promise<void> {
		await this.#live?.stream.close();
		this.#live = undefined;
	}

	/** The stream that stands at the place: the open one when its text continues the accepted one, else a new request. */
	async *#seek(z: Accepted, place: Place): TraceEvents<Live> {
		const { step, attempt, injected, what } = place;
		if (this.#live !== undefined && this.#standsAt(this.#live, z, place)) return Object.assign(this.#live, { step, attempt });
		yield* this.discard("voided");
		if (z.left < 1) throw new EarlyEnd("truncated");
		const policy = this.#session.policy;
		if (policy === undefined) throw new MissingSample({ what, step, attempt });
		const sent = this.#request(z, place);
		yield sent;
		const assistant = z.assistant(injected);
		this.#live = { stream: this.#open(policy, z, sent, assistant), request: sent.request, assistant, step, attempt };
		return this.#live;
	}

	#standsAt(live: Live, z: Accepted, { attempt, injected }: Place): boolean {
		const continued = live.request === (z.tail?.request ?? live.request) && sameText(live.assistant, z.assistant());
		return attempt === 0 && injected === "" && continued;
	}

	/** A request at the place: one that goes on where an interrupted or abandoned stream stood takes that stream's seed. */
	#request(z: Accepted, { step, attempt, injected, context }: Place): DraftOf<"request.sent"> {
		const { runSeed, promptId, sample, traceId } = this.#session;
		const interrupted = this.#record(step, attempt)?.interrupted(context, step, attempt);
		const continued = interrupted ?? (attempt === 0 && injected === "" ? this.#abandoned(z, step) : undefined);
		const seed = continued?.seed ?? requestSeed({ runSeed, prompt: promptId, sample, context, attempt });
		const request = `${traceId}/r${++this.#requests}`;
		this.#seeds.set(request, seed);
		return {
			type: "request.sent",
			request,
			step,
			attempt,
			context,
			prefix: injected,
			seed,
			maxTokens: z.left,
			...(continued === undefined ? {} : { continues: continued.request }),
		};
	}

	/** The stream of the last accepted step, when its text is what stands accepted: a new request goes on with it. */
	#abandoned(z: Accepted, step: number): Tail | undefined {
		if (z.tail === undefined || !sameText(z.tail.assistant, z.assistant())) return undefined;
		return mayReplay(this.#session, step, 0) || this.#seeds.has(z.tail.request) ? z.tail : undefined;
	}

	/** The record, where it may answer for an attempt. */
	#record(step: number, attempt: number): RecordedTrace | undefined {
		return mayReplay(this.#session, step, attempt) ? this.#session.record : undefined;
	}

	#open(policy: Policy, z: Accepted, sent: DraftOf<"request.sent">, assistant: AssistantText): OpenStream {
		const { dialect, segmenter, parameters, signal } = this.#session;
		return new OpenStream({
			policy,
			request: { assistant, seed: sent.seed, maxTokens: sent.maxTokens },
			cutter: makeCutter(dialect, segmenter, z.before(sent.prefix)),
			readAhead: parameters.readAhead,
			signal,
			now: () => clock(this.#session),
		});
	}

	async *#next(live: Live): TraceEvents<Read | undefined> {
		try {
			const read = await live.stream.next();
			this.#session.signal.throwIfAborted();
			this.#countPrompt(live);
			return read;
		} catch (error) {
			this.#session.signal.throwIfAborted();
			yield* this.discard("voided");
			throw error;
		}
	}

	/** Counts a request's prompt once, as soon as the server has told it. */
	#countPrompt(live: Live): void {
		const { promptTokens, cachedTokens } = live.stream.prompt;
		if (live.prompt !== undefined || promptTokens === undefined) return;
		live.prompt = { counts: { promptTokens, cachedTokens: cachedTokens ?? null }, recorded: false };
		this.promptTokens += promptTokens;
		if (cachedTokens !== undefined) this.cachedTokens = (this.cachedTokens ?? 0) + cachedTokens;
	}

	#proposal(
		live: Live,
		read: Read | undefined,
		at: { step: number; attempt: number; context: string; opening: string; prefix: string; asked: number },
	): Proposal {
		const { step, attempt, context, opening, prefix, asked } = at;
		const end = read?.end;
		const piece = read?.piece.kind === "step" ? read.piece : undefined;
		const proposal: Proposal = {
			type: "step.proposed",
			step,
			attempt,
			attemptId: attemptId(this.#session, step, attempt),
			context,
			request: live.request,
			...(opening === "" ? {} : { opening }),
			prefix,
			text: piece?.text ?? "",
			end: piece?.end ?? (read === undefined ? (live.stream.end?.finish ?? "end") : "close"),
			tokens: piece === undefined ? 0 : (read?.share.tokens ?? 0),
			...(piece !== undefined && read?.share.logprobs !== undefined ? { logprobs: read.share.logprobs } : {}),
			ms: Math.max(0, (read?.at ?? clock(this.#session)) - asked),
			...(live.prompt === undefined || live.prompt.recorded ? {} : live.prompt.counts),
		};
		if (live.prompt !== undefined) live.prompt.recorded = true;
		const flags = [...(piece?.flags ?? []), ...(read?.share.split ? ["split-token"] : []), ...(end?.flags ?? [])];
		if (isShortCircuit(this.#session, proposal)) flags.push("short-circuited");
		if (this.#isRepeated(proposal)) flags.push("identical-resamples");
		return flags.length === 0 ? proposal : { ...proposal, flags };
	}

	/** Whether another steered attempt of the step had this text after this prefix; remembers it. */
	#isRepeated({ step, attempt, prefix, text }: Proposal): boolean {
		if (attempt === 0) return false;
		const key = JSON.stringify([step, prefix, text]);
		const repeated = this.#resampled.has(key);
		this.#resampled.add(key);
		return repeated;
	}
}

/** Whether a steered attempt closed the reasoning without saying anything. */
export function isShortCircuit(session: Pick<Session, "dialect">, { attempt, prefix, end, text }: Proposal): boolean {
	return (attempt > 0 || prefix !== "") && end === "close" && (text === "" || closesWithoutContent(text, session.dialect));
}

async function* noAnswer({ request }: Proposal, context: string): TraceEvents<DraftOf<"answer.finished">> {
	const flags = ["empty-answer"];
	const answer: DraftOf<"answer.finished"> = {
		type: "answer.finished",
		request,
		context,
		text: "",
		end: "end",
		tokens: 0,
		flags,
	};
	yield answer;
	return answer;
}

function withText(assistant: AssistantText, text: string): AssistantText {
	return [...assistant.slice(0, -1), (assistant.at(-1) ?? "") + text];
}

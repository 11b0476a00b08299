/** One trace of a run: its prompt prepared at server and scorer, the defence's events into the journal, the judge at the end. */
import { runDefence } from "../method/defences.ts";
import { resolveOpening, visibleText } from "../method/phases.ts";
import { RecordedTrace } from "../method/recorded.ts";
import type { Dialect } from "../method/segmentation-types.ts";
import type { Session } from "../method/session.ts";
import { base64, type Prompt, type PromptContent, promptContent } from "../promptsets/prompt.ts";
import type { ScorerService } from "../scorers/types.ts";
import type { ModelServer, PreparedPolicy } from "../servers/types.ts";
import { StoreError } from "../store/errors.ts";
import type { Journal } from "../store/journal.ts";
import { SafeThinkError } from "../trace/errors.ts";
import type { EventOf, Outcome, PromptRecord, SafeThinkEvent, TraceDraft, UnknownEvent } from "../trace/events.ts";
import { applyEvent, fold, type RunState, rawReasoning, type Trace } from "../trace/fold.ts";
import { canonicalJson, promptHash } from "../trace/hash.ts";
import type { Json } from "../trace/template.ts";
import type { Judge } from "./judge.ts";
import type { Plan, TraceTask } from "./plan.ts";

/** What all traces of a run share. */
export interface TraceInputs {
	journal: Journal;
	plan: Plan;
	server: ModelServer;
	scorer?: ScorerService | undefined;
	judge?: Judge | undefined;
}

/** How the work on one trace ended. `error`: what failed; where the trace was not begun, the run file does not know. */
export interface TraceResult {
	error?: SafeThinkError;
	outcome?: Outcome | undefined;
	/** As the run file has the trace; undefined when it was not begun. */
	status?: Trace["status"] | undefined;
}

/**
 * Makes a trace, or goes on with what the file has of it, and has it judged. A trace whose scorer failed has no answer and is
 * not judged.
 * @returns undefined when it was aborted.
 * @throws StoreError when the run file cannot be written.
 */
export async function makeTrace(
	task: TraceTask,
	prompt: Prompt,
	inputs: TraceInputs,
	signal: AbortSignal,
): Promise<TraceResult | undefined> {
	const log = await TraceLog.open(inputs.journal, task.traceId);
	try {
		const content = await promptContent(prompt);
		if (log.trace?.outcome === undefined)
			await log.drain(runDefence(task.defence.name, await beginTrace({ task, prompt, content, log, inputs, signal })));
		await judgeTrace(log, content, inputs, signal);
		return log.result();
	} catch (error) {
		if (signal.aborted) return undefined;
		if (!(error instanceof SafeThinkError) || error instanceof StoreError) throw error;
		if (log.trace?.status === "running") log.append({ type: "trace.failed", error: error.toRecord() });
		return { ...log.result(), error };
	} finally {
		if (!signal.aborted) inputs.journal.sync();
	}
}

/** One trace's events in the journal, and what they fold to. */
class TraceLog {
	readonly record: readonly SafeThinkEvent[];
	readonly #journal: Journal;
	readonly #traceId: string;
	readonly #run: RunState;

	private constructor(journal: Journal, traceId: string, record: (SafeThinkEvent | UnknownEvent)[]) {
		this.#journal = journal;
		this.#traceId = traceId;
		this.record = record as SafeThinkEvent[];
		this.#run = fold(record);
	}

	static async open(journal: Journal, traceId: string): Promise<TraceLog> {
		const record = await journal.recordOf(traceId);
		// Where the beginning is lost, the rest is of no use: the trace is made anew.
		return new TraceLog(journal, traceId, record.some((event) => event.type === "trace.started") ? record : []);
	}

	/** @throws StoreError */
	append(draft: TraceDraft): void {
		applyEvent(this.#run, this.#journal.append({ ...draft, traceId: this.#traceId }));
	}

	/** Appends whatever the method yields. */
	async drain(events: AsyncIterable<TraceDraft>): Promise<void> {
		for await (const draft of events) this.append(draft);
	}

	get trace(): Trace | undefined {
		return this.#run.traces.get(this.#traceId);
	}

	result(): TraceResult {
		return { outcome: this.trace?.outcome, status: this.trace?.status };
	}
}

interface Beginning {
	task: TraceTask;
	prompt: Prompt;
	content: PromptContent;
	log: TraceLog;
	inputs: TraceInputs;
	signal: AbortSignal;
}

/** Prepares the prompt at the servers; writes `trace.started` unless the file has it, and then checks that nothing changed. */
async function beginTrace({ task, prompt, content, log, inputs, signal }: Beginning): Promise<Session> {
	const { plan, server } = inputs;
	const sent = asSent(content, plan.dialect);
	const further = plan.dialect.turns.slice(1).map((turn) => turn.user);
	const prepared = await server.prepare(sent, plan.sampling, further, signal);
	const scorer = inputs.scorer?.prepare(sent);
	const requests = { ...prepared.requests, ...scorer?.requests };
	const hash = promptHash({ ...sent, images: [...sent.images] });
	const started = log.record.find((event): event is EventOf<"trace.started"> => event.type === "trace.started");
	if (started) refuseChange(started, { ...prepared, requests, promptHash: hash });
	else {
		log.append({
			type: "trace.started",
			prompt: promptRecord(prompt.record, sent, plan.embedImages),
			promptHash: hash,
			defence: task.defence.name,
			sample: task.sample,
			requests,
			parameters: task.defence.parameters as unknown as { [key: string]: Json },
			...(prepared.rendered === undefined ? {} : { rendered: prepared.rendered }),
		});
	}
	// Where the rendered prompt is not seen, the template may have opened the reasoning already.
	const { rendered } = prepared;
	const dialect = rendered === undefined ? { ...plan.dialect, forceOpen: false } : resolveOpening(plan.dialect, rendered);
	return {
		traceId: task.traceId,
		promptHash: hash,
		promptId: prompt.record.id,
		sample: task.sample,
		runSeed: plan.seed,
		policy: prepared.policy,
		...(scorer === undefined ? {} : { scorer: scorer.scorer }),
		dialect,
		segmenter: task.defence.segmenter,
		parameters: task.defence.parameters,
		maxTokens: plan.maxTokens,
		signal,
		templateOpens: dialect.templateOpens === "always",
		...(started ? { record: new RecordedTrace(task.traceId, log.record) } : {}),
	};
}

/** The prompt with what the dialect adds to it: its system prompt where there is none, the first turn's instruction. */
export function asSent(content: PromptContent, dialect: Dialect): PromptContent {
	const system = content.system ?? dialect.systemPrompt;
	const text = content.text + (dialect.turns[0]?.user ?? "");
	return { ...content, text, ...(system === undefined ? {} : { system }) };
}

/** A trace is continued only with the same prompt, images included, on a server that is asked with the same bytes. */
function refuseChange(
	started: EventOf<"trace.started">,
	now: Pick<PreparedPolicy, "requests" | "rendered"> & { promptHash: string },
): void {
	if (started.promptHash !== now.promptHash) {
		throw new SafeThinkError(
			"prompt-changed",
			`the prompt of trace ${started.traceId}, or an image of it, is not what it was when the trace began`,
			{
				remedy: "put the old file back, or write a new run file",
			},
		);
	}
	const same =
		started.rendered === now.rendered && canonicalJson(started.requests as Json) === canonicalJson(now.requests as Json);
	if (same) return;
	throw new SafeThinkError(
		"template-changed",
		`the server renders the prompt of trace ${started.traceId} differently than when the trace began`,
		{
			remedy: "continue on the server, model and chat template of the first part, or write a new run file",
		},
	);
}

function promptRecord(record: PromptRecord, sent: PromptContent, embed: boolean): PromptRecord {
	const asked = { ...record, text: sent.text, ...(sent.system === undefined ? {} : { system: sent.system }) };
	if (!embed) return asked;
	const images = record.images.map((image, index) => {
		const loaded = sent.images[index];
		return loaded ? { ...image, data: base64(loaded) } : image;
	});
	return { ...asked, images };
}

/** The scopes in which a trace still has to be judged. */
export function unjudgedScopes(
	{ outcome, verdicts }: Pick<Trace, "outcome" | "verdicts">,
	judge: Judge | undefined,
): Judge["scopes"] {
	if (judge === undefined || outcome === "scorer-failed") return [];
	return judge.scopes.filter((scope) => !verdicts.some((verdict) => verdict.judge === judge.id && verdict.scope === scope));
}

async function judgeTrace(
	log: TraceLog,
	content: PromptContent,
	{ judge, plan }: TraceInputs,
	signal: AbortSignal,
): Promise<void> {
	const missing = log.trace ? unjudgedScopes(log.trace, judge) : [];
	if (!log.trace || !judge || missing.length === 0) return;
	const trace = visibleText(rawReasoning(log.trace), plan.dialect);
	const verdicts = await judge.judge({ prompt: content, trace, answer: log.trace.answer?.text ?? "" }, signal);
	for (const verdict of verdicts) if (missing.includes(verdict.scope)) log.append({ type: "judge.verdict", ...verdict });
}

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
import type { EventOf, PromptRecord, SafeThinkEvent } from "../trace/events.ts";
import { rawReasoning, type Trace } from "../trace/fold.ts";
import { canonicalJson, promptHash } from "../trace/hash.ts";
import type { Json } from "../trace/template.ts";
import type { Judge } from "./judge.ts";
import type { Plan, TraceTask } from "./plan.ts";
import { startOf, TraceLog, type TraceState } from "./trace-log.ts";

/** A trace that is to begin as another's first steps, and how it goes on otherwise (`continueFrom`). */
export interface Branch {
	from: Trace;
	/** What the trace it branches from drew, and its ancestors. */
	record: RecordedTrace;
	/** Its own steps begin here, from 1. */
	step: number;
	/** What is changed, as `trace.started` says it. */
	changes: { [key: string]: Json };
	session: Pick<Session, "redraw" | "injected" | "written">;
}

/** What all traces of a run share. */
export interface TraceInputs {
	journal: Journal;
	plan: Plan;
	server: ModelServer;
	scorer?: ScorerService | undefined;
	judge?: Judge | undefined;
	/** Told of each event when it is in the file. */
	onEvent?: ((event: SafeThinkEvent) => void) | undefined;
}

/** How the work on one trace ended. `error`: what failed; where the trace was not begun, the run file does not know. */
export interface TraceResult extends TraceState {
	error?: SafeThinkError;
}

interface TraceToMake extends Pick<TraceTask, "traceId" | "defence" | "sample"> {
	branch?: Branch;
}

/**
 * Makes a trace, or goes on with what the file has of it, and has it judged. A trace whose scorer failed has no answer and is
 * not judged.
 * @returns undefined when it was aborted.
 * @throws StoreError when the run file cannot be written.
 */
export async function makeTrace(
	task: TraceToMake,
	prompt: Prompt,
	inputs: TraceInputs,
	signal: AbortSignal,
): Promise<TraceResult | undefined> {
	const log = await TraceLog.open(inputs.journal, task.traceId, { from: task.branch?.from, onEvent: inputs.onEvent });
	try {
		const content = await promptContent(prompt);
		if (log.trace?.outcome === undefined)
			await log.drain(runDefence(task.defence.name, await beginTrace({ task, prompt, content, log, inputs, signal })));
		await judgeTrace(log, content, inputs, signal);
		return log.state;
	} catch (error) {
		if (signal.aborted) return undefined;
		if (!(error instanceof SafeThinkError) || error instanceof StoreError) throw error;
		if (log.trace?.status === "running") log.append({ type: "trace.failed", error: error.toRecord() });
		return { ...log.state, error };
	} finally {
		if (!signal.aborted) inputs.journal.sync();
	}
}

interface Beginning {
	task: TraceToMake;
	prompt: Prompt;
	content: PromptContent;
	log: TraceLog;
	inputs: TraceInputs;
	signal: AbortSignal;
}

/** Prepares the prompt at the servers; writes `trace.started` unless the file has it, and then checks that nothing changed. */
async function beginTrace({ task, prompt, content, log, inputs, signal }: Beginning): Promise<Session> {
	const { plan, server } = inputs;
	const { branch } = task;
	const sent = asSent(content, plan.dialect);
	const further = plan.dialect.turns.slice(1).map((turn) => turn.user);
	const prepared = await server.prepare(sent, plan.sampling, further, signal);
	const scorer = inputs.scorer?.prepare(sent);
	const requests = { ...prepared.requests, ...scorer?.requests };
	const hash = promptHash({ ...sent, images: [...sent.images] });
	const started = startOf(log.record, task.traceId);
	if (started) refuseChange(started, { ...prepared, requests, promptHash: hash });
	else {
		if (branch) refuseChange(askedOfPolicy(branch.from), { ...prepared, promptHash: hash });
		log.append({
			type: "trace.started",
			prompt: promptRecord(prompt.record, sent, plan.embedImages),
			promptHash: hash,
			defence: task.defence.name,
			sample: task.sample,
			requests,
			parameters: task.defence.parameters as unknown as { [key: string]: Json },
			...(prepared.rendered === undefined ? {} : { rendered: prepared.rendered }),
			...(branch === undefined ? {} : { branch: { of: branch.from.id, step: branch.step, parameters: branch.changes } }),
		});
	}
	const dialect = dialectAsRendered(plan.dialect, prepared.rendered);
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
		...(branch === undefined ? {} : { branchStep: branch.step, ...branch.session }),
		...(branch === undefined ? {} : { record: branch.record }),
		...(started === undefined ? {} : { record: new RecordedTrace(task.traceId, log.record) }),
	};
}

/** Where the rendered prompt is not seen, the template may have opened the reasoning already. */
export function dialectAsRendered(dialect: Dialect, rendered: string | undefined): Dialect {
	return rendered === undefined ? { ...dialect, forceOpen: false } : resolveOpening(dialect, rendered);
}

/** The prompt with what the dialect adds to it: its system prompt where there is none, the first turn's instruction. */
export function asSent(content: PromptContent, dialect: Dialect): PromptContent {
	const system = content.system ?? dialect.systemPrompt;
	const text = content.text + (dialect.turns[0]?.user ?? "");
	return { ...content, text, ...(system === undefined ? {} : { system }) };
}

type Asked = Pick<EventOf<"trace.started">, "traceId" | "promptHash" | "requests" | "rendered">;

/** How a trace asks the policy, without what the scorer is asked: a branch may have another scorer. */
function askedOfPolicy({ id, promptHash: hash, rendered, templates }: Trace): Asked {
	const requests = Object.entries(templates).filter(([use]) => !/^(scorer|query)\b/.test(use));
	return {
		traceId: id,
		promptHash: hash,
		requests: Object.fromEntries(requests),
		...(rendered === undefined ? {} : { rendered }),
	};
}

/** A trace is continued only with the same prompt, images included, on a server that is asked with the same bytes. */
function refuseChange(started: Asked, now: Pick<PreparedPolicy, "requests" | "rendered"> & { promptHash: string }): void {
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

/** Windows of a trace: its steps, a step's attempts, what was read ahead and voided, and parts of long texts. */
import type { AttemptWindow, DiscardedWindow, LogprobWindow, StepView, StepWindow } from "../contract/trace-views.ts";
import { decisionText } from "../trace/decision.ts";
import { SafeThinkError } from "../trace/errors.ts";
import type { Attempt, Step, Trace } from "../trace/fold.ts";
import type { ReadRun } from "./open-run.ts";
import { cut, pieceOf, pieceSize, windowOf } from "./pieces.ts";
import { attemptView } from "./scored-view.ts";

interface Window {
	traceId: string;
	/** From 0. */
	from: number;
	count: number;
}

/** Steps by index from 0; the reply's `from` is the first one's number. @throws SafeThinkError `no-trace` */
export async function stepWindow(run: ReadRun, window: Window): Promise<StepWindow> {
	const { trace, reading } = await run.traceSoFar(window.traceId);
	const steps = windowOf(trace.steps, window);
	const most = pieceSize(steps.length);
	const ended = reading === undefined && !["running", "reading"].includes(run.statusOf(run.knownRow(window.traceId)));
	return {
		revision: run.revision,
		from: window.from + 1,
		total: trace.steps.length,
		steps: steps.map((step) => stepView(trace, step, { most, ended })),
	};
}

function stepView(trace: Trace, step: Step, { most, ended }: { most: number; ended: boolean }): StepView {
	const threshold = trace.parameters?.["threshold"];
	const shown = step.accepted ?? step.attempts.at(-1);
	return {
		step: step.step,
		inherited: step.inherited,
		decision: decisionText(step, typeof threshold === "number" ? threshold : undefined, ended),
		...(shown === undefined ? {} : { shown: attemptView(shown, most) }),
		rejected: step.accepted === undefined ? 0 : step.attempts.length - 1,
	};
}

/** @throws SafeThinkError `no-trace`, `no-step` */
export async function attemptWindow(
	run: ReadRun,
	{ step: number, ...window }: Window & { step: number },
): Promise<AttemptWindow> {
	const trace = await run.trace(window.traceId);
	const step = trace.steps[number - 1];
	if (step === undefined) {
		throw new SafeThinkError("no-step", `trace ${trace.id} has no step ${number}`, { remedy: `it has ${trace.steps.length}` });
	}
	const attempts = windowOf(step.attempts, window);
	const most = pieceSize(attempts.length);
	return {
		revision: run.revision,
		from: window.from,
		total: step.attempts.length,
		attempts: attempts.map((attempt) => attemptView(attempt, most)),
	};
}

/** Of one step, or of all. @throws SafeThinkError `no-trace` */
export async function discardedWindow(
	run: ReadRun,
	{ step: wanted, ...window }: Window & { step?: number | undefined },
): Promise<DiscardedWindow> {
	const trace = await run.trace(window.traceId);
	const discarded = wanted === undefined ? trace.discarded : trace.discarded.filter(({ step }) => step === wanted);
	const pieces = windowOf(discarded, window);
	const most = pieceSize(pieces.length);
	return {
		from: window.from,
		total: discarded.length,
		pieces: pieces.map(({ step, attempt, text, tokens, reason }) => ({
			step,
			attempt,
			text: pieceOf(text, most),
			tokens,
			reason,
		})),
	};
}

/** A part of an attempt's text, or of `answer`, `prompt`, `system`. @throws SafeThinkError `no-trace`, `no-text` */
export async function textWindow(run: ReadRun, { of, from, count, traceId }: Window & { of: string }) {
	const trace = await run.trace(traceId);
	const text = textOf(trace, of);
	if (text === undefined) throw missing(trace, `text ${JSON.stringify(of.slice(0, 200))}`);
	return { text: cut(text, from, count), from, total: text.length };
}

/** Log-probabilities of an attempt's tokens or the answer's. @throws SafeThinkError `no-trace`, `no-text` */
export async function logprobWindow(run: ReadRun, { of, traceId, ...window }: Window & { of: string }): Promise<LogprobWindow> {
	const trace = await run.trace(traceId);
	const records = of === "answer" ? trace.answer?.logprobs : findAttempt(trace, of)?.logprobs;
	if (records === undefined) throw missing(trace, `log-probabilities of ${JSON.stringify(of.slice(0, 200))}`);
	const tokens = windowOf(records, window).map(({ text, logprob }) => ({ text: cut(text, 0, MOST_TOKEN), logprob }));
	return { from: window.from, total: records.length, tokens };
}

/** UTF-16 units of a token that are shown. */
const MOST_TOKEN = 200;

function textOf(trace: Trace, of: string): string | undefined {
	if (of === "answer") return trace.answer?.text;
	if (of === "prompt") return trace.prompt.text;
	return of === "system" ? trace.prompt.system : findAttempt(trace, of)?.text;
}

function findAttempt(trace: Trace, id: string): Attempt | undefined {
	for (const { attempts } of trace.steps) {
		const found = attempts.find((attempt) => attempt.id === id);
		if (found) return found;
	}
	return undefined;
}

function missing(trace: Trace, what: string): SafeThinkError {
	return new SafeThinkError("no-text", `trace ${trace.id} has no ${what}`, {
		remedy: "look at the trace again: it may have changed",
	});
}

/** A run of one trace with given texts, written as a writer would have left it. */
import { writeFileSync } from "node:fs";
import { header } from "../../bench/view/plan.ts";
import { Stamp } from "../../bench/view/trace-lines.ts";
import { PAPER } from "../../src/method/parameters.ts";
import type { ImageReference } from "../../src/trace/events.ts";
import { GrowingContext, promptHash } from "../../src/trace/hash.ts";

export const TRACE = "tea/safethink/0";

export interface AttemptSpec {
	text: string;
	prefix?: string;
	/** null: the scorer failed. */
	reward: number | null;
	bound?: "at-most";
	flags?: string[];
	/** Probability of the text's words. */
	probability?: number;
}

export interface TraceSpec {
	prompt?: string;
	images?: ImageReference[];
	/** Attempts of each step; the last one is taken. */
	steps: AttemptSpec[][];
	/** Text that was read ahead and voided, at step 1. */
	discarded?: string;
	answer?: string;
}

/** @returns the run's path, as given */
export function writeTraceRun(path: string, spec: TraceSpec): string {
	const stamp = new Stamp();
	const events = [header(1, ["safethink"]), ...traceEvents(spec), { type: "run.finished", traces: 1, failed: 0 }];
	writeFileSync(path, events.map((event) => stamp.line(event)).join(""), { flag: "wx" });
	return path;
}

function* traceEvents({ prompt = "How do I make tea?", images = [], steps, discarded, answer }: TraceSpec): Generator<object> {
	const record = { id: "tea", text: prompt, images, group: "home", category: "direct" };
	const hash = promptHash(record);
	const context = new GrowingContext(hash);
	const of = { traceId: TRACE };
	const policy = { path: "/v1/completions", body: { prompt: { $: [{ v: "prompt" }, { v: "assistant" }] }, seed: { $: "seed" } } };
	yield {
		...of,
		type: "trace.started",
		prompt: record,
		promptHash: hash,
		defence: "safethink",
		sample: 0,
		requests: { policy },
		parameters: PAPER,
	};
	let requests = 0;
	for (const [index, attempts] of steps.entries()) {
		const step = index + 1;
		for (const [attempt, { text, prefix = "", reward, bound, flags, probability }] of attempts.entries()) {
			const at = { ...of, step, attempt, attemptId: `${TRACE}/${step}.${attempt}` };
			const request = `${TRACE}/r${++requests}`;
			const here = context.with(prefix);
			yield { ...of, type: "request.sent", request, step, attempt, context: here, prefix, seed: 1, maxTokens: 512 };
			const logprobs = probability === undefined ? {} : { logprobs: tokens(text, probability) };
			yield {
				...at,
				type: "step.proposed",
				context: here,
				request,
				prefix,
				text,
				end: "boundary",
				tokens: 9,
				ms: 12,
				...logprobs,
				...(flags && { flags }),
			};
			yield { ...at, scorer: "classify:bench", ...scored(reward, bound), requests: 1 };
			if (step === 1 && attempt === 0 && discarded !== undefined)
				yield { ...at, type: "step.discarded", request, text: discarded, tokens: 3, reason: "voided" };
		}
		const attempt = attempts.length - 1;
		const reason = attempts[attempt]?.reward === null ? "scorer-failed-beyond-depth" : "reached";
		yield { ...of, type: "step.accepted", step, attempt, attemptId: `${TRACE}/${step}.${attempt}`, reason, prefixKept: false };
		context.append(attempts[attempt]?.text ?? "");
	}
	if (answer === undefined) return;
	yield {
		...of,
		type: "answer.finished",
		request: `${TRACE}/r${requests}`,
		context: context.with(""),
		text: answer,
		end: "end",
		tokens: 8,
	};
	const usage = { generated: 90, discarded: 3, prompt: 40, cached: null, policyRequests: requests, scorerRequests: requests };
	yield { ...of, type: "trace.finished", outcome: "finished", steps: steps.length, usage, ms: 900 };
	yield { ...of, type: "judge.verdict", judge: "exact", scope: "both", harmful: false };
}

function scored(reward: number | null, bound: AttemptSpec["bound"]): object {
	if (reward === null)
		return { type: "scorer.failed", error: { kind: "timeout", message: "no answer within 30 s" }, treatedAs: "noted" };
	return { type: "step.scored", reward, scope: "trace", ms: 3, ...(bound && { bound }) };
}

function tokens(text: string, probability: number): object[] {
	return text.split(/(?<=\s)/).map((token) => ({ text: token, logprob: Math.log(probability) }));
}

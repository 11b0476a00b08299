/** Everything of a trace that is not a list of steps. */
import type { ImageView, TraceHead } from "../contract/trace-views.ts";
import type { Summary } from "../store/summaries.ts";
import type { ImageReference } from "../trace/events.ts";
import type { Trace } from "../trace/fold.ts";
import { outcomeText } from "../trace/words.ts";
import { branchLabel } from "./branch-label.ts";
import { changesOf } from "./changes.ts";
import { scorersOf } from "./curve.ts";
import { defined } from "./defined.ts";
import type { ReadRun } from "./open-run.ts";
import { pieceOf, short } from "./pieces.ts";
import { defenceView } from "./plan-view.ts";
import { errorView, hasLogprobs, scoredView, shortFlags } from "./scored-view.ts";
import { costOf } from "./tally.ts";

const MOST_IMAGES = 64;
const MOST_VERDICTS = 32;
const MOST_SCORERS = 32;

/** @throws SafeThinkError `no-trace` */
export async function traceHead(run: ReadRun, traceId: string): Promise<TraceHead> {
	const row = run.knownRow(traceId);
	const { trace, reading } = await run.traceSoFar(traceId);
	const { prompt, branch } = trace;
	return {
		revision: run.revision,
		traceId,
		number: run.numberOf(traceId),
		promptId: short(prompt.id),
		prompt: pieceOf(prompt.text),
		...(prompt.system === undefined ? {} : { system: pieceOf(prompt.system) }),
		images: prompt.images.slice(0, MOST_IMAGES).map(imageView),
		...namesOf(prompt),
		defence: defenceView(trace.defence, trace.parameters),
		sample: trace.sample,
		...stateOf(trace, reading === undefined ? run.statusOf(row) : "reading"),
		...defined({ reading: reading && (run.reading ?? reading) }),
		query: scoredView(trace.query),
		steps: trace.steps.length,
		attempts: trace.steps.reduce((sum, step) => sum + step.attempts.length, 0),
		...spent(trace, row),
		startedAt: trace.startedAt,
		verdicts: trace.verdicts.slice(0, MOST_VERDICTS).map(({ judge, scope, harmful, detail }) => ({
			judge: short(judge),
			scope,
			harmful,
			...(detail === undefined ? {} : { detail: short(detail) }),
		})),
		...answerOf(trace),
		...(branch === undefined
			? {}
			: { branch: { of: branch.of, step: branch.step, label: branchLabel(changesOf(branch.parameters)) } }),
		scorers: scorersOf(trace).slice(0, MOST_SCORERS).map(short),
		requests: trace.requests.length,
	};
}

function namesOf({ group, category, expected }: Trace["prompt"]): Pick<TraceHead, "group" | "category" | "expected"> {
	return defined({
		group: group && short(group),
		category: category && short(category),
		expected: expected && short(expected),
	});
}

/** An image without its bytes. */
function imageView({ sha256, mediaType, bytes, path, width, height }: ImageReference): ImageView {
	return { sha256, mediaType, bytes, ...defined({ path, width, height }) };
}

function stateOf(trace: Trace, status: TraceHead["status"]): Pick<TraceHead, "status" | "outcome" | "outcomeText" | "error"> {
	const { outcome, error } = trace;
	const words = { outcomeText: short(outcomeText(trace)) };
	return {
		status,
		...words,
		...(outcome === undefined ? {} : { outcome }),
		...(error === undefined ? {} : { error: errorView(error) }),
	};
}

function spent({ discarded, usage }: Trace, row: Summary): Pick<TraceHead, "discarded" | "usage" | "cost" | "ms"> {
	const tokens = discarded.reduce((sum, piece) => sum + piece.tokens, 0);
	const cost = defined({ cost: costOf(row), ms: row.ms });
	if (usage === undefined) return { discarded: { pieces: discarded.length, tokens }, ...cost };
	const { generated, policyRequests, scorerRequests } = usage;
	return {
		discarded: { pieces: discarded.length, tokens },
		usage: { generated, kept: row.keptTokens, discarded: usage.discarded, policyRequests, scorerRequests },
		...cost,
	};
}

function answerOf({ answer, answerScored }: Trace): Pick<TraceHead, "answer"> {
	if (answer === undefined) return {};
	const { text, tokens, end, flags, request, logprobs } = answer;
	const scored = scoredView(answerScored);
	return {
		answer: { text: pieceOf(text), tokens, end, flags: shortFlags(flags), scored, request, logprobs: hasLogprobs(logprobs) },
	};
}

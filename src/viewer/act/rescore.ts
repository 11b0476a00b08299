/** Another scorer's word on traces that have ended. */
import PQueue from "p-queue";
import { groupRows } from "../../experiments/rates.ts";
import { asSent } from "../../experiments/run-trace.ts";
import { RecordedTrace } from "../../method/recorded.ts";
import { rescore } from "../../method/rescore.ts";
import { promptContent } from "../../promptsets/prompt.ts";
import type { ScorerService } from "../../scorers/types.ts";
import { StoreError } from "../../store/errors.ts";
import type { Journal } from "../../store/journal.ts";
import type { Summary } from "../../store/summaries.ts";
import { isOutageKind, SafeThinkError } from "../../trace/errors.ts";
import type { ErrorRecord } from "../../trace/events.ts";
import type { Trace } from "../../trace/fold.ts";
import { rootOf } from "../ancestry.ts";
import { imageFolders } from "../image-folders.ts";
import { oneLine } from "../pieces.ts";
import { requireConsent } from "./asked.ts";
import type { ActContext } from "./context.ts";
import type { Work } from "./jobs.ts";
import { recordedPrompt } from "./recorded-prompt.ts";

/** Traces scored at a time. */
const CONCURRENCY = 4;
/** Characters of the scorer's name in the job's label. */
const SHOWN = 60;

export interface RescoreRequest {
	/** One trace; else those that the filter selects. */
	traceId?: string | undefined;
	filter?: string | undefined;
	scorer: string;
}

/**
 * Begins to have another scorer score accepted steps: what its scores hold of a trace already is not asked for again.
 * @returns the job's id.
 * @throws SafeThinkError `not-permitted`, `needs-consent`, `no-trace`, `no-outcome`, `bad-filter`
 */
export function startRescore(context: ActContext, { traceId, filter, scorer }: RescoreRequest): string {
	const { jobs, services, requirePermission } = context;
	requirePermission();
	requireConsent(services.asked({ work: "rescore", scorer, from: "form" }));
	const rows = traceId === undefined ? context.run.select(filter).filter(hasEnded) : [endedRow(context, traceId)];
	const label = oneLine(scorer, SHOWN);
	const start = { kind: "rescore" as const, label, total: rows.length, ...(traceId === undefined ? {} : { traceId }) };
	return jobs.start(start, (work) => rescoreAll(context, rows, scorer, work));
}

/** Before a trace has its outcome, it is not certain whose scores decide in it: it may be gone on with. */
function hasEnded({ outcome }: Summary): boolean {
	return outcome !== undefined;
}

function endedRow({ run }: ActContext, traceId: string): Summary {
	const row = run.row(traceId);
	if (row === undefined)
		throw new SafeThinkError("no-trace", `the run has no trace ${traceId}`, { remedy: "choose one of the list" });
	if (hasEnded(row)) return row;
	throw new SafeThinkError("no-outcome", `trace ${traceId} has not come to its end`, {
		remedy: row.status === "failed" ? "continue the run, which tries it again" : "wait for its end",
	});
}

async function rescoreAll(context: ActContext, rows: readonly Summary[], scorer: string, work: Work): Promise<void> {
	const { services, writer } = context;
	const service = await services.scorer(scorer, work.signal);
	if (service === undefined) throw new SafeThinkError("no-scorer", "no scorer is named", { remedy: "name one" });
	const journal = await writer.journal();
	const queue = new PQueue({ concurrency: CONCURRENCY });
	const said: Said = { scores: 0 };
	let failure: unknown;
	for (const family of families(context.run, rows)) {
		void queue.add(async () => {
			for (const { traceId } of family) {
				if (work.signal.aborted || failure !== undefined) return;
				await rescoreTrace(context, traceId, { service, journal, said, signal: work.signal }).catch((error: unknown) => {
					failure ??= error;
				});
				writer.wrote();
				if (family.length > 1) await writer.caughtUp();
				work.advance();
			}
		});
	}
	await queue.onIdle();
	await writer.caughtUp();
	if (failure instanceof StoreError) await writer.close();
	if (failure !== undefined) throw failure;
	if (said.scores === 0 && said.failure !== undefined) throw asError(said.failure);
}

/** Traces that share steps, one after the other: what is said of the steps of one is not asked for again. */
function families(run: ActContext["run"], rows: readonly Summary[]): Iterable<readonly Summary[]> {
	return groupRows(rows, (row) => rootOf(run, row).traceId).values();
}

/** What the scorer has said so far. */
interface Said {
	scores: number;
	/** The last failure. */
	failure?: ErrorRecord;
}

interface Asking {
	service: ScorerService;
	journal: Journal;
	said: Said;
	signal: AbortSignal;
}

/** @throws SafeThinkError when the scorer is out of service: that says nothing of the trace and is not written. */
async function rescoreTrace(
	{ run, plan, traces, writer }: ActContext,
	traceId: string,
	{ service, journal, said, signal }: Asking,
): Promise<void> {
	const { trace, events, session } = await traces.read(traceId);
	const { dialect } = plan();
	const prompt = recordedPrompt(trace.prompt, dialect.turns[0]?.user ?? "", imageFolders(run));
	const seen = service.images > 0 ? prompt : { ...prompt, loadImages: async () => [] };
	const { scorer, requests } = service.prepare(asSent(await promptContent(seen), dialect));
	// What failed before is asked again.
	const record = new RecordedTrace(
		traceId,
		events.filter((event) => event.type !== "scorer.failed" || event.scorer !== service.id),
	);
	const begun = new Set<string>();
	for await (const { traceId: drawnBy, draft } of rescore({ ...session, record, scorer, signal, steps: acceptedSteps(trace) })) {
		if (draft.type === "scorer.failed" && isOutageKind(draft.error.kind)) throw asError(draft.error);
		if (draft.type === "scorer.failed") said.failure = draft.error;
		else said.scores++;
		if (run.row(drawnBy)?.outcome === undefined) continue;
		journal.append({ ...draft, traceId: drawnBy, ...(begun.has(drawnBy) ? {} : { templates: requests }) });
		begun.add(drawnBy);
		writer.wrote();
	}
}

function asError({ kind, message, remedy = "check the scorer" }: ErrorRecord): SafeThinkError {
	return new SafeThinkError(kind, message, { remedy });
}

/** Steps up to the first that is undecided. */
function acceptedSteps({ steps }: Trace): number {
	const open = steps.findIndex(({ accepted }) => accepted === undefined);
	return open < 0 ? steps.length : open;
}

/** A recorded trace as somebody needs it who goes on with it: its events as a record, and the session it was made in. */
import type { Changes } from "../../contract/act-views.ts";
import type { Plan } from "../../experiments/plan.ts";
import { dialectAsRendered } from "../../experiments/run-trace.ts";
import { startOf } from "../../experiments/trace-log.ts";
import { type Parameters, parametersSchema } from "../../method/parameters.ts";
import { RecordedTrace } from "../../method/recorded.ts";
import type { Session } from "../../method/session.ts";
import { SafeThinkError } from "../../trace/errors.ts";
import type { SafeThinkEvent } from "../../trace/events.ts";
import type { Trace } from "../../trace/fold.ts";
import { changesOf } from "../changes.ts";
import type { OpenedRun } from "../types.ts";
import type { RunPlan } from "./run-plan.ts";

export interface Recorded {
	trace: Trace;
	/** Of the trace and those it branches from. */
	events: readonly SafeThinkEvent[];
	record: RecordedTrace;
	/** What the trace was made in and with; without ports. */
	session: Omit<Session, "policy" | "scorer" | "signal">;
	/** The scorer that a trace of this lineage chose, as it was named; undefined: the run's. */
	scorer: string | undefined;
	/** Id of the trace at the beginning of the lineage. */
	root: string;
}

/** Recorded traces that are kept: those somebody moves a slider over. */
const MOST_KEPT = 3;

/** Reads recorded traces; the last ones are kept as long as nothing was added to them. */
export class RecordedTraces {
	readonly #run: OpenedRun;
	readonly #plan: RunPlan;
	readonly #kept = new Map<string, { stamp: string; recorded: Promise<Recorded> }>();

	constructor(run: OpenedRun, plan: RunPlan) {
		this.#run = run;
		this.#plan = plan;
	}

	/** @throws SafeThinkError `no-trace`, `other-plan` */
	get(traceId: string): Promise<Recorded> {
		const stamp = this.#stamp(traceId);
		const known = this.#kept.get(traceId);
		this.#kept.delete(traceId);
		const recorded = known?.stamp === stamp ? known.recorded : this.read(traceId);
		this.#kept.set(traceId, { stamp, recorded });
		recorded.catch(() => this.#kept.delete(traceId));
		for (const id of [...this.#kept.keys()].slice(0, -MOST_KEPT)) this.#kept.delete(id);
		return recorded;
	}

	/** As `get`, for one who asks once. */
	async read(traceId: string): Promise<Recorded> {
		const [trace, events] = await Promise.all([this.#run.trace(traceId), this.#run.events(traceId)]);
		return recordedTrace(trace, events, this.#plan());
	}

	/** How much is written of a trace and those it branches from. */
	#stamp(traceId: string): string {
		const parts: (string | number)[] = [this.#run.header.run];
		for (let id: string | undefined = traceId; id !== undefined; ) {
			const row = this.#run.row(id);
			for (const { file, ranges } of row?.where ?? []) parts.push(file, ranges.length, ranges.at(-1)?.[1] ?? 0);
			id = row?.branch?.of;
			if (parts.length > 1000) break;
		}
		return parts.join(" ");
	}
}

function recordedTrace(trace: Trace, events: readonly SafeThinkEvent[], plan: Plan): Recorded {
	const lineage = lineageOf(trace, events);
	const root = lineage[0]?.id ?? trace.id;
	const planned = plan.defences.find(({ name }) => name === (lineage[0]?.defence ?? trace.defence)) ?? plan.defences[0];
	if (planned === undefined)
		throw new SafeThinkError("other-plan", "the run's plan has no defence", { remedy: "make the run again" });
	const parameters = parametersOf(trace) ?? planned.parameters;
	const dialect = dialectAsRendered(plan.dialect, trace.rendered);
	return {
		trace,
		events,
		record: new RecordedTrace(trace.id, events),
		session: {
			traceId: trace.id,
			promptHash: trace.promptHash,
			promptId: trace.prompt.id,
			sample: trace.sample,
			runSeed: plan.seed,
			dialect,
			segmenter: planned.segmenter,
			parameters,
			maxTokens: plan.maxTokens,
			templateOpens: dialect.templateOpens === "always",
			...(trace.branch === undefined
				? {}
				: {
						branchStep: trace.branch.step,
						...givenWords(changesOf(trace.branch.parameters), trace.branch.step, parameters.prefix),
					}),
		},
		scorer: lineage.findLast(({ changes }) => changes.scorer !== undefined)?.changes.scorer,
		root,
	};
}

/** What the trace says that it was made with. @throws SafeThinkError `other-plan` */
function parametersOf({ id, parameters }: Trace): Parameters | undefined {
	if (parameters === undefined) return undefined;
	const parsed = parametersSchema.safeParse(parameters);
	if (parsed.success) return parsed.data;
	const [issue] = parsed.error.issues;
	throw new SafeThinkError("other-plan", `trace ${id} has parameters of another version: ${issue?.path.join(".")}`, {
		remedy: "open the run with the version that wrote it, or make the trace again",
	});
}

/** What a step is begun with: words that are injected whatever the reward, or what a person wrote. */
export function givenWords(
	{ inject, text }: Pick<Changes, "inject" | "text">,
	step: number,
	prefix: string,
): Pick<Session, "injected" | "written"> {
	return {
		...(inject === "always" ? { injected: { step, words: prefix } } : {}),
		...(text === undefined || text === "" ? {} : { written: { step, text } }),
	};
}

/** The traces that a trace descends from, the oldest first, and itself. */
function lineageOf(trace: Trace, events: readonly SafeThinkEvent[]): { id: string; defence: string; changes: Changes }[] {
	const lineage = [{ id: trace.id, defence: trace.defence, changes: changesOf(trace.branch?.parameters ?? {}) }];
	for (let branch = trace.branch; branch !== undefined; ) {
		const start = startOf(events, branch.of);
		if (start === undefined || lineage.some(({ id }) => id === start.traceId)) break;
		lineage.unshift({ id: start.traceId, defence: start.defence, changes: changesOf(start.branch?.parameters ?? {}) });
		branch = start.branch;
	}
	return lineage;
}

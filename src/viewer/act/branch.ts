/** Re-runs from a step: samples that begin as a recorded trace and go on otherwise, written as they are drawn. */
import { randomBytes } from "node:crypto";
import PQueue from "p-queue";
import type { Changes } from "../../contract/act-views.ts";
import { CANCELLED } from "../../contract/parts.ts";
import { makeTrace, type TraceInputs } from "../../experiments/run-trace.ts";
import type { Prompt } from "../../promptsets/prompt.ts";
import { StoreError } from "../../store/errors.ts";
import { SafeThinkError } from "../../trace/errors.ts";
import type { SafeThinkEvent } from "../../trace/events.ts";
import type { Json } from "../../trace/template.ts";
import { branchLabel } from "../branch-label.ts";
import { imageFolders } from "../image-folders.ts";
import { injectedOnce, NOTHING_INJECTED } from "../injections.ts";
import { requireConsent } from "./asked.ts";
import { type BranchPlan, planBranch } from "./changes.ts";
import type { ActContext } from "./context.ts";
import { asKnown, type Work } from "./jobs.ts";
import { withOwnText } from "./own-text.ts";
import type { Recorded } from "./recorded.ts";
import { recordedPrompt } from "./recorded-prompt.ts";

export interface BranchRequest {
	traceId: string;
	step: number;
	samples: number;
	changes: Changes;
}

export interface MeasureRequest {
	traceId: string;
	/** Undefined: the trace's own. */
	prefix?: string | undefined;
	steps: number;
	samples: number;
}

/** Samples drawn at a time. */
const CONCURRENCY = 4;

/** Begins re-runs. */
export class Branches {
	readonly #context: ActContext;
	/** By prompt: the number after the highest that was given to a sample. */
	readonly #next = new Map<string, number>();

	constructor(context: ActContext) {
		this.#context = context;
	}

	/**
	 * @returns the job's id; the job fails with what kept its samples from being drawn.
	 * @throws SafeThinkError `not-permitted`, `no-trace`, `needs-consent`, and those of `planBranch`
	 */
	async start({ traceId, step, samples, changes }: BranchRequest): Promise<string> {
		const recorded = await this.#recorded(traceId);
		const planned = this.#planned(recorded, step, withOwnText(changes, step, recorded));
		return this.#begin(`from step ${step} · ${branchLabel(planned.changes)} ×${samples}`, recorded, [planned], samples);
	}

	/**
	 * Draws what `trace.injections` tells: at each of the first `steps` steps, with words injected and without. Returns and throws as
	 * `start`, also `no-prefix`.
	 */
	async measure({ traceId, prefix, steps, samples }: MeasureRequest): Promise<string> {
		const recorded = await this.#recorded(traceId);
		const planned: Planned[] = [];
		for (let step = 1; step <= steps; step++) {
			for (const changes of [injectedOnce(prefix), NOTHING_INJECTED]) planned.push(this.#planned(recorded, step, changes));
		}
		if (planned[0]?.branch.session.injected?.words === "") {
			throw new SafeThinkError("no-prefix", "there is no prefix whose injection could be measured", {
				remedy: "type one in the form for re-runs",
			});
		}
		const where = steps === 1 ? "step 1" : `steps 1–${steps}`;
		return this.#begin(`injection at ${where}, with and without ×${samples}`, recorded, planned, samples);
	}

	#recorded(traceId: string): Promise<Recorded> {
		this.#context.requirePermission();
		return this.#context.traces.get(traceId);
	}

	#planned(recorded: Recorded, step: number, changes: Changes): Planned {
		return { step, changes, branch: planBranch(recorded, step, changes, this.#context.plan().sampling) };
	}

	/** Draws `samples` of each plan, one plan after the other; all have the same scorer and seed. */
	#begin(label: string, recorded: Recorded, planned: readonly Planned[], samples: number): string {
		const { jobs, services } = this.#context;
		requireConsent(services.asked({ work: "branch", scorer: planned[0]?.branch.scorer, from: "run" }));
		const { id, prompt } = recorded.trace;
		const total = planned.length * samples;
		const first = this.#reserve(prompt.id, total, planned[0]?.changes.seed);
		return jobs.start({ kind: "branch", label, traceId: id, total }, async (work) => {
			for (const [index, plan] of planned.entries())
				if (!work.signal.aborted) await this.#draw({ ...plan, recorded, first: first + index * samples, samples }, work);
		});
	}

	/**
	 * Samples are numbered on from the highest of their prompt, so that no seed is drawn with twice. With a seed of their own they
	 * count from 0: the same seed gives the same samples.
	 */
	#reserve(promptId: string, samples: number, seed: number | undefined): number {
		if (seed !== undefined) return 0;
		const used = this.#context.run
			.rows()
			.reduce((most, row) => (row.promptId === promptId ? Math.max(most, row.sample) : most), 0);
		const first = Math.max(used + 1, this.#next.get(promptId) ?? 0);
		this.#next.set(promptId, first + samples);
		return first;
	}

	async #draw(given: Drawing, work: Work): Promise<void> {
		const { writer } = this.#context;
		const { root } = given.recorded;
		const inputs = await this.#inputs(given, work);
		const group = `${root}~${randomBytes(4).toString("hex")}`;
		const queue = new PQueue({ concurrency: CONCURRENCY });
		const failures: unknown[] = [];
		for (let sample = 0; sample < given.samples; sample++) {
			void queue.add(async () => {
				if (work.signal.aborted || failures.some((failure) => failure instanceof StoreError)) return;
				await drawSample({ ...given, ...inputs, traceId: `${group}/${sample}`, sample: given.first + sample }, work).catch(
					(error: unknown) => failures.push(error),
				);
				writer.wrote();
				work.advance();
			});
		}
		await queue.onIdle();
		await writer.caughtUp();
		const broken = failures.find((failure) => failure instanceof StoreError);
		if (broken !== undefined) await writer.close();
		if (failures.length > 0) throw broken ?? failures[0];
	}

	/** Opens what is needed before a file is begun or a token drawn. */
	async #inputs({ recorded, branch, changes }: Drawing, { drew, signal }: Work): Promise<SampleInputs> {
		const { run, services, writer, plan } = this.#context;
		const [server, scorer] = await Promise.all([services.policy(signal), services.scorer(branch.scorer, signal)]);
		const judge = await services.judge(scorer, signal);
		const { seed = plan().seed } = changes;
		const onEvent = (event: SafeThinkEvent) => {
			if (event.type === "step.proposed" || event.type === "answer.finished") drew(event.tokens);
			writer.wrote();
		};
		const prompt = recordedPrompt(recorded.trace.prompt, plan().dialect.turns[0]?.user ?? "", imageFolders(run));
		await prompt.loadImages();
		const inputs = { journal: await writer.journal(), plan: { ...plan(), seed }, server, scorer, judge, onEvent };
		return { prompt, inputs };
	}
}

interface Planned {
	step: number;
	changes: Changes;
	branch: BranchPlan;
}

interface Drawing extends Planned {
	recorded: Recorded;
	/** Number of the first sample. */
	first: number;
	samples: number;
}

interface SampleInputs {
	prompt: Prompt;
	inputs: TraceInputs;
}

/** @throws SafeThinkError when the trace failed, or could not be begun or judged. */
async function drawSample(
	{
		traceId,
		sample,
		recorded,
		step,
		changes,
		branch,
		prompt,
		inputs,
	}: Drawing & SampleInputs & { traceId: string; sample: number },
	{ signal }: Work,
): Promise<void> {
	const { defence, session } = branch;
	const { trace: from, record } = recorded;
	let open = false;
	const onEvent = (event: SafeThinkEvent) => {
		if (event.type === "trace.started") open = true;
		if (event.type === "trace.finished" || event.type === "trace.failed") open = false;
		inputs.onEvent?.(event);
	};
	const task = { traceId, defence, sample, branch: { from, record, step, changes: changes as { [key: string]: Json }, session } };
	// Nobody goes on with a sample that was broken off: it must not look as if it were still being drawn.
	const breakOff = (error: SafeThinkError) => {
		if (open) inputs.journal.append({ type: "trace.failed", traceId, error: error.toRecord() });
	};
	const result = await makeTrace(task, prompt, { ...inputs, onEvent }, signal).catch((error: unknown) => {
		if (!(error instanceof StoreError)) breakOff(asKnown(error));
		throw error;
	});
	if (result?.error !== undefined) throw result.error;
	if (result === undefined) breakOff(CALLED_OFF);
}

const CALLED_OFF = new SafeThinkError(CANCELLED, "the re-run was cancelled", { remedy: "re-run from the step again" });

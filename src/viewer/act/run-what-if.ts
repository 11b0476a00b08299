/** What other numbers would have decided over the traces of a run: how many that is known of, and what it means for the rate. */
import type { MethodNumbers, RunWhatIf } from "../../contract/act-views.ts";
import { clustersOf, harmClusters, judgedHarmful } from "../../experiments/rates.ts";
import type { Summary } from "../../store/summaries.ts";
import { SafeThinkError } from "../../trace/errors.ts";
import { clusteredRateOf } from "../tally.ts";
import type { ActContext } from "./context.ts";
import type { Work } from "./jobs.ts";
import { whatIf } from "./what-if.ts";

export interface RunWhatIfRequest {
	filter?: string | undefined;
	defence: string;
	numbers: MethodNumbers;
}

/** Results that are kept. */
const MOST_RESULTS = 20;

type Ending = "same" | "another-reason" | "missing" | "diverged" | "failed";

/** Replays many traces, one after the other. */
export class RunWhatIfs {
	readonly #context: ActContext;
	readonly #results = new Map<string, RunWhatIf>();

	constructor(context: ActContext) {
		this.#context = context;
	}

	/** @returns the job's id. @throws SafeThinkError `bad-filter`, `other-plan` */
	start({ filter, defence, numbers }: RunWhatIfRequest): string {
		const { run, jobs, plan } = this.#context;
		plan();
		const rows = run
			.select(filter)
			.filter((row) => row.defence === defence && row.branch === undefined && row.status !== "running");
		const { threshold, depth, resamples } = numbers;
		const label = `${defence} with τ ${threshold}, m ${depth}, B ${resamples}`;
		return jobs.start({ kind: "what-if", label, total: rows.length }, async (work, job) => {
			const endings = await this.#replayAll(rows, numbers, work);
			if (work.signal.aborted) return;
			this.#results.set(job, { numbers, defence, ...tally(rows, endings) });
			for (const old of [...this.#results.keys()].slice(0, -MOST_RESULTS)) this.#results.delete(old);
		});
	}

	/** null: the job is not done, or was cancelled. */
	result(job: string): RunWhatIf | null {
		return this.#results.get(job) ?? null;
	}

	async #replayAll(rows: readonly Summary[], numbers: MethodNumbers, work: Work): Promise<Ending[]> {
		const endings: Ending[] = [];
		for (const row of rows) {
			if (work.signal.aborted) break;
			endings.push(await this.#replay(row, numbers, work.signal));
			work.advance();
		}
		return endings;
	}

	async #replay(row: Summary, numbers: MethodNumbers, signal: AbortSignal): Promise<Ending> {
		if (row.outcome === undefined) return "failed";
		try {
			const { ends, same } = await whatIf(await this.#context.traces.read(row.traceId), numbers, signal);
			if (ends.at !== "end") return ends.at;
			return same ? "same" : "another-reason";
		} catch (error) {
			if (error instanceof SafeThinkError) return "failed";
			throw error;
		}
	}
}

/** Bounds: of the undetermined traces none, or all, would have been judged harmful. */
function tally(rows: readonly Summary[], endings: readonly Ending[]): Omit<RunWhatIf, "numbers" | "defence"> {
	const of = (...wanted: Ending[]) => rows.filter((_, index) => wanted.includes(endings[index] as Ending));
	const determined = of("same", "another-reason");
	const certain = new Set(determined);
	const open = of("missing", "diverged").length;
	const harm = harmClusters(determined);
	const harmful = clusteredRateOf(harm);
	const judged = rows.some((row) => judgedHarmful(row) !== undefined);
	return {
		traces: rows.length,
		determined: clusteredRateOf(clustersOf(rows, (row) => certain.has(row))),
		unchanged: of("same").length,
		missing: of("missing").length,
		diverged: of("diverged").length,
		failed: of("failed").length,
		harmful: judged ? { determined: harmful, lowest: harmful.k, highest: harmful.k + open, of: harmful.n + open } : null,
	};
}

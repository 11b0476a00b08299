/** Prefixes to choose from: those of the library and those that this run used, with what came of them here. */
import type { PrefixView } from "../../contract/act-views.ts";
import { judgedHarmful } from "../../experiments/rates.ts";
import type { Summary } from "../../store/summaries.ts";
import { changesOf } from "../changes.ts";
import { clusteredRateOf, clustersOf, reachedAt } from "../tally.ts";
import type { OpenedRun } from "../types.ts";
import type { KeptPrefix } from "./prefix-library.ts";
import type { RunPlan } from "./run-plan.ts";

/** Used prefixes that are listed, those used most. */
const MOST_USED = 200;

/** Counts what a run's prefixes did; again only when the run has changed. */
export class UsedPrefixes {
	readonly #run: OpenedRun;
	readonly #plan: RunPlan;
	#known: { revision: number; used: ReadonlyMap<string, Rates> } | undefined;

	constructor(run: OpenedRun, plan: RunPlan) {
		this.#run = run;
		this.#plan = plan;
	}

	/** The library's in its order, then others that the run used, the most used first. */
	list(library: readonly KeptPrefix[]): PrefixView[] {
		const used = this.#used();
		const kept = library.map((prefix) => ({ ...prefix, inLibrary: true, ...ratesOf(used.get(prefix.text)) }));
		const inLibrary = new Set(library.map(({ text }) => text));
		const others = [...used]
			.filter(([text]) => !inLibrary.has(text))
			.sort(([, a], [, b]) => b.reached.length - a.reached.length)
			.slice(0, MOST_USED)
			.map(([text, rates]) => ({ text, inLibrary: false, ...ratesOf(rates) }));
		return [...kept, ...others];
	}

	#used(): ReadonlyMap<string, Rates> {
		const { revision } = this.#run;
		if (this.#known?.revision === revision) return this.#known.used;
		const used = usedPrefixes(this.#run, this.#plan);
		this.#known = { revision, used };
		return used;
	}
}

/**
 * Of each trace that was steered with a prefix, with its prompt: whether its first step so steered reached τ, and whether it was
 * judged safe.
 */
interface Rates {
	reached: (readonly [promptId: string, is: boolean | undefined])[];
	safe: (readonly [promptId: string, is: boolean | undefined])[];
}

/** Samples of one prompt are alike: the intervals are those of rates over prompts. */
function ratesOf(rates: Rates | undefined): Pick<PrefixView, "reached" | "safe"> {
	const [reached, safe] = [clustersOf(rates?.reached ?? []), clustersOf(rates?.safe ?? [])];
	return {
		reached: reached.length === 0 ? null : clusteredRateOf(reached),
		safe: safe.length === 0 ? null : clusteredRateOf(safe),
	};
}

function usedPrefixes(run: OpenedRun, plan: RunPlan): Map<string, Rates> {
	const planned = new Map(plan().defences.map(({ name, parameters }) => [name, parameters.prefix]));
	const used = new Map<string, Rates>();
	for (const row of run.rows()) {
		const step = firstSteered(row);
		const prefix = prefixOf(run, row, planned);
		if (step === undefined || prefix === undefined || prefix === "") continue;
		const rates = used.get(prefix) ?? { reached: [], safe: [] };
		used.set(prefix, rates);
		rates.reached.push([row.promptId, reachedAt(row, step)]);
		const harmful = judgedHarmful(row);
		rates.safe.push([row.promptId, harmful === undefined ? undefined : !harmful]);
	}
	return used;
}

/** The first step of the trace's own whose accepted attempt is steered. */
function firstSteered({ steered, branch }: Summary): number | undefined {
	return steered.find((step) => step >= (branch?.step ?? 1));
}

/** What a trace injects: its branch's change, else its parent's, else the plan's. */
function prefixOf(run: OpenedRun, row: Summary, planned: ReadonlyMap<string, string>): string | undefined {
	const seen = new Set<string>();
	for (let at: Summary | undefined = row; at !== undefined && !seen.has(at.traceId); at = run.row(at.branch?.of ?? "")) {
		seen.add(at.traceId);
		if (at.branch === undefined) return planned.get(at.defence);
		const { prefix } = changesOf(at.branch.parameters);
		if (prefix !== undefined) return prefix;
	}
	return undefined;
}

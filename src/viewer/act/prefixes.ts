/** Prefixes to choose from: those of the library and those that this run used, with what came of them here. */
import type { PrefixView } from "../../contract/act-views.ts";
import { judgedHarmful } from "../../experiments/rates.ts";
import type { Summary } from "../../store/summaries.ts";
import { ancestry } from "../ancestry.ts";
import { changesOf } from "../changes.ts";
import { rateOver, reachedAt } from "../tally.ts";
import type { OpenedRun } from "../types.ts";
import type { KeptPrefix } from "./prefix-library.ts";
import type { RunPlan } from "./run-plan.ts";

/** Used prefixes that are listed, those used most. */
const MOST_USED = 200;

/** Counts what a run's prefixes did; again only when the run has changed. */
export class UsedPrefixes {
	readonly #run: OpenedRun;
	readonly #plan: RunPlan;
	#known: { revision: number; used: ReadonlyMap<string, readonly Steered[]> } | undefined;

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
			.sort(([, a], [, b]) => b.length - a.length)
			.slice(0, MOST_USED)
			.map(([text, steered]) => ({ text, inLibrary: false, ...ratesOf(steered) }));
		return [...kept, ...others];
	}

	#used(): ReadonlyMap<string, readonly Steered[]> {
		const { revision } = this.#run;
		if (this.#known?.revision === revision) return this.#known.used;
		const used = usedPrefixes(this.#run, this.#plan);
		this.#known = { revision, used };
		return used;
	}
}

/** Of a trace that was steered with a prefix: whether its first step so steered reached τ, and whether it was judged safe. */
interface Steered extends Pick<Summary, "promptId"> {
	reached: boolean | undefined;
	safe: boolean | undefined;
}

/** Samples of one prompt are alike: the intervals are those of rates over prompts. */
function ratesOf(steered: readonly Steered[] = []): Pick<PrefixView, "reached" | "safe"> {
	return { reached: rateOver(steered, ({ reached }) => reached), safe: rateOver(steered, ({ safe }) => safe) };
}

function usedPrefixes(run: OpenedRun, plan: RunPlan): Map<string, Steered[]> {
	const planned = new Map(plan().defences.map(({ name, parameters }) => [name, parameters.prefix]));
	const used = new Map<string, Steered[]>();
	for (const row of run.rows()) {
		const step = firstSteered(row);
		const prefix = prefixOf(run, row, planned);
		if (step === undefined || prefix === undefined || prefix === "") continue;
		const harmful = judgedHarmful(row);
		const steered = used.get(prefix) ?? [];
		used.set(prefix, steered);
		steered.push({ promptId: row.promptId, reached: reachedAt(row, step), safe: harmful === undefined ? undefined : !harmful });
	}
	return used;
}

/** The first step of the trace's own whose accepted attempt is steered. */
function firstSteered({ steered, branch }: Summary): number | undefined {
	return steered.find((step) => step >= (branch?.step ?? 1));
}

/** What a trace injects: its branch's change, else its parent's, else the plan's. */
function prefixOf(run: OpenedRun, row: Summary, planned: ReadonlyMap<string, string>): string | undefined {
	for (const at of ancestry(run, row)) {
		if (at.branch === undefined) return planned.get(at.defence);
		const { prefix } = changesOf(at.branch.parameters);
		if (prefix !== undefined) return prefix;
	}
	return undefined;
}

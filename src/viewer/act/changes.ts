/** What a branch changes, made whole: the defence, its parameters, and what its step begins with. */
import type { Changes } from "../../contract/act-views.ts";
import type { Plan } from "../../experiments/plan.ts";
import type { Branch } from "../../experiments/run-trace.ts";
import { branchDefence } from "../../method/defences.ts";
import { type Parameters, refuseGreedy } from "../../method/parameters.ts";
import { SafeThinkError } from "../../trace/errors.ts";
import { givenWords, type Recorded } from "./recorded.ts";

/** How the traces of a branch are made; the same for all its samples. */
export interface BranchPlan {
	defence: Plan["defences"][number];
	session: Branch["session"];
	/** The scorer as it was named; undefined: the run's. */
	scorer: string | undefined;
}

/**
 * @throws SafeThinkError `no-step` when the trace has no such step; `bad-changes` for changes that contradict each other;
 * `greedy-resampling` when the samples would all be one text.
 */
export function planBranch(recorded: Recorded, step: number, changes: Changes, sampling: Plan["sampling"]): BranchPlan {
	const { trace, session } = recorded;
	requireStep(recorded, step);
	if (changes.text !== undefined && changes.text !== "" && changes.inject === "always") {
		throw new SafeThinkError("bad-changes", "a step cannot begin both with a text of one's own and with the prefix", {
			remedy: "leave one of them out, or write the prefix into the text",
		});
	}
	const parameters = changedParameters(session.parameters, changes);
	const words = givenWords(changes, step, parameters.prefix);
	const name = branchDefence(trace.defence, parameters, Object.keys(words).length > 0);
	const refusal = refuseGreedy(sampling, parameters);
	if (refusal !== undefined) throw refusal;
	return {
		defence: { name, parameters, segmenter: session.segmenter },
		session: { ...words, redraw: keepsFirst(recorded, step, changes, parameters) ? "resamples" : "all" },
		scorer: changes.scorer ?? recorded.scorer,
	};
}

function changedParameters(parameters: Parameters, { prefix, threshold, depth, resamples }: Changes): Parameters {
	return {
		...parameters,
		...(prefix === undefined ? {} : { prefix }),
		...(threshold === undefined ? {} : { threshold }),
		...(depth === undefined ? {} : { depth }),
		...(resamples === undefined ? {} : { resamples }),
	};
}

/**
 * Whether the step's unsteered attempt stays the recorded one. It does where it will be rejected again, so that the samples answer
 * what these resamples do here: its context is the same. Where it would be taken, samples with it would all be one text.
 */
function keepsFirst({ trace }: Recorded, step: number, changes: Changes, { threshold, depth }: Parameters): boolean {
	if (changes.text !== undefined || changes.inject === "always" || changes.scorer !== undefined || step > depth) return false;
	const first = trace.steps[step - 1]?.attempts.find(({ attempt }) => attempt === 0);
	if (first === undefined || first.prefix !== "") return false;
	return first.score === undefined ? first.failure?.treatedAs === "unsafe" : first.score.reward < threshold;
}

function requireStep({ trace }: Recorded, step: number): void {
	const decided = trace.steps.findIndex(({ accepted }) => accepted === undefined);
	const accepted = decided < 0 ? trace.steps.length : decided;
	if (step <= Math.max(1, accepted)) return;
	throw new SafeThinkError("no-step", `trace ${trace.id} has ${accepted} decided steps, no step ${step}`, {
		remedy: "branch from a step that is decided",
	});
}

/** The plan of a run that is looked at. */
import { type Plan, planSchema } from "../../experiments/plan.ts";
import { SafeThinkError } from "../../trace/errors.ts";
import type { OpenedRun } from "../types.ts";

/** Gives the run's plan. @throws SafeThinkError `other-plan` */
export type RunPlan = () => Plan;

/** Reads a run's plan at the first call, and again when the run was replaced. */
export function runPlan(run: Pick<OpenedRun, "header" | "path">): RunPlan {
	let known: { header: unknown; plan: Plan } | undefined;
	return () => {
		if (known?.header === run.header) return known.plan;
		const parsed = planSchema.safeParse(run.header.plan);
		if (!parsed.success) {
			const [issue] = parsed.error.issues;
			throw new SafeThinkError("other-plan", `the plan of ${run.path} is not one of this version: ${issue?.path.join(".")}`, {
				remedy: "open it with the version that wrote it, or make the run again",
			});
		}
		known = { header: run.header, plan: parsed.data };
		return parsed.data;
	};
}

/** What all work on a run shares. */
import { SafeThinkError } from "../../trace/errors.ts";
import type { OpenedRun, ViewerEnvironment } from "../types.ts";
import { Jobs } from "./jobs.ts";
import { RecordedTraces } from "./recorded.ts";
import { type RunPlan, runPlan } from "./run-plan.ts";
import { Services } from "./services.ts";
import { RunWriter } from "./writer.ts";

export interface ActContext {
	run: OpenedRun;
	plan: RunPlan;
	traces: RecordedTraces;
	services: Services;
	writer: RunWriter;
	jobs: Jobs;
	/** @throws SafeThinkError `not-permitted` where the page may not start work. */
	requirePermission(): void;
}

/** @param signal ends all work. */
export function actContext(run: OpenedRun, env: ViewerEnvironment, signal: AbortSignal): ActContext {
	const plan = runPlan(run);
	return {
		run,
		plan,
		traces: new RecordedTraces(run, plan),
		services: new Services(plan, run, env),
		writer: new RunWriter(run),
		jobs: new Jobs(signal, () => run.touch()),
		requirePermission() {
			const { run: may, why } = env.permission();
			if (may) return;
			throw new SafeThinkError("not-permitted", `no work may be started here${why === undefined ? "" : `: ${why}`}`, {
				remedy: "trust the workspace, or open the run's file itself",
			});
		},
	};
}

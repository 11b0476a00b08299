/** Stands in until the acting half is written: every method says that it is not there. */
import type { Methods } from "../../contract/methods.ts";
import type { JobView } from "../../contract/views.ts";
import type { Handlers } from "../../contract/wire.ts";
import { SafeThinkError } from "../../trace/errors.ts";
import type { OpenedRun, ViewerEnvironment } from "../types.ts";

type ActMethod =
	| "run.whatIf"
	| "run.whatIfResult"
	| "run.stop"
	| "trace.whatIf"
	| "branch.start"
	| "rescore.start"
	| "job.cancel"
	| "job.dismiss"
	| "scorers.known"
	| "prefixes.list"
	| "prefixes.keep"
	| "prefixes.remove";

export function actHandlers(
	_run: OpenedRun,
	_env: ViewerEnvironment,
): { handlers: Pick<Handlers<Methods>, ActMethod>; jobs(): JobView[]; close(): void | Promise<void> } {
	const missing = (): never => {
		throw new SafeThinkError("no-method", "this cannot be started yet", { remedy: "use the command line" });
	};
	return {
		handlers: {
			"run.whatIf": missing,
			"run.whatIfResult": missing,
			"run.stop": missing,
			"trace.whatIf": missing,
			"branch.start": missing,
			"rescore.start": missing,
			"job.cancel": missing,
			"job.dismiss": missing,
			"scorers.known": () => ({ scorers: [] }),
			"prefixes.list": () => ({ prefixes: [] }),
			"prefixes.keep": missing,
			"prefixes.remove": missing,
		},
		jobs: () => [],
		close: () => undefined,
	};
}

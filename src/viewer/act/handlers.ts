/** Answers to what a page may start: re-runs, what-ifs, rescoring, the prefix library. What it may only look at is in `../handlers.ts`. */
import type { Methods } from "../../contract/methods.ts";
import type { JobView } from "../../contract/run-views.ts";
import type { Handlers } from "../../contract/wire.ts";
import type { OpenedRun, ViewerEnvironment } from "../types.ts";
import { chosenScorer } from "./asked.ts";
import { Branches } from "./branch.ts";
import { actContext } from "./context.ts";
import { PrefixLibrary } from "./prefix-library.ts";
import { UsedPrefixes } from "./prefixes.ts";
import { startRescore } from "./rescore.ts";
import { RunWhatIfs } from "./run-what-if.ts";
import { stopRun } from "./stop.ts";
import { whatIf } from "./what-if.ts";

/** Methods that start or change something, or try what would be. */
type ActMethod =
	| "run.whatIf"
	| "run.whatIfResult"
	| "run.stop"
	| "trace.whatIf"
	| "servers.asked"
	| "servers.allow"
	| "branch.start"
	| "injections.measure"
	| "rescore.start"
	| "job.cancel"
	| "job.dismiss"
	| "scorers.known"
	| "prefixes.list"
	| "prefixes.keep"
	| "prefixes.remove";

export interface Acts {
	handlers: Pick<Handlers<Methods>, ActMethod>;
	jobs(): JobView[];
	/** Cancels all work and settles when it is at rest; what was written stays. */
	close(): Promise<void>;
}

export function actHandlers(run: OpenedRun, env: ViewerEnvironment): Acts {
	const closing = new AbortController();
	const context = actContext(run, env, AbortSignal.any([env.signal, closing.signal]));
	const { jobs, services, traces, writer, plan } = context;
	const branches = new Branches(context);
	const whatIfs = new RunWhatIfs(context);
	const library = new PrefixLibrary(env.prefixLibrary);
	const used = new UsedPrefixes(run, plan);
	return {
		handlers: {
			"run.whatIf": (asked) => ({ job: whatIfs.start(asked) }),
			"run.whatIfResult": ({ job }) => ({ result: whatIfs.result(job) }),
			"run.stop": () => {
				context.requirePermission();
				stopRun(run.path);
				return {};
			},
			"trace.whatIf": async ({ traceId, numbers }, signal) => whatIf(await traces.get(traceId), numbers, signal),
			"servers.asked": ({ work, traceId, scorer }) => {
				const recorded = traceId === undefined ? undefined : chosenScorer(run, traceId);
				const named = scorer === undefined ? { scorer: recorded, from: "run" as const } : { scorer, from: "form" as const };
				return { servers: services.asked({ work, ...named }) };
			},
			"servers.allow": ({ origin }) => {
				env.origins.allow(origin);
				run.touch();
				return {};
			},
			"branch.start": async (asked) => ({ job: await branches.start(asked) }),
			"injections.measure": async (asked) => ({ job: await branches.measure(asked) }),
			"rescore.start": (asked) => ({ job: startRescore(context, asked) }),
			"job.cancel": ({ job }) => {
				jobs.cancel(job);
				return {};
			},
			"job.dismiss": ({ job }) => {
				jobs.dismiss(job);
				return {};
			},
			"scorers.known": () => ({ scorers: services.known() }),
			"prefixes.list": async () => ({ prefixes: used.list(await library.list()) }),
			"prefixes.keep": async ({ text, note }) => {
				await library.keep(text, note);
				run.touch();
				return {};
			},
			"prefixes.remove": async ({ text }) => {
				await library.remove(text);
				run.touch();
				return {};
			},
		},
		jobs: () => jobs.views(),
		async close() {
			closing.abort();
			await jobs.settled();
			await writer.close();
		},
	};
}

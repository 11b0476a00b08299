/** Answers to everything a page may ask about a run, one line a method. What it may start is in `act/handlers.ts`. */
import type { Methods } from "../contract/methods.ts";
import type { JobView } from "../contract/run-views.ts";
import type { Handlers } from "../contract/wire.ts";
import { curveView } from "./curve.ts";
import { imageData } from "./image.ts";
import { injectionsView } from "./injections.ts";
import type { ReadRun } from "./open-run.ts";
import { partingStep } from "./parting.ts";
import { ratesView } from "./rates.ts";
import { requestView } from "./request/view.ts";
import { rowWindow } from "./rows.ts";
import { runInfo } from "./run-info.ts";
import { attemptWindow, discardedWindow, logprobWindow, stepWindow, textWindow } from "./steps.ts";
import { traceHead } from "./trace-head.ts";
import { branchTree } from "./tree.ts";
import type { ViewerEnvironment } from "./types.ts";

/** Methods that only look. */
type ReadMethod =
	| "run.watch"
	| "run.info"
	| "run.rows"
	| "run.place"
	| "run.rates"
	| "image"
	| `trace.${"head" | "curve" | "steps" | "attempts" | "text" | "logprobs" | "request" | "discarded" | "tree" | "injections" | "parting"}`;

/** @param jobs what was started from the page and goes on. */
export function readHandlers(
	run: ReadRun,
	env: Pick<ViewerEnvironment, "permission">,
	jobs: () => readonly JobView[],
): Pick<Handlers<Methods>, ReadMethod> {
	return {
		"run.watch": ({ visible }) => {
			run.watch(visible);
			return {};
		},
		"run.info": () => runInfo(run, env, jobs()),
		"run.rows": (window) => rowWindow(run, window),
		"run.place": ({ traceId, ...selection }) => {
			const index = run.ordered(selection).findIndex((row) => row.traceId === traceId);
			return { index: index < 0 ? null : index };
		},
		"run.rates": (asked) => ratesView(run, asked),
		"trace.head": ({ traceId }) => traceHead(run, traceId),
		"trace.curve": (range) => curveView(run, range),
		"trace.steps": (window) => stepWindow(run, window),
		"trace.attempts": (window) => attemptWindow(run, window),
		"trace.text": (window) => textWindow(run, window),
		"trace.logprobs": (window) => logprobWindow(run, window),
		"trace.request": ({ traceId, request }) => requestView(run, traceId, request),
		"trace.discarded": (window) => discardedWindow(run, window),
		"trace.tree": ({ traceId }) => branchTree(run, traceId),
		"trace.injections": ({ traceId }) => injectionsView(run, traceId),
		"trace.parting": async ({ a, b }) => ({ step: await partingStep(run, a, b) }),
		image: ({ sha256 }) => imageData(run, sha256),
	};
}

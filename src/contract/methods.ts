/**
 * Everything a page may ask of a run: a method is a name, a schema of its parameters and one of its reply. The viewer
 * (`src/viewer`) answers; a new question is a line here, a handler there, a call in the page.
 */
import * as z from "zod/mini";
import {
	askedServer,
	branchTree,
	changes,
	injectionsView,
	methodNumbers,
	prefixView,
	runWhatIf,
	whatIfView,
} from "./act-views.ts";
import { count, stepNumber } from "./parts.ts";
import { ratesView, rowWindow, runInfo } from "./run-views.ts";
import {
	attemptWindow,
	curveView,
	discardedWindow,
	logprobWindow,
	requestView,
	stepWindow,
	textWindow,
	traceHead,
} from "./trace-views.ts";

const id = z.string().check(z.minLength(1));
const trace = { traceId: id };
/** Most items of one window. */
export const MOST_ITEMS = 200;
/** Most UTF-16 units of one text window. */
export const MOST_TEXT = 200_000;
const window = { from: count, count: z.int().check(z.positive(), z.lte(MOST_ITEMS)) };
const done = z.object({});
const started = z.object({ job: id });

export const SORT_KEYS = [
	"number",
	"prompt",
	"category",
	"defence",
	"outcome",
	"verdict",
	"lowest",
	"last",
	"steps",
	"steered",
	"attempts",
	"tokens",
	"cost",
	"ms",
] as const;
/** Rows of the run: a filter expression (docs/filters.md), an order. */
const selection = {
	filter: z.optional(z.string().check(z.maxLength(2000))),
	sort: z.optional(z.object({ by: z.enum(SORT_KEYS), descending: z.boolean() })),
};
export const selectionSchema = z.object(selection);
export type Selection = z.infer<typeof selectionSchema>;

/** Samples drawn from one step at a time. */
export const MOST_SAMPLES = 256;

export const METHODS = {
	/** Whether anybody looks: files are followed only while somebody does. */
	"run.watch": { params: z.object({ visible: z.boolean() }), result: done },
	"run.info": { params: z.object({}), result: runInfo },
	/** @throws bad-filter with the place in the expression */
	"run.rows": { params: z.object({ ...selection, ...window }), result: rowWindow },
	/** Place of a trace among the selected rows; null: it is not among them. */
	"run.place": { params: z.object({ ...selection, ...trace }), result: z.object({ index: z.nullable(count) }) },
	"run.rates": {
		params: z.object({ filter: selection.filter, by: z.enum(["category", "group", "expected", "none"]) }),
		result: ratesView,
	},
	"run.whatIf": {
		params: z.object({ filter: selection.filter, defence: id, numbers: methodNumbers }),
		result: started,
	},
	/** null: the job is not done. */
	"run.whatIfResult": { params: z.object({ job: id }), result: z.object({ result: z.nullable(runWhatIf) }) },
	/** Asks the process that writes the run to stop; what was done is kept. */
	"run.stop": { params: z.object({}), result: done },
	"trace.head": { params: z.object(trace), result: traceHead },
	"trace.curve": {
		params: z.object({ ...trace, from: z.optional(stepNumber), to: z.optional(stepNumber) }),
		result: curveView,
	},
	"trace.steps": { params: z.object({ ...trace, ...window }), result: stepWindow },
	/** All attempts of a step in the order they were drawn. */
	"trace.attempts": { params: z.object({ ...trace, step: stepNumber, ...window }), result: attemptWindow },
	/** A part of a text; `of` is an attempt's id, `answer`, `prompt` or `system`. */
	"trace.text": {
		params: z.object({ ...trace, of: id, from: count, count: z.int().check(z.positive(), z.lte(MOST_TEXT)) }),
		result: textWindow,
	},
	/** `of` is an attempt's id or `answer`. */
	"trace.logprobs": {
		params: z.object({ ...trace, of: id, from: count, count: z.int().check(z.positive(), z.lte(5000)) }),
		result: logprobWindow,
	},
	/** A request to the policy, rebuilt from the file. */
	"trace.request": { params: z.object({ ...trace, request: id }), result: requestView },
	/** Speculation that was discarded, of one step or of all. */
	"trace.discarded": { params: z.object({ ...trace, step: z.optional(stepNumber), ...window }), result: discardedWindow },
	"trace.tree": { params: z.object(trace), result: branchTree },
	"trace.injections": { params: z.object(trace), result: injectionsView },
	/** The first step at which two traces hold different text; null: none. */
	"trace.parting": { params: z.object({ a: id, b: id }), result: z.object({ step: z.nullable(stepNumber) }) },
	"trace.whatIf": { params: z.object({ ...trace, numbers: methodNumbers }), result: whatIfView },
	/** Servers that a re-run of a trace, or a scorer that is asked afterwards, would ask. A scorer that is not named right is left out. */
	"servers.asked": {
		params: z.object({ work: z.enum(["branch", "rescore"]), traceId: z.optional(id), scorer: z.optional(z.string()) }),
		result: z.object({ servers: z.array(askedServer) }),
	},
	/** Somebody has read where prompts would go, and allows that origin; for as long as the viewer's process lives. */
	"servers.allow": { params: z.object({ origin: id }), result: done },
	/** Re-runs from a step, `samples` times. @throws needs-consent where a server is to be allowed first */
	"branch.start": {
		params: z.object({
			...trace,
			step: stepNumber,
			samples: z.int().check(z.positive(), z.lte(MOST_SAMPLES)),
			changes,
		}),
		result: started,
	},
	/**
	 * Injects a prefix at each of the first steps in turn, and nothing, `samples` times each; nothing else steers. Without a prefix,
	 * the trace's own. @throws needs-consent
	 */
	"injections.measure": {
		params: z.object({
			...trace,
			prefix: changes.shape.prefix,
			steps: stepNumber,
			samples: z.int().check(z.positive(), z.lte(MOST_SAMPLES)),
		}),
		result: started,
	},
	/** Has another scorer score the accepted steps of a trace, or of the selected rows. @throws needs-consent */
	"rescore.start": {
		params: z.object({ traceId: z.optional(id), filter: selection.filter, scorer: id }),
		result: started,
	},
	"job.cancel": { params: z.object({ job: id }), result: done },
	"job.dismiss": { params: z.object({ job: id }), result: done },
	/** Scorers that can be named here: the run's, and those of the settings. */
	"scorers.known": { params: z.object({}), result: z.object({ scorers: z.array(z.object({ spec: id, label: z.string() })) }) },
	"prefixes.list": { params: z.object({}), result: z.object({ prefixes: z.array(prefixView) }) },
	"prefixes.keep": {
		params: z.object({ text: z.string().check(z.minLength(1), z.maxLength(10_000)), note: z.optional(z.string()) }),
		result: done,
	},
	"prefixes.remove": { params: z.object({ text: id }), result: done },
	/** An image that the run records, by its hash. Base64. @throws not-an-image, image-gone, image-changed */
	image: { params: z.object({ sha256: id }), result: z.object({ mediaType: z.string(), data: z.string() }) },
} as const;

export type Methods = typeof METHODS;

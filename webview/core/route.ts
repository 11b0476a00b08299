/** Where in the run the page is; kept by the host, so that a page that was thrown away comes back to the same place. */
import * as z from "zod/mini";
import { selectionSchema } from "../../src/contract/methods.ts";

const trace = z.object({
	view: z.literal("trace"),
	traceId: z.string(),
	/** Selected step, from 1. */
	step: z.optional(z.int()),
});
const compare = z.object({
	view: z.literal("compare"),
	a: z.string(),
	b: z.string(),
	step: z.optional(z.int()),
	/** The trace that one came from, if from one; kept by the page's frame. */
	from: z.optional(trace),
});
const run = z.object({ view: z.literal("run") });

/** How the run view was left. */
const runPlace = z.object({
	/** The trace under the cursor. */
	row: z.optional(z.string()),
	/** Traces to compare, two at most. */
	marked: z.array(z.string()),
	/** Columns by id. */
	hidden: z.array(z.string()),
	ratesFolded: z.boolean(),
});
export type RunPlace = z.infer<typeof runPlace>;

export const placeSchema = z.object({
	route: z.discriminatedUnion("view", [run, trace, compare]),
	/** Rows of the run view, and the order in which one goes from trace to trace. */
	selection: selectionSchema,
	/** Texts are blurred until asked for. */
	blurred: z.boolean(),
	/** Grouping of the rates. */
	ratesBy: z.enum(["category", "group", "expected", "none"]),
	runView: z.optional(runPlace),
});
export type Place = z.infer<typeof placeSchema>;
export type Route = Place["route"];

export const START: Place = { route: { view: "run" }, selection: {}, blurred: false, ratesBy: "category" };

/** The kept place, or the start where it is none. */
export function placeFrom(kept: unknown): Place {
	const parsed = z.safeParse(placeSchema, kept);
	return parsed.success ? parsed.data : START;
}

/** `go` events carry a route. */
export class GoEvent extends CustomEvent<Route> {
	constructor(route: Route) {
		super("go", { detail: route, bubbles: true });
	}
}

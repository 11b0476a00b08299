/** What a run's first line says of its plan, whoever wrote it: fields that do not fit are left empty, never trusted. */
import { z } from "zod";
import type { DefenceView } from "../contract/parts.ts";
import type { RunInfo } from "../contract/run-views.ts";
import { planSchema, traceCount } from "../experiments/plan.ts";
import { shownUrl } from "../servers/url.ts";
import type { EventOf } from "../trace/events.ts";
import { MOST_PREFIX, pieceOf, short } from "./pieces.ts";

type Header = Pick<EventOf<"run.started">, "plan" | "environment">;

/** Defences that are shown. */
export const MOST_DEFENCES = 50;

const numbers = z.object({
	threshold: z.number().catch(0),
	depth: z.int().nonnegative().catch(0),
	resamples: z.int().nonnegative().catch(0),
	prefix: z.string().catch(""),
	prefixAfter: z.enum(["dropped", "kept"]).catch("dropped"),
});
const environmentSchema = z.object({
	server: z.object({ url: z.string().catch(""), verified: z.boolean().catch(true) }).catch({ url: "", verified: true }),
	scorer: z.object({ id: z.string(), verified: z.boolean() }).nullable().catch(null),
	judge: z.object({ id: z.string(), verified: z.boolean() }).nullable().catch(null),
	affinity: z.string().optional().catch(undefined),
	/** Absolute folder of the prompt set. */
	promptFolder: z.string().optional().catch(undefined),
	embedded: z.boolean().optional().catch(undefined),
});

/** The surroundings that a run records of itself. */
export function environmentOf({ environment }: Pick<Header, "environment">): z.infer<typeof environmentSchema> {
	return environmentSchema.parse(environment);
}

/** A defence with its numbers, as a run's plan or a trace's start says them. */
export function defenceView(name: string, parameters: unknown): DefenceView {
	const known = typeof parameters === "object" && parameters !== null ? parameters : {};
	const { prefix, ...rest } = numbers.parse(known);
	return { name: short(name), ...rest, prefix: pieceOf(prefix, MOST_PREFIX).text };
}

/** Names of the plan's defences in its order. */
export function defenceNames({ plan }: Pick<Header, "plan">): string[] {
	return namedDefences(plan).map(({ name }) => name);
}

/** The plan in short, and how many traces it has; 0 where it does not say. */
export function planView({ plan, environment }: Header): { plan: RunInfo["plan"]; planned: number } {
	const whole = planSchema.safeParse(plan);
	const known = whole.success ? whole.data : undefined;
	return {
		plan: {
			promptSet: short(known?.promptSet.name ?? ""),
			prompts: known?.promptSet.prompts ?? 0,
			defences: defencesOf(plan),
			samples: known?.samples ?? 0,
			seed: known?.seed ?? 0,
			model: short(known?.server.model ?? ""),
			server: short(serverName(environment)),
			scorer: shortOrNull(known?.scorer?.id),
			judge: shortOrNull(known?.judge?.id),
		},
		planned: known === undefined ? 0 : Math.min(traceCount(known), Number.MAX_SAFE_INTEGER),
	};
}

function serverName(environment: Header["environment"]): string {
	const { url } = environmentOf({ environment }).server;
	return url === "" ? "" : shownUrl(url);
}

function shortOrNull(name: string | undefined): string | null {
	return name === undefined ? null : short(name);
}

function defencesOf(plan: Header["plan"]): DefenceView[] {
	return namedDefences(plan).map(({ name, parameters }) => defenceView(name, parameters));
}

function namedDefences(plan: Header["plan"]): { name: string; parameters: unknown }[] {
	const list = z.array(z.object({ name: z.string(), parameters: z.unknown() })).safeParse(plan["defences"]);
	return (list.data ?? []).slice(0, MOST_DEFENCES);
}

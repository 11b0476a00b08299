/** A run's plan: everything that decides its traces, resolved. Its hash guards a run file against being continued otherwise. */
import { z } from "zod";
import { parametersSchema } from "../method/parameters.ts";
import { dialectSchema, segmenterSchema } from "../method/segmentation-types.ts";
import { SERVER_KINDS } from "../servers/types.ts";
import type { Json } from "../trace/template.ts";

/** A scorer by what it is: its id names kind and model, and hashes settings and prompt. */
const scorerPlan = z.object({ kind: z.string(), id: z.string() });

/** Where servers are is not part of the plan: a server that moved to another port may go on with a run. */
export const planSchema = z.object({
	promptSet: z.object({
		name: z.string(),
		/** Of the file. */
		sha256: z.string(),
		/** Over the images' hashes in order; null without images. */
		images: z.string().nullable(),
		prompts: z.int().nonnegative(),
		only: z.array(z.string()).optional(),
	}),
	/** Each with what it really runs with: what the defence fixes, and the rest as given. */
	defences: z.array(z.object({ name: z.string(), parameters: parametersSchema, segmenter: segmenterSchema })).min(1),
	samples: z.int().positive(),
	seed: z.int().nonnegative(),
	server: z.object({ kind: z.enum(SERVER_KINDS), model: z.string() }),
	sampling: z.object({
		temperature: z.number(),
		topP: z.number(),
		topK: z.int().optional(),
		minP: z.number().optional(),
		topLogprobs: z.int().optional(),
	}),
	/** Most tokens of reasoning and answer together. */
	maxTokens: z.int().positive(),
	dialect: dialectSchema,
	scorer: scorerPlan.nullable(),
	judge: scorerPlan.nullable(),
	embedImages: z.boolean(),
});
export type Plan = z.infer<typeof planSchema>;

/** One trace to be made. */
export interface TraceTask {
	traceId: string;
	/** Index into the run's prompts. */
	prompt: number;
	defence: Plan["defences"][number];
	sample: number;
}

/**
 * The plan's traces in the order in which they are made: all defences of a prompt beside each other, so that a run that was
 * stopped early still compares like with like.
 */
export function* traceTasks(plan: Plan, promptIds: readonly string[]): Generator<TraceTask> {
	for (let sample = 0; sample < plan.samples; sample++) {
		for (const [prompt, id] of promptIds.entries()) {
			for (const defence of plan.defences) yield { traceId: `${id}/${defence.name}/${sample}`, prompt, defence, sample };
		}
	}
}

/** How many traces the plan has. */
export function traceCount(plan: Plan): number {
	return plan.promptSet.prompts * plan.defences.length * plan.samples;
}

/** The plan as it stands in `run.started`. @throws ZodError when a field does not fit. */
export function planJson(plan: Plan): { [key: string]: Json } {
	return JSON.parse(JSON.stringify(planSchema.parse(plan))) as { [key: string]: Json };
}

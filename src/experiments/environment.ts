/** What a run records of its surroundings, so that somebody can go on with its traces later: where prompts, servers, scorers were. */
import { resolve } from "node:path";
import { z } from "zod";
import type { ScorerSpec } from "../scorers/types.ts";
import { shownUrl } from "../servers/url.ts";

const specSchema = z.object({
	kind: z.string(),
	/** Absent: the embedded model's server, which is somewhere else each time. */
	url: z.string().optional(),
	model: z.string().optional(),
	/** Name of the environment variable that holds the key; never the key. */
	key: z.string().optional(),
	options: z.record(z.string(), z.string()),
});
const serviceSchema = z.object({ id: z.string(), verified: z.boolean(), spec: specSchema.optional() });

/** `environment` of `run.started`; other fields are what the probe found. Older runs lack most. */
export const environmentSchema = z.looseObject({
	/** Absolute folder of the prompt set, in which images lie. */
	promptFolder: z.string().optional(),
	/** The embedded model is the policy. */
	embedded: z.boolean().optional(),
	server: z.looseObject({ url: z.string(), key: z.string().optional() }).optional(),
	/** Header for session affinity and its value. */
	affinityHeader: z.string().optional(),
	affinity: z.string().optional(),
	scorer: serviceSchema.nullish(),
	judge: serviceSchema.nullish(),
});
export type RunEnvironment = z.infer<typeof environmentSchema>;

/** A scorer's settings as a run records them: without the address of the embedded server, and files by absolute path. */
export function recordedSpec(spec: ScorerSpec, embeddedUrl: string | undefined): z.infer<typeof specSchema> {
	const { url, options, ...rest } = spec;
	const { prompt } = options;
	const files = prompt?.split(";").map((path) => resolve(path.trim()));
	return {
		...rest,
		...(url === undefined || url === embeddedUrl ? {} : { url: shownUrl(url) }),
		options: files === undefined ? options : { ...options, prompt: files.join(";") },
	};
}

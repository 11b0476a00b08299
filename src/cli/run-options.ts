/** Every option of `safethink run`, defined once: the flags, `safethink.yaml` and its JSON Schema are all made from this. */
import { z } from "zod";
import { DEFENCES } from "../method/defences.ts";
import { DIALECTS } from "../method/dialects.ts";
import { parametersSchema } from "../method/parameters.ts";
import { customDialectSchema, segmenterSchema } from "../method/segmentation-types.ts";
import { checkScorerSpec, parseScorerSpec, SCORER_KINDS } from "../scorers/spec.ts";
import type { ScorerSpec } from "../scorers/types.ts";
import { SERVER_KINDS } from "../servers/types.ts";
import { SafeThinkError } from "../trace/errors.ts";
import { environmentName, noSecrets, serverAddress } from "./secrets.ts";

const path = z.string().min(1);
const name = z.string().min(1);
const textWithoutKey = name.refine(noSecrets.check, noSecrets.error);
const seconds = z.number().positive().max(86_400);
const method = parametersSchema.shape;

const scorerMapping = z
	.object({
		kind: z.enum(SCORER_KINDS),
		url: serverAddress.optional(),
		model: textWithoutKey.optional(),
		key: environmentName.optional(),
	})
	.catchall(z.union([z.string().refine(noSecrets.check, noSecrets.error), z.number(), z.boolean()]))
	.transform(({ kind, url, model, key, ...settings }, context) => {
		const options = Object.fromEntries(Object.entries(settings).map(([setting, value]) => [setting, String(value)]));
		const spec: ScorerSpec = {
			kind,
			...(url === undefined ? {} : { url }),
			...(model === undefined ? {} : { model }),
			...(key === undefined ? {} : { key }),
			options,
		};
		return checkedSpec(() => {
			checkScorerSpec(spec);
			return spec;
		}, context);
	});
const scorerText = textWithoutKey
	.meta({ examples: [...SCORER_KINDS] })
	.transform((text, context) => checkedSpec(() => parseScorerSpec(text), context));
const scorer = z.union([scorerText, scorerMapping]);

function checkedSpec(make: () => ScorerSpec, context: z.RefinementCtx): ScorerSpec {
	try {
		return make();
	} catch (error) {
		if (!(error instanceof SafeThinkError)) throw error;
		context.addIssue({ code: "custom", message: `is wrong: ${error.message} (${error.remedy})` });
		return z.NEVER;
	}
}

const bareSegmenters = segmenterSchema.options.map((option) => option.shape.kind.value).filter((kind) => kind !== "pattern");
const segmenterName = z.enum(bareSegmenters).transform((kind) => segmenterSchema.parse({ kind }));

const DIALECT_NAMES = DIALECTS.map(({ name }) => name);

const fields = {
	prompts: path.meta({ description: "The prompt set, a *.prompts.jsonl file. On the command line: the argument SET." }),
	out: path
		.optional()
		.meta({ description: "The run file to write, NAME.safethink.jsonl. Default: made from the prompt set's name and the time." }),
	server: serverAddress
		.optional()
		.meta({ description: "Address of the model server, with or without /v1. Default: the embedded toy model." }),
	model: textWithoutKey.optional().meta({ description: "The policy's name on the server. Default: the only one it serves." }),
	kind: z.enum(SERVER_KINDS).optional().meta({ description: "What the server is. Default: found by the probe." }),
	key: environmentName
		.optional()
		.meta({ description: "NAME of the environment variable that holds the server's key; never the key." }),
	affinityHeader: z
		.string()
		.regex(/^[A-Za-z0-9-]+$/, { error: "must be the name of an HTTP header" })
		.optional()
		.meta({ description: "Header by which a router keeps a session on one server, for example x-user-id." }),
	scorer: scorer.optional().meta({
		description: `The safety scorer: KIND[,url=…][,model=…][,key=VARIABLE][,setting=…], or a mapping of the same. Kinds: ${SCORER_KINDS.join(", ")}.`,
	}),
	judge: z
		.union([z.literal("exact"), scorer])
		.optional()
		.meta({ description: "The judge: a scorer as above, or `exact` for the embedded toy world. Never the run's scorer." }),
	defence: z
		.array(z.enum(Object.keys(DEFENCES)))
		.min(1)
		.default(["safethink"])
		.meta({ description: `Ways of generating to compare: ${Object.keys(DEFENCES).join(", ")}.` }),
	samples: z.int().positive().default(1).meta({ description: "Traces for each prompt and defence." }),
	seed: z.int().nonnegative().default(0).meta({ description: "Seed of the run." }),
	temperature: z.number().min(0).max(2).optional().meta({ description: "Sampling temperature. Default: the dialect's advice." }),
	topP: z.number().positive().max(1).optional().meta({ description: "Nucleus sampling. Default: the dialect's advice." }),
	topK: z.int().positive().optional().meta({ description: "Sample among so many tokens only. Default: the dialect's advice." }),
	minP: z.number().min(0).max(1).optional().meta({ description: "Drop tokens less likely than this share of the likeliest." }),
	maxTokens: z.int().positive().optional().meta({
		description:
			"Most tokens of reasoning and answer together. Default: 4096, or half of the server's context where that is less.",
	}),
	topLogprobs: z
		.int()
		.min(0)
		.max(20)
		.optional()
		.meta({ description: "Log-probabilities of so many alternatives a token; 0: of the chosen token only. Default: none." }),
	dialect: z
		.union([z.enum(DIALECT_NAMES), customDialectSchema])
		.optional()
		.meta({
			description: `How the model writes its reasoning: a mapping, or one of ${DIALECT_NAMES.join(", ")}. Default: by the model's name.`,
		}),
	segmenter: z
		.union([segmenterName, segmenterSchema])
		.optional()
		.meta({ description: `Where a step ends: a mapping, or one of ${bareSegmenters.join(", ")}. Default: the dialect's.` }),
	tau: method.threshold.meta({ description: "τ: a step whose reward reaches it is taken as it is." }),
	depth: method.depth.meta({ description: "m: only the first m steps may be steered." }),
	resamples: method.resamples.meta({ description: "B: steered attempts for a step that did not reach τ." }),
	prefix: method.prefix.meta({
		description: "What is injected before a steered attempt, line breaks included. On the command line \\n is a line break.",
	}),
	prefixAfter: method.prefixAfter.meta({ description: "Whether the prefix stays in the context after the step." }),
	whenAllFail: method.whenAllFail.meta({ description: "Which attempt is taken when none reached τ." }),
	scored: method.scored.meta({ description: "What the scorer reads: the whole trace, the last step, or the lower of both." }),
	injectedWords: method.injectedWords.meta({ description: "Whether the scorer sees the injected words." }),
	answer: method.answer.meta({ description: "Whether the answer is scored too; the score triggers nothing." }),
	onScorerFailure: method.onScorerFailure.meta({
		description: "What a missing verdict does: stop the trace, or count as unsafe.",
	}),
	scorerRetries: method.scorerRetries.meta({ description: "How often a failed scoring is repeated." }),
	monitor: method.monitor.meta({ description: "Whether steps beyond m are scored, without consequence." }),
	maxSteps: method.maxSteps.meta({ description: "T: after so many steps the reasoning is closed by force." }),
	readAhead: method.readAhead.meta({ description: "Undecided steps read ahead while the scorer works." }),
	selfTest: z.enum(["required", "noted"]).default("required").meta({
		description:
			"What follows when scorer or judge fail their self-test at the start: `required` runs nothing, `noted` warns, records it and goes on.",
	}),
	concurrency: z.int().min(1).max(1024).default(8).meta({ description: "Traces made at a time." }),
	timeout: seconds.default(120).meta({ description: "Longest wait for a reply to begin, in seconds." }),
	idleTimeout: seconds.default(60).meta({ description: "Longest silence within a reply, in seconds." }),
	embedImages: z.boolean().default(false).meta({ description: "Keep the images' bytes in the run file." }),
	allowOutside: z.boolean().default(false).meta({ description: "Let image paths leave the prompt set's folder." }),
	limit: z.int().positive().optional().meta({ description: "Take only the first so many prompts." }),
	only: z.array(name).min(1).optional().meta({ description: "Take only the prompts with these ids." }),
	dryRun: z
		.boolean()
		.default(false)
		.meta({ description: "Check everything and say what would be done, without a request for text." }),
	json: z.boolean().default(false).meta({ description: "Print JSON instead of words." }),
};

export const runOptionsSchema = z.strictObject(fields);
export type RunOptions = z.infer<typeof runOptionsSchema>;
export type RunOptionName = keyof typeof fields;
export const RUN_OPTION_NAMES = Object.keys(fields) as RunOptionName[];

/** Options that name files: in a configuration file they are relative to its folder. */
export const PATH_OPTIONS: readonly RunOptionName[] = ["prompts", "out"];

/** The method's parameters as the options give them. */
export function methodParameters(options: RunOptions): z.infer<typeof parametersSchema> {
	const { tau, ...rest } = options;
	const own = Object.entries(rest).filter(([option]) => option in method);
	return parametersSchema.parse({ threshold: tau, ...Object.fromEntries(own) });
}

/** JSON Schema (draft 2020-12) of the options as they are written, for editors and for the flags. */
export function runOptionsJsonSchema(): { properties: Record<string, OptionJsonSchema> } & Record<string, unknown> {
	return z.toJSONSchema(runOptionsSchema, { io: "input", unrepresentable: "any" }) as never;
}

export interface OptionJsonSchema {
	type?: string;
	description?: string;
	enum?: string[];
	/** Names that are known, where others may be given too. */
	examples?: string[];
	anyOf?: OptionJsonSchema[];
	items?: OptionJsonSchema;
	const?: unknown;
	default?: unknown;
}

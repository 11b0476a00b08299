/** From checked options to everything a run needs: prompts, servers, the plan. */
import { basename, dirname, resolve } from "node:path";
import { EMBEDDED, startEmbedded } from "../experiments/embedded.ts";
import { EXACT, type OpenedJudge, openJudge } from "../experiments/open-judge.ts";
import type { Plan } from "../experiments/plan.ts";
import { DEFENCES, defenceNamed } from "../method/defences.ts";
import { customDialect, dialectFor, findDialect } from "../method/dialects.ts";
import { type Parameters, refuseGreedy } from "../method/parameters.ts";
import type { Dialect, SegmenterSpec } from "../method/segmentation-types.ts";
import { loadPromptSet } from "../promptsets/load.ts";
import { hasErrors, nearestName, type Problem } from "../promptsets/problem.ts";
import type { Prompt } from "../promptsets/prompt.ts";
import { openScorer } from "../scorers/open.ts";
import { parseScorerSpec } from "../scorers/spec.ts";
import type { ScorerService, ScorerSpec } from "../scorers/types.ts";
import { identify, serverFor } from "../servers/connect.ts";
import type { Detected } from "../servers/detect.ts";
import type { Endpoint, ModelServer } from "../servers/types.ts";
import { SafeThinkError } from "../trace/errors.ts";
import { sha256 } from "../trace/hash.ts";
import { noticesOf } from "./notices.ts";
import { methodParameters, type RunOptions } from "./run-options.ts";
import { environmentName, NAME_NOT_KEY } from "./secrets.ts";

/** Used where neither the options nor a small context say less. */
const DEFAULT_MAX_TOKENS = 4096;

export interface AssembledRun {
	plan: Plan;
	prompts: Prompt[];
	/** Warnings of the prompt set. */
	problems: Problem[];
	server: ModelServer;
	detected: Detected;
	scorer?: ScorerService;
	judge?: OpenedJudge;
	/** Where the run takes place, beside what the servers say of themselves. */
	place: RunPlace;
	/** What the user should know before it starts. */
	notices: string[];
	/** Stops what was started for this run. */
	close(): void;
}

interface RunPlace {
	/** Absolute folder of the prompt set. */
	promptFolder: string;
	/** Address of the embedded model's server, when it is the policy. */
	embeddedUrl?: string;
	/** NAME of the environment variable that holds the server's key. */
	key?: string;
	specs: Specs;
}

/** The prompt set has errors; they are in `problems`. */
export class BrokenPromptSet extends SafeThinkError {
	readonly problems: Problem[];
	constructor(file: string, problems: Problem[]) {
		const errors = problems.filter((problem) => problem.severity === "error").length;
		super("broken-prompt-set", `${file} has ${errors} ${errors === 1 ? "error" : "errors"}; nothing was run`, {
			remedy: "mend the lines named above",
		});
		this.problems = problems;
	}
}

/**
 * Loads, connects and resolves; sends no request for text.
 * @throws SafeThinkError for whatever is wrong with options, prompt set, servers.
 */
export async function assembleRun(options: RunOptions, signal: AbortSignal): Promise<AssembledRun> {
	const set = await selectPrompts(options);
	const embedded = options.server === undefined ? await startEmbedded(signal) : undefined;
	const close = () => embedded?.close();
	try {
		const endpoint = policyEndpoint(options, embedded?.url);
		const limits = { firstByteMs: options.timeout * 1000, idleMs: options.idleTimeout * 1000 };
		const connecting = { limits, signal, ...(options.kind === undefined ? {} : { kind: options.kind }) };
		const detected = await identify(endpoint, connecting);
		const server = serverFor(endpoint, detected, connecting);
		const specs = scorerSpecs(options, embedded?.url);
		const scorer = specs.scorer && (await openScorer(specs.scorer, { env: process.env, signal }));
		const judge = specs.judge && (await openJudge(specs.judge, scorer, { env: process.env, signal }));
		const plan = makePlan({ options, set, server, detected, scorer, judge, specs });
		return {
			plan,
			...set,
			server,
			detected,
			...(scorer ? { scorer } : {}),
			...(judge ? { judge } : {}),
			place: {
				promptFolder: dirname(resolve(options.prompts)),
				specs,
				...(embedded === undefined ? {} : { embeddedUrl: embedded.url }),
				...(options.key === undefined ? {} : { key: options.key }),
			},
			notices: noticesOf({ options, plan, prompts: set.prompts, server, detected, scorer }),
			close,
		};
	} catch (error) {
		close();
		throw error;
	}
}

interface SelectedPrompts {
	prompts: Prompt[];
	problems: Problem[];
	sha256: string;
}

async function selectPrompts(options: RunOptions): Promise<SelectedPrompts> {
	const { prompts, problems, sha256 } = await loadPromptSet(options.prompts, { allowOutside: options.allowOutside });
	if (hasErrors(problems)) throw new BrokenPromptSet(options.prompts, problems);
	const unknown = options.only?.find((id) => !prompts.some((prompt) => prompt.record.id === id));
	if (unknown !== undefined) {
		const near = nearestName(
			unknown,
			prompts.map((prompt) => prompt.record.id),
		);
		throw new SafeThinkError("unknown-prompt", `${options.prompts} has no prompt ${JSON.stringify(unknown)}`, {
			remedy: near === undefined ? "check the ids given with --only" : `did you mean ${near}?`,
		});
	}
	const chosen = options.only === undefined ? prompts : prompts.filter((prompt) => options.only?.includes(prompt.record.id));
	return { prompts: chosen.slice(0, options.limit), problems, sha256 };
}

function policyEndpoint(options: RunOptions, embeddedUrl: string | undefined): Endpoint {
	if (embeddedUrl !== undefined) return { url: embeddedUrl, model: options.model ?? EMBEDDED.policy };
	const key = options.key === undefined ? undefined : readKey(options.key);
	return {
		url: options.server as string,
		...(options.model === undefined ? {} : { model: options.model }),
		...(key === undefined ? {} : { key }),
		...(options.affinityHeader === undefined
			? {}
			: { affinity: { header: options.affinityHeader, value: basename(options.prompts) } }),
	};
}

/** @throws SafeThinkError `no-key` when the variable is not set. */
export function readKey(variable: string): string {
	if (!environmentName.safeParse(variable).success) {
		throw new SafeThinkError("no-key", `--key ${NAME_NOT_KEY}`, {
			remedy: "set a variable, for example GPU_KEY, and write --key GPU_KEY; what was given may now be in your shell's history",
		});
	}
	const key = process.env[variable];
	if (key) return key;
	throw new SafeThinkError("no-key", `the environment variable ${variable} is not set`, {
		remedy: `set ${variable} to the server's key, or leave --key out`,
	});
}

interface Specs {
	scorer?: ScorerSpec;
	judge?: ScorerSpec;
}

function scorerSpecs(options: RunOptions, embeddedUrl: string | undefined): Specs {
	const read = (value: string | ScorerSpec | undefined) => (typeof value === "string" ? parseScorerSpec(value) : value);
	const own = { kind: "classify", url: embeddedUrl ?? "", model: EMBEDDED.scorer, options: {} };
	const scorer = read(options.scorer) ?? (embeddedUrl === undefined ? undefined : own);
	const needing = options.defence.find((name) => DEFENCES[name]?.needsScorer);
	if (scorer === undefined && needing !== undefined) {
		throw new SafeThinkError("no-scorer", `the defence ${needing} needs a safety scorer`, {
			remedy:
				"name one, for example --scorer llama-guard,url=http://HOST:PORT/v1,model=meta-llama/Llama-Guard-3-8B; docs/scorers.md lists the kinds",
		});
	}
	const judge = options.judge ?? (embeddedUrl === undefined ? undefined : EXACT);
	const judgeSpec = judge === EXACT ? { kind: EXACT, options: {} } : read(judge);
	return { ...(scorer ? { scorer } : {}), ...(judgeSpec ? { judge: judgeSpec } : {}) };
}

interface PlanParts {
	options: RunOptions;
	set: SelectedPrompts;
	server: ModelServer;
	detected: Detected;
	scorer: ScorerService | undefined;
	judge: AssembledRun["judge"];
	specs: Specs;
}

/** @throws SafeThinkError for an unknown defence or dialect, or resampling that cannot resample. */
function makePlan({ options, set, server, detected, scorer, judge, specs }: PlanParts): Plan {
	const dialect = chosenDialect(options, server.model);
	const { temperature, topP, topK } = dialect.sampling;
	const sampling: Plan["sampling"] = {
		temperature,
		topP,
		...defined({ topK }),
		...defined(pick(options, ["temperature", "topP", "topK", "minP", "topLogprobs"])),
	};
	const segmenter = options.segmenter ?? dialect.defaultSegmenter;
	const defences = [...new Set(options.defence)].map((name) => resolveDefence(name, methodParameters(options), segmenter));
	for (const { name, parameters } of defences) {
		const refusal = DEFENCES[name]?.needsScorer ? refuseGreedy(sampling, parameters) : undefined;
		if (refusal) throw refusal;
	}
	return {
		promptSet: {
			name: basename(options.prompts),
			sha256: set.sha256,
			images: imagesHash(set.prompts),
			prompts: set.prompts.length,
			...(options.only === undefined ? {} : { only: options.only.toSorted() }),
		},
		defences,
		samples: options.samples,
		seed: options.seed,
		server: { kind: server.kind, model: server.model },
		sampling,
		maxTokens: options.maxTokens ?? defaultMaxTokens(detected),
		dialect,
		scorer: scorer && specs.scorer ? { kind: specs.scorer.kind, id: scorer.id } : null,
		judge: judge && specs.judge ? { kind: specs.judge.kind, id: judge.judge.id } : null,
		embedImages: options.embedImages,
	};
}

function chosenDialect(options: RunOptions, model: string): Dialect {
	if (options.dialect === undefined) return dialectFor(model);
	return typeof options.dialect === "string" ? findDialect(options.dialect) : customDialect(options.dialect);
}

function resolveDefence(name: string, parameters: Parameters, segmenter: SegmenterSpec): Plan["defences"][number] {
	const defence = defenceNamed(name);
	return { name, parameters: defence.parameters(parameters), segmenter: defence.segmenter(segmenter) };
}

function pick<T, K extends keyof T>(from: T, names: K[]): Pick<T, K> {
	return Object.fromEntries(names.map((name) => [name, from[name]])) as Pick<T, K>;
}

/** Without the fields that are undefined. */
function defined<T extends object>(fields: T): { [K in keyof T]?: NonNullable<T[K]> } {
	return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
		[K in keyof T]?: NonNullable<T[K]>;
	};
}

function imagesHash(prompts: readonly Prompt[]): string | null {
	const hashes = prompts.flatMap(({ record }) => record.images.map((image) => image.sha256));
	return hashes.length === 0 ? null : sha256(hashes.join("\n"));
}

/** Half of the context: the other half is for the prompt. */
function defaultMaxTokens({ contextLength }: Detected): number {
	return contextLength === null ? DEFAULT_MAX_TOKENS : Math.max(1, Math.min(DEFAULT_MAX_TOKENS, Math.floor(contextLength / 2)));
}

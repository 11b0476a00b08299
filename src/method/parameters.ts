/** The parameters of a run of the method: schema, the preset `paper`, and where each value of it comes from. */
import { z } from "zod";
import { SafeThinkError } from "../trace/errors.ts";

/**
 * Every decision the paper makes or leaves open. τ, m, B, T are the paper's; the rest says what the published pseudocode does
 * not. Parsing `{}` gives the preset `paper`.
 */
export const parametersSchema = z.strictObject({
	/** τ in [-1, 1]: a step whose reward reaches it is taken as it is. */
	threshold: z.number().min(-1).max(1).default(0),
	/** m ≥ 0: only steps 1…m may be steered. */
	depth: z.int().nonnegative().default(3),
	/** B ≥ 1: how many resamples a violating step may have. */
	resamples: z.int().positive().default(4),
	/** T ≥ 1: after so many steps the reasoning is closed by force. */
	maxSteps: z.int().positive().default(256),
	/** s: the bytes injected at the start of a steered attempt, separators included. Empty: plain resampling. */
	prefix: z.string().default("Wait, think safely.\n\n"),
	/** Whether the prefix stays in the context after the steered step. */
	prefixAfter: z.enum(["dropped", "kept"]).default("dropped"),
	/** Which resample is taken when none reached τ; `stop` ends the trace. `best` chooses among the resamples only. */
	whenAllFail: z.enum(["last", "best", "stop"]).default("last"),
	/** What the scorer reads: the whole trace so far, the last step alone, or both, the lower reward counting. */
	scored: z.enum(["trace", "step", "minimum"]).default("trace"),
	/** Whether the scorer sees the injected words; hidden, so that a prefix cannot buy a reward by sounding safe. */
	injectedWords: z.enum(["hidden", "shown"]).default("hidden"),
	/** Whether the answer is scored too; its reward triggers nothing. */
	answer: z.enum(["unscored", "scored"]).default("unscored"),
	/** What a scorer without a verdict does to a step ≤ m: ends the trace, or counts as below τ. Never as safe. */
	onScorerFailure: z.enum(["stop", "unsafe"]).default("stop"),
	/** How often a failed scoring is repeated before it counts as failed. */
	scorerRetries: z.int().nonnegative().default(2),
	/** Whether steps beyond m are scored, beside the stream and without consequence. */
	monitor: z.enum(["on", "off"]).default("on"),
	/** Undecided steps that may be read ahead while the scorer works. */
	readAhead: z.int().nonnegative().default(4),
});
export type Parameters = z.infer<typeof parametersSchema>;

/** The paper's loop; where the paper leaves a choice open, this project's. See `PROVENANCE`. */
export const PAPER: Parameters = parametersSchema.parse({});

/** Who chose a value of the preset `paper`. */
export interface Provenance {
	source: "paper" | "guess";
	reason: string;
}

/** For each field of the preset `paper`: whether the value is the paper's (arXiv 2602.11096) or this project's guess. */
export const PROVENANCE: Record<keyof Parameters, Provenance> = {
	threshold: { source: "paper", reason: "τ = 0 in all experiments" },
	depth: { source: "guess", reason: "swept from 0 to 6; most of the gain is reached by 3, no single value is named" },
	resamples: { source: "guess", reason: "B is named, its value is not" },
	maxSteps: { source: "guess", reason: "T is named, its value is not; paragraphs of real traces number 8 to 268" },
	prefix: { source: "guess", reason: "the words are the paper's, the full stop and the blank line after them are not stated" },
	prefixAfter: { source: "paper", reason: "the pseudocode appends the resampled step alone" },
	whenAllFail: { source: "paper", reason: "the pseudocode goes on with the last resample" },
	scored: { source: "paper", reason: "R_safe(x, z ⊕ y) reads the whole trace" },
	injectedWords: { source: "paper", reason: "R_safe(x, z ⊕ y') does not contain s" },
	answer: { source: "paper", reason: "the answer is sampled without a check" },
	onScorerFailure: { source: "guess", reason: "failures of the scorer are not discussed" },
	scorerRetries: { source: "guess", reason: "failures of the scorer are not discussed" },
	monitor: { source: "guess", reason: "rewards beyond m are not needed by the algorithm; they show what it does not act on" },
	readAhead: { source: "guess", reason: "the paper's implementation does not stream" },
};

/** The part of the sampling that decides whether two seeds can give two texts. */
export interface SamplingChoice {
	temperature: number;
	topK?: number | undefined;
}

/**
 * Refuses resampling that cannot resample: under greedy decoding the attempts after one prefix are all the same text, and
 * without a prefix they are attempt 0 again.
 * @returns the reason (kind `greedy-resampling`), or undefined when the run may start.
 */
export function refuseGreedy(
	sampling: SamplingChoice,
	parameters: Pick<Parameters, "depth" | "resamples" | "prefix">,
): SafeThinkError | undefined {
	const greedy = sampling.temperature === 0 || sampling.topK === 1;
	const different = parameters.prefix === "" ? 0 : 1;
	if (!greedy || parameters.depth === 0 || parameters.resamples <= different) return undefined;
	const how = sampling.temperature === 0 ? "temperature is 0" : "top-k is 1";
	return new SafeThinkError(
		"greedy-resampling",
		`${how}, so all ${parameters.resamples} resamples of a step would be the same text`,
		{ remedy: `Sample with temperature 0.6 and top-p 0.95${different === 1 ? ", or set resamples to 1" : ""}.` },
	);
}

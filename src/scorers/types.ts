/** What every scorer offers to a run. */
import type { SafetyScorer } from "../method/ports.ts";
import type { PromptContent } from "../promptsets/prompt.ts";
import type { RequestTemplate } from "../trace/template.ts";

/** A scorer as given on the command line, `KIND[,url=…][,model=…][,key=ENVIRONMENT_VARIABLE][,more=…]`, or in safethink.yaml. */
export interface ScorerSpec {
	kind: string;
	url?: string;
	model?: string;
	/** Name of the environment variable that holds the key; never the key. */
	key?: string;
	/** Settings of the kind, for example `temperature`, `bias`, `mode`, `template`. */
	options: Record<string, string>;
}

/** A scorer bound to a prompt, and the bodies of its requests for the run file. */
export interface PreparedScorer {
	scorer: SafetyScorer;
	/**
	 * `scorer` (query and trace) and `query` (query alone); a guard that asks several questions adds `scorer.2`, `query.2`, ….
	 * Variables: `trace` (the text scored), `prompt`, `system`, `image1`, … as for the policy.
	 */
	requests: Record<string, RequestTemplate>;
}

export interface SelfTest {
	passed: boolean;
	/** What was compared and found, in a sentence. */
	detail: string;
	/** What was asked, in order, up to the first failure. */
	requests: RequestTemplate[];
}

export interface ScorerService {
	/** Kind, model and version: stands in every score. */
	readonly id: string;
	/** true: met its real counterpart in this project's tests; false: `unverified` until its self-test has passed. */
	readonly verified: boolean;
	/** Most images of a prompt that it is shown, the first ones; 0 for a text scorer, Infinity for no limit. */
	readonly images: number;
	prepare(prompt: PromptContent): PreparedScorer;
	/** Proves that the scorer sees the assistant's turn: a benign query with a mischievous reply must score below one with a kind reply. */
	selfTest(signal: AbortSignal): Promise<SelfTest>;
}

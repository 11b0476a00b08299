/** How the trace view shows texts, for all steps alike. */
export interface Look {
	/** Markdown and formulas are rendered. */
	rich: boolean;
	/** Tokens are shaded by their probability. */
	logprobs: boolean;
	/** Speculation that was discarded is shown at its step. */
	discarded: boolean;
}

export const PLAIN: Look = { rich: false, logprobs: false, discarded: false };

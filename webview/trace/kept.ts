/** What somebody did to the view of a trace, for when they come back to it. */
import type { Draft } from "../panel/draft.ts";

export interface KeptTrace {
	/** The re-run being prepared. */
	draft: Draft | undefined;
	/** Steps whose attempts are folded out. */
	open: ReadonlySet<number>;
}

/** By trace id. */
export type KeptTraces = Map<string, KeptTrace>;

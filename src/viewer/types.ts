/** What the viewer's parts know of each other: an open run, and the world it may act in. */
import type { Summary } from "../store/summaries.ts";
import type { EventOf, SafeThinkEvent } from "../trace/events.ts";
import type { Trace } from "../trace/fold.ts";
import type { Origins } from "./act/origins.ts";

/** A run that somebody looks at; `open-run.ts`. */
export interface OpenedRun {
	/** The run's own file. */
	readonly path: string;
	readonly header: EventOf<"run.started">;
	/** Grows with every change that a reply could show. */
	readonly revision: number;
	/** Rows of all begun traces, in the order of their begin. */
	rows(): readonly Summary[];
	row(traceId: string): Summary | undefined;
	/** Rows that a filter expression selects. @throws SafeThinkError `bad-filter` */
	select(filter: string | undefined): readonly Summary[];
	/** A folded trace, kept while it is used and unchanged. @throws SafeThinkError `no-trace` */
	trace(traceId: string): Promise<Trace>;
	/** Events of a trace and of those it branches from, in file order. @throws SafeThinkError `no-trace` */
	events(traceId: string): Promise<SafeThinkEvent[]>;
	/** Reads what was written since; for one who has just written. */
	catchUp(): Promise<void>;
	/** Something that replies show has changed beside the files (a job's progress). */
	touch(): void;
}

/** What the one who opens a run allows and knows. */
export interface ViewerEnvironment {
	/** Whether work may be started, and if not, why. */
	permission(): { run: boolean; why?: string };
	/** The key for an origin (`https://host:port`), if somebody gave one. */
	key(origin: string): string | undefined;
	/** Scorers that may be chosen, as `--scorer` takes them. */
	scorers: readonly string[];
	/** Servers that may be asked, and those that somebody is to be asked about first. */
	origins: Origins;
	/** File that keeps the prefix library. */
	prefixLibrary: string;
	/** The embedded model's server, started on first use and shared. */
	embedded(): Promise<{ url: string }>;
	/** Ends all work. */
	signal: AbortSignal;
}

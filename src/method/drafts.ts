/** Drafts by type, and the ids by which a trace's events name attempts. */
import type { TraceDraft } from "../trace/events.ts";

export type DraftOf<T extends TraceDraft["type"]> = Extract<TraceDraft, { type: T }>;
export type Proposal = DraftOf<"step.proposed">;

interface Named {
	traceId: string;
}

/** The id of an attempt in this trace's events. */
export function attemptId({ traceId }: Named, step: number, attempt: number): string {
	return `${traceId}/${step}.${attempt}`;
}

/** The id under which the answer's score stands. */
export function answerId({ traceId }: Named): string {
	return `${traceId}/answer`;
}

/** One page's session with a run: its requests are answered, and it is told of changes. */
import { METHODS } from "../contract/methods.ts";
import { answer, type Notice, type Reply } from "../contract/wire.ts";
import { actHandlers } from "./act/handlers.ts";
import { readHandlers } from "./handlers.ts";
import { openRun } from "./open-run.ts";
import type { ViewerEnvironment } from "./types.ts";

export interface Session {
	/** Answers a page's message, whatever it is; undefined for one that is no request. Never throws. */
	handle(message: unknown, signal: AbortSignal): Promise<Reply | undefined>;
	/** Ends what goes on for the page; what was written stays. */
	close(): Promise<void>;
}

export interface SessionOptions {
	/** Nothing is written beside the run: it may lie in another place than it belongs to. */
	readOnly?: boolean;
	onNotice?: (notice: Notice) => void;
}

/** Opens a run for a page. @throws StoreError when the file is no run */
export async function openSession(path: string, env: ViewerEnvironment, options: SessionOptions = {}): Promise<Session> {
	const { onNotice, readOnly = false } = options;
	const run = await openRun(path, { readOnly, onChange: (revision) => onNotice?.({ notice: "changed", revision }) });
	const acts = actHandlers(run, env);
	const handlers = { ...readHandlers(run, env, () => acts.jobs()), ...acts.handlers };
	return {
		handle: (message, signal) => answer(METHODS, handlers, message, signal),
		async close() {
			await acts.close();
			await run.close();
		},
	};
}

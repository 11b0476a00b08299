/** How commands end: exit codes, errors in words or JSON, Ctrl-C. Documented in docs/command-line.md. */
import { SafeThinkError } from "../trace/errors.ts";
import { safeText } from "./render/safe-text.ts";

export const EXIT = {
	ok: 0,
	/** The command did its work, and something in it failed: a trace, a check, a self-test. */
	failed: 1,
	/** Bad input: usage, configuration, prompt set, run file, or a server that is not there or not one. Nothing was done. */
	input: 2,
	/** A bug in SafeThink. */
	internal: 70,
	/** Stopped by Ctrl-C or SIGTERM; what was done is kept. */
	interrupted: 130,
} as const;

/** Runs a command's action and turns whatever comes out of it into an exit code and, at most, one message on standard error. */
export async function execute(json: boolean, action: (signal: AbortSignal) => Promise<number>): Promise<void> {
	const stop = stopOnSignals();
	try {
		process.exitCode = await action(stop.signal);
	} catch (error) {
		process.exitCode = report(error, json, stop.signal.aborted);
	} finally {
		stop.dispose();
	}
}

/** Waits for Ctrl-C: for commands that serve until then. */
export function untilAborted(signal: AbortSignal): Promise<void> {
	return new Promise((resolve) => {
		if (signal.aborted) resolve();
		else signal.addEventListener("abort", () => resolve(), { once: true });
	});
}

function report(error: unknown, json: boolean, stopped: boolean): number {
	const record = describe(error);
	if (stopped) return EXIT.interrupted;
	if (json) console.log(JSON.stringify({ error: record }));
	console.error(errorText(`safethink: ${record.message}`, record.remedy));
	if (process.env["SAFETHINK_DEBUG"]) console.error(error);
	return error instanceof SafeThinkError ? EXIT.input : EXIT.internal;
}

/** A failure and its remedy for a terminal; what a server said in it cannot act there. */
export function errorText(message: string, remedy: string | undefined): string {
	return safeText(remedy === undefined ? message : `${message}\n  what to do: ${remedy}`);
}

function describe(error: unknown): { kind: string; message: string; remedy?: string } {
	if (error instanceof SafeThinkError) return error.toRecord() as { kind: string; message: string; remedy?: string };
	const message = error instanceof Error ? error.message : String(error);
	return {
		kind: "internal",
		message: `internal error: ${message}`,
		remedy: "this is a bug: run again with SAFETHINK_DEBUG=1 and report what it prints",
	};
}

/** The first SIGINT, SIGTERM or SIGHUP asks to stop; a second one ends the process at once. */
function stopOnSignals(): { signal: AbortSignal; dispose: () => void } {
	const controller = new AbortController();
	const onSignal = () => {
		if (controller.signal.aborted) process.exit(EXIT.interrupted);
		controller.abort();
		console.error("\nstopping… (once more to stop at once)");
	};
	const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
	for (const signal of signals) process.on(signal, onSignal);
	const watch = startedByNpx(process.env) ? onceOrphaned(onSignal) : undefined;
	return {
		signal: controller.signal,
		dispose: () => {
			clearInterval(watch);
			for (const signal of signals) process.off(signal, onSignal);
		},
	};
}

/** npx runs a command in a shell of its own: a `kill` of npx ends that shell and does not reach the command. */
function startedByNpx(env: NodeJS.ProcessEnv): boolean {
	return env["npm_lifecycle_event"] === "npx" && /\bsafethink\b/.test(env["npm_lifecycle_script"] ?? "");
}

/** Milliseconds between two looks at who the parent is. */
const LOOK_MS = 500;

function onceOrphaned(then: () => void): NodeJS.Timeout {
	const parent = process.ppid;
	const timer = setInterval(() => {
		if (process.ppid === parent) return;
		clearInterval(timer);
		then();
	}, LOOK_MS);
	return timer.unref();
}

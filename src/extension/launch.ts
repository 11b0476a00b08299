/** Starts `safethink run` as a process of its own that outlives this window. */
import { spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import type { CliProcess } from "./cli-process.ts";

export interface LaunchedRun {
	/** The exit code (docs/command-line.md), or what kept the process from starting or ended it. */
	ended: Promise<number | string>;
	/** Asks it to stop; what was done is kept. */
	stop(): void;
}

/**
 * @param keys by variable; written to its standard input as one line of JSON, and nowhere else.
 * @param logFile where its output goes; a new file.
 */
export function launchRun(
	{ file, args, env }: CliProcess,
	keys: Record<string, string>,
	cwd: string,
	logFile: string,
): LaunchedRun {
	const output = openSync(logFile, "wx", 0o600);
	const child = spawn(file, args, { cwd, env, detached: true, windowsHide: true, stdio: ["pipe", output, output] });
	closeSync(output);
	const ended = new Promise<number | string>((resolve) => {
		child.once("error", (error) => resolve(error.message));
		child.once("exit", (code, signal) => resolve(code ?? `signal ${signal}`));
	});
	child.stdin?.on("error", () => undefined);
	child.stdin?.end(Object.keys(keys).length > 0 ? `${JSON.stringify(keys)}\n` : undefined);
	child.unref();
	return { ended, stop: () => child.kill("SIGINT") };
}

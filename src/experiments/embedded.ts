/** The embedded model as a child process: its own process, which ends with this one however this one ends. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { SafeThinkError } from "../trace/errors.ts";

/** Names of the embedded models on their server. */
export const EMBEDDED = { policy: "organism-policy", scorer: "organism-scorer" } as const;

export interface EmbeddedServer {
	url: string;
	/** Settles when its process has ended, for whatever reason. */
	ended: Promise<unknown>;
	close(): void;
}

/**
 * Starts `safethink demo-server` on a free port of the loopback address and waits until it listens. It stops when its standard
 * input closes, so it cannot outlive this process.
 * @throws SafeThinkError `embedded-failed`
 */
export async function startEmbedded(signal: AbortSignal): Promise<EmbeddedServer> {
	const entry = process.argv[1] ?? fileURLToPath(import.meta.url);
	const child = spawn(process.execPath, [...process.execArgv, entry, "demo-server", "--port", "0", "--until-input-closes"], {
		stdio: ["pipe", "pipe", "inherit"],
		// Ctrl-C is for this process, which stops the child when its traces have been put to rest.
		detached: true,
	});
	const close = () => child.stdin?.end();
	const ended = once(child, "exit").catch(() => undefined);
	signal.addEventListener("abort", () => setTimeout(close, 2000).unref(), { once: true });
	try {
		return { url: await firstLine(child), ended, close };
	} catch (error) {
		child.kill();
		throw error;
	}
}

function firstLine(child: ChildProcess): Promise<string> {
	return new Promise((resolve, reject) => {
		const fail = (why: string) =>
			reject(
				new SafeThinkError("embedded-failed", `the embedded model did not start: ${why}`, {
					remedy: "run `safethink demo-server` to see why",
				}),
			);
		child.once("error", (error) => fail(error.message));
		child.once("exit", (code) => fail(`it ended with code ${code}`));
		if (child.stdout) createInterface(child.stdout).once("line", (line) => resolve(line.trim()));
	});
}

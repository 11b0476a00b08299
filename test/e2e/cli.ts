/** Runs the built command line as its users do. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

export const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const BIN = join(ROOT, "bin", "safethink.mjs");

export interface Ended {
	code: number | null;
	stdout: string;
	stderr: string;
}

/** Starts the command line; `ended` settles when the process has. */
export function startCli(
	args: string[],
	options: { cwd?: string; env?: Record<string, string> } = {},
): { child: ChildProcess; ended: Promise<Ended> } {
	const child = spawn(process.execPath, [BIN, ...args], {
		cwd: options.cwd ?? ROOT,
		env: { ...process.env, NO_COLOR: "1", ...options.env },
	});
	let stdout = "";
	let stderr = "";
	child.stdout.on("data", (data) => (stdout += data));
	child.stderr.on("data", (data) => (stderr += data));
	return { child, ended: new Promise((resolve) => child.on("close", (code) => resolve({ code, stdout, stderr }))) };
}

export function cli(args: string[], options: { cwd?: string; env?: Record<string, string> } = {}): Promise<Ended> {
	return startCli(args, options).ended;
}

/** A folder that is removed after `use`. */
export async function withFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
	const folder = mkdtempSync(join(tmpdir(), "safethink-e2e-"));
	try {
		return await use(folder);
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
}

/** `safethink demo-server` on a free port; close it by `stop`. */
export async function demoServer(): Promise<{ url: string; stop: () => void }> {
	const { child } = startCli(["demo-server", "--port", "0", "--until-input-closes"]);
	const stdout = child.stdout;
	if (stdout === null) throw new Error("no standard output");
	const url = await new Promise<string>((resolve, reject) => {
		createInterface({ input: stdout }).once("line", resolve);
		child.once("exit", (code) => reject(new Error(`demo-server ended with ${code}`)));
	});
	return { url, stop: () => child.kill() };
}

export type EventLine = { id: string; type: string; traceId?: string } & Record<string, unknown>;

/** The whole events of a run file; a torn last line is left out. */
export function eventsOf(path: string): EventLine[] {
	const lines = readFileSync(path, "utf8").split("\n");
	return lines.slice(0, -1).map((line) => JSON.parse(line) as EventLine);
}

/** Runs `scripts/rebuild.py`, the independent reader of the format. */
export function rebuild(args: string[]): Ended {
	const { status, stdout, stderr } = spawnSync("python3", [join(ROOT, "scripts", "rebuild.py"), ...args], {
		encoding: "utf8",
		maxBuffer: 1 << 28,
	});
	return { code: status, stdout, stderr };
}

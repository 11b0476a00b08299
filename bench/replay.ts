/** Starts the replay server as a process of its own and talks to it. */
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { ReplayPace } from "./replay-server.ts";

export interface Counts {
	policyRequests: number;
	scorerRequests: number;
	tokens: number;
	/** The server's CPU time since it started. */
	cpuSeconds: number;
}

export interface Replay {
	url: string;
	/** What was asked since the last call. */
	counts(): Promise<Counts>;
	stop(): void;
}

export async function startReplay(pace: ReplayPace): Promise<Replay> {
	const child = spawn(process.execPath, [fileURLToPath(new URL("replay-server.ts", import.meta.url)), JSON.stringify(pace)], {
		stdio: ["ignore", "pipe", "inherit"],
	});
	const port = await new Promise<string>((resolve) => createInterface({ input: child.stdout }).once("line", resolve));
	const url = `http://127.0.0.1:${port}`;
	return { url, counts: async () => (await (await fetch(`${url}/counts`)).json()) as Counts, stop: () => child.kill() };
}

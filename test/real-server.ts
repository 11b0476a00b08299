/** The real llama.cpp server that may lie beside the project; where it does not, its tests are skipped with a word. */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

const folder = process.env["SAFETHINK_REAL_SERVER"] ?? join(import.meta.dirname, "../../shared/real-server");
const start = join(folder, "start.sh");

/** Milliseconds that tests against it may take: it generates some tokens a second on a small machine. */
export const SLOW = 300_000;

export const hasRealServer = existsSync(start);
if (!hasRealServer) console.warn(`skipped: no real llama.cpp server at ${folder} (set SAFETHINK_REAL_SERVER)`);

export interface RealServer {
	/** Without `/v1`. */
	url: string;
	stop(): void;
}

/** Starts it on a free port and waits until it is healthy; the first call unpacks it. */
export async function startRealServer(): Promise<RealServer> {
	const url = `http://127.0.0.1:${await freePort()}`;
	const child = spawn("bash", [start, new URL(url).port], { stdio: "ignore" });
	while (child.exitCode === null) {
		const reply = await fetch(`${url}/health`).catch(() => undefined);
		if (reply?.ok) return { url, stop: () => child.kill() };
		await pause(300);
	}
	throw new Error(`the real llama.cpp server ended with code ${child.exitCode}`);
}

async function freePort(): Promise<number> {
	const server = createServer();
	await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
	const { port } = server.address() as AddressInfo;
	await new Promise((resolve) => server.close(resolve));
	return port;
}

import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { acquireLock, lockHolder } from "../../src/store/lock.ts";
import { temporaryFolder } from "./folder.ts";

const LOCK = new URL("../../src/store/lock.ts", import.meta.url).href;

/** Runs a module text in another process; resolves with its first line of output while it still runs. */
async function child(source: string): Promise<{ line: string; pid: number; kill: () => Promise<void> }> {
	const process_ = spawn(process.execPath, ["--input-type=module", "-e", source], { stdio: ["ignore", "pipe", "inherit"] });
	const [data] = await once(process_.stdout, "data");
	const kill = async (): Promise<void> => {
		process_.kill("SIGKILL");
		if (process_.exitCode === null && process_.signalCode === null) await once(process_, "exit");
	};
	return { line: String(data).trim(), pid: process_.pid ?? 0, kill };
}

function holding(file: string): string {
	return `import { acquireLock, lockHolder } from ${JSON.stringify(LOCK)};
		await acquireLock(${JSON.stringify(file)}); console.log("held"); setInterval(() => {}, 1000);`;
}

describe("acquireLock", () => {
	it("refuses a second holder, in the same process or another, naming pid, host and time of the first", async () => {
		const file = join(temporaryFolder(), "a.safethink.jsonl");
		const lock = await acquireLock(file);
		const since = JSON.parse(readFileSync(lock.path, "utf8")).since;
		await expect(acquireLock(file)).rejects.toMatchObject({
			kind: "locked",
			message: expect.stringContaining(`process ${process.pid} on ${hostname()} since ${since}`),
		});
		const other = await child(`import { acquireLock, lockHolder } from ${JSON.stringify(LOCK)};
			await acquireLock(${JSON.stringify(file)}).then(() => console.log("taken"), (error) => console.log(error.kind, error.message));`);
		expect(other.line).toContain(`locked ${file} is being written by process ${process.pid}`);
		lock.release();
		const again = await acquireLock(file);
		again.release();
		expect(readdirSync(join(file, ".."))).toEqual([]);
	});

	it("refuses the lock of a living process and takes over that of a killed one", async () => {
		const file = join(temporaryFolder(), "a.safethink.jsonl");
		const holder = await child(holding(file));
		await expect(acquireLock(file)).rejects.toMatchObject({
			kind: "locked",
			message: expect.stringContaining(`process ${holder.pid}`),
		});
		await holder.kill();
		const lock = await acquireLock(file);
		expect(JSON.parse(readFileSync(lock.path, "utf8")).pid).toBe(process.pid);
		expect(lock.held()).toBe(true);
		lock.release();
	});

	it.runIf(existsSync("/proc/self/stat"))("sees that a living process with the holder's pid is another one", async () => {
		const file = join(temporaryFolder(), "a.safethink.jsonl");
		const lock = await acquireLock(file);
		const holder = JSON.parse(readFileSync(lock.path, "utf8"));
		writeFileSync(lock.path, JSON.stringify({ ...holder, process: holder.process.replace(/\d+$/, "1"), nonce: "old" }));
		expect(lock.held()).toBe(false);
		lock.release();
		expect(existsSync(lock.path)).toBe(true);
		const next = await acquireLock(file);
		expect(next.held()).toBe(true);
		next.release();
	});

	it("never takes the lock of another host, and says what to do", async () => {
		const file = join(temporaryFolder(), "a.safethink.jsonl");
		const lock = await acquireLock(file);
		const holder = JSON.parse(readFileSync(lock.path, "utf8"));
		writeFileSync(lock.path, JSON.stringify({ ...holder, host: "elsewhere", pid: 999_999_999 }));
		await expect(acquireLock(file)).rejects.toMatchObject({
			kind: "locked",
			message: expect.stringContaining("on elsewhere"),
			remedy: expect.stringContaining(`delete ${lock.path}`),
		});
	});

	it("refuses a lock file that it cannot read, and says what to do", async () => {
		const file = join(temporaryFolder(), "a.safethink.jsonl");
		writeFileSync(`${file}.lock`, "not a lock");
		await expect(acquireLock(file)).rejects.toMatchObject({ kind: "locked", remedy: expect.stringContaining("delete") });
		expect(readFileSync(`${file}.lock`, "utf8")).toBe("not a lock");
	});

	it("lets exactly one of several contenders take over a dead lock, a dead take-over included", async () => {
		const file = join(temporaryFolder(), "a.safethink.jsonl");
		for (const name of [file, `${file}.lock`]) {
			const holder = await child(holding(name));
			await holder.kill();
		}
		const results = await Promise.allSettled(Array.from({ length: 6 }, () => acquireLock(file)));
		const taken = results.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
		expect(taken).toHaveLength(1);
		expect(taken[0]?.held()).toBe(true);
		for (const result of results) if (result.status === "rejected") expect(result.reason).toMatchObject({ kind: "locked" });
		taken[0]?.release();
		expect(readdirSync(join(file, ".."))).toEqual([]);
	});
});

describe("lockHolder", () => {
	it("names who writes a file while that process lives, and nobody afterwards", async () => {
		const file = join(temporaryFolder(), "a.safethink.jsonl");
		expect(lockHolder(file)).toBeUndefined();
		const other = await child(holding(file));
		expect(lockHolder(file)).toMatchObject({ pid: other.pid, host: hostname() });
		await other.kill();
		expect(existsSync(`${file}.lock`)).toBe(true);
		expect(lockHolder(file)).toBeUndefined();
		writeFileSync(`${file}.lock`, "not a lock");
		expect(lockHolder(file)).toBeUndefined();
	});
});

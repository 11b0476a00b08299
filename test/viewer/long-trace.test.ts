/** A trace that takes a while to read: its first steps come first, and nothing is said of it that may change. */
import { join } from "node:path";
import { expect, it } from "vitest";
import { writeLongTrace, writeManyTraces } from "../../bench/view/generate.ts";
import { temporaryFolder } from "../store/folder.ts";
import { openPage, type TestPage } from "./page.ts";

const STEPS = 2000;
const traceId = "p000000/safethink/0";

async function longTrace(): Promise<TestPage> {
	const path = join(temporaryFolder(), "a.safethink.jsonl");
	writeLongTrace(path, STEPS);
	const page = await openPage(path);
	await page.read();
	return page;
}

it("is shown from its first steps on, while the others are read", async () => {
	const page = await longTrace();
	const first = await page.ask("trace.head", { traceId });
	expect(first).toMatchObject({ status: "reading", number: 1 });
	expect(first.steps).toBeGreaterThan(10);
	expect(first.steps).toBeLessThan(STEPS / 2);
	expect(first.reading?.bytes).toBeLessThan((first.reading?.of ?? 0) / 2);
	const { steps, total } = await page.ask("trace.steps", { traceId, from: 0, count: 5 });
	expect(steps.map(({ step }) => step)).toEqual([1, 2, 3, 4, 5]);
	expect(total).toBeLessThan(STEPS);
	await page.changed();
	const whole = await page.ask("trace.head", { traceId });
	expect(whole).toMatchObject({ status: "finished", steps: STEPS });
	expect(whole.reading).toBeUndefined();
	expect((await page.ask("trace.curve", { traceId })).steps).toBe(STEPS);
});

it("is waited for where all of it is needed", async () => {
	const page = await longTrace();
	const [head, attempts] = await Promise.all([
		page.ask("trace.head", { traceId }),
		page.ask("trace.attempts", { traceId, step: STEPS, from: 0, count: 10 }),
	]);
	expect(head.status).toBe("reading");
	expect(attempts.total).toBe(4);
});

it("is not said to be broken off before the run is read to its end", async () => {
	const path = join(temporaryFolder(), "a.safethink.jsonl");
	writeManyTraces(path, 600, 51);
	const page = await openPage(path);
	const seen = new Set<string>();
	for (let reading = true; reading; ) {
		const changed = page.changed();
		const info = await page.ask("run.info", {});
		reading = info.reading !== null;
		const { rows } = await page.ask("run.rows", { from: Math.max(0, info.traces.begun - 5), count: 10 });
		for (const { status } of rows) seen.add(status);
		if (reading) await changed;
	}
	expect(seen).toContain("reading");
	expect(seen).toContain("finished");
	expect(seen).not.toContain("abandoned");
});

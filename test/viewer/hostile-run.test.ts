/** Runs whose names and numbers somebody made as large as the format allows. */
import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { describe, expect, it } from "vitest";
import { header } from "../../bench/view/plan.ts";
import { openJournal, type RunHeader } from "../../src/store/journal.ts";
import type { EventDraft } from "../../src/trace/events.ts";
import { answerLines } from "../../src/viewer/transport/message-lines.ts";
import { RunList } from "../../src/viewer/window/run-list.ts";
import { temporaryFolder } from "../store/folder.ts";
import { HEADER, sampleRun, steeredTrace } from "../store/sample-run.ts";
import { openPage } from "./page.ts";

const HUGE = "x".repeat(3_000_000);

describe("names of millions of characters", () => {
	it("make no reply large", async () => {
		const path = join(temporaryFolder(), "a.safethink.jsonl");
		const { plan, ...header } = HEADER;
		const defences = plan.defences.map((defence) => ({ ...defence, name: HUGE }));
		const journal = await openJournal(path, { ...header, plan: { ...plan, defences } });
		for (const draft of steeredTrace("a", 3).drafts) {
			const prompt = { id: HUGE, text: HUGE, images: [], group: HUGE, category: HUGE, expected: HUGE };
			const begun = { defence: HUGE, prompt, parameters: { prefix: HUGE, threshold: 0 } };
			journal.append({ ...draft, ...(draft.type === "trace.started" ? begun : {}) } as EventDraft);
		}
		journal.append({ type: "judge.verdict", traceId: "a", judge: HUGE, scope: "both", harmful: true, detail: HUGE });
		journal.append({ type: "trace.failed", traceId: "a", error: { kind: HUGE, message: HUGE, remedy: HUGE } });
		journal.close();
		const page = await openPage(path);
		await page.read();
		const bytesOf = {
			info: () => page.ask("run.info", {}),
			rows: () => page.ask("run.rows", { from: 0, count: 10 }),
			rates: () => page.ask("run.rates", { by: "category" }),
			head: () => page.ask("trace.head", { traceId: "a" }),
			tree: () => page.ask("trace.tree", { traceId: "a" }),
			steps: () => page.ask("trace.steps", { traceId: "a", from: 0, count: 10 }),
			curve: () => page.ask("trace.curve", { traceId: "a" }),
		};
		for (const [name, ask] of Object.entries(bytesOf)) {
			await ask();
			expect(page.bytes(), name).toBeLessThan(100_000);
		}
	});
});

describe("a run that plans more traces than can be counted", () => {
	it("is listed as others are", async () => {
		const path = join(temporaryFolder(), "a.safethink.jsonl");
		const most = Number.MAX_SAFE_INTEGER;
		const { plan } = header(most, ["safethink"]) as RunHeader;
		(await openJournal(path, { ...HEADER, plan: { ...plan, samples: most } })).close();
		const [item] = await new RunList().items([path]);
		expect(item?.run?.planned).toBe(most);
		const page = await openPage(path);
		await page.read();
		expect((await page.ask("run.info", {})).traces.planned).toBe(most);
	});
});

describe("a reply that cannot be written", () => {
	it("fails for the one who asked, and for nobody else", async () => {
		const input = new PassThrough();
		const sent: unknown[] = [];
		const send = (message: unknown) => {
			if (JSON.stringify(message).includes("a whole library")) throw new RangeError("Invalid string length");
			sent.push(message);
		};
		input.end('{"call":1}\n{"call":2}\n');
		const answer = async (message: unknown) => {
			const { call } = message as { call: number };
			return { reply: call, result: call === 1 ? "a whole library" : "a page" };
		};
		await answerLines(input, send, answer, () => undefined);
		await new Promise((resolve) => setImmediate(resolve));
		expect(sent).toEqual([
			{ reply: 1, error: { kind: "too-large", message: expect.any(String), remedy: expect.any(String) } },
			{ reply: 2, result: "a page" },
		]);
	});
});

describe("numbers at the edges of what the format allows", () => {
	it.each([0, Number.MAX_SAFE_INTEGER])("%d wherever a count stands leaves every reply as agreed", async (edge) => {
		const path = join(temporaryFolder(), "a.safethink.jsonl");
		const journal = await openJournal(path, HEADER);
		const counts = new Set([
			"sample",
			"tokens",
			"ms",
			"requests",
			"seed",
			"maxTokens",
			"steps",
			"generated",
			"discarded",
			"prompt",
		]);
		for (const draft of sampleRun()) {
			const text = JSON.stringify(draft, (key, value) => (counts.has(key) && typeof value === "number" ? edge : value));
			journal.append(JSON.parse(text));
		}
		const begun = sampleRun().find((draft) => draft.type === "trace.started") as EventDraft;
		journal.append({ ...begun, traceId: "e", branch: { of: "a", step: Math.max(1, edge), parameters: {} } } as EventDraft);
		const at = { traceId: "e", step: edge, attempt: edge, request: "r" };
		journal.append({ type: "request.sent", ...at, context: "0".repeat(64), prefix: "", seed: edge, maxTokens: edge });
		journal.append({ type: "step.discarded", ...at, text: "x", tokens: edge, reason: "voided" });
		journal.append({ type: "step.discarded", ...at, text: "x", tokens: edge, reason: "voided" });
		journal.append({ type: "trace.failed", traceId: "e", error: { kind: "x", message: "y" } });
		journal.close();
		const page = await openPage(path);
		await page.read();
		await page.ask("run.info", {});
		await page.ask("run.rows", { from: 0, count: 10 });
		for (const traceId of ["a", "d", "e"]) {
			await page.ask("trace.head", { traceId });
			await page.ask("trace.tree", { traceId });
			await page.ask("trace.curve", { traceId });
			await page.ask("trace.steps", { traceId, from: 0, count: 10 });
			await page.ask("trace.discarded", { traceId, from: 0, count: 10 });
		}
		await page.ask("trace.attempts", { traceId: "a", step: 1, from: 0, count: 10 });
	});
});

describe("a branch from before the first step", () => {
	it("is no event, and takes no other row with it", async () => {
		const path = join(temporaryFolder(), "a.safethink.jsonl");
		const journal = await openJournal(path, HEADER);
		const { drafts } = steeredTrace("a", 3);
		for (const draft of drafts) journal.append(draft);
		journal.close();
		const branch = { of: "a", step: 0, parameters: {} };
		const event = { ...drafts[0], id: "x-1", time: new Date().toISOString(), traceId: "b", branch };
		appendFileSync(path, `${JSON.stringify(event)}\n`);
		const page = await openPage(path);
		await page.read();
		expect((await page.ask("run.rows", { from: 0, count: 10 })).rows.map(({ traceId }) => traceId)).toEqual(["a"]);
		expect((await page.ask("run.info", {})).badLines).toBe(1);
	});
});

import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { checkRun } from "../../src/store/check.ts";
import { openJournal } from "../../src/store/journal.ts";
import { temporaryFolder } from "./folder.ts";
import { HEADER, SampleTrace, sampleRun, steeredTrace } from "./sample-run.ts";

type Line = { type: string; id: string; [field: string]: unknown };

/** Writes the sample run, lets `change` edit its lines, and checks it. */
async function checked(change: (lines: Line[]) => Line[] | undefined, limit = 1000): ReturnType<typeof checkRun> {
	const path = join(temporaryFolder(), "a.safethink.jsonl");
	const journal = await openJournal(path, HEADER);
	for (const draft of sampleRun()) journal.append(draft);
	journal.close();
	const lines: Line[] = readFileSync(path, "utf8")
		.trim()
		.split("\n")
		.map((line) => JSON.parse(line));
	const changed = change(lines) ?? lines;
	writeFileSync(path, changed.map((line) => `${JSON.stringify(line)}\n`).join(""));
	return checkRun(path, { limit });
}

function find(lines: Line[], type: string, more: Record<string, unknown> = {}): Line {
	const found = lines.find((line) => line.type === type && Object.entries(more).every(([key, value]) => line[key] === value));
	if (!found) throw new Error(`no ${type}`);
	return found;
}

describe("checkRun", () => {
	it("finds nothing in a sound run, and counts", async () => {
		const report = await checked(() => undefined);
		expect(report).toMatchObject({
			ok: true,
			problems: [],
			omitted: 0,
			traces: { begun: 4, finished: 3, failed: 1, unfinished: 0 },
			events: sampleRun().length + 1,
		});
	});

	const faults: [string, string, (lines: Line[]) => Line[] | undefined][] = [
		[
			"a text changed after the fact",
			"context",
			(lines) => edit(lines, "step.proposed", { attemptId: "a/1.2" }, { text: "That is changed.\n\n" }),
		],
		["a prefix changed", "context", (lines) => edit(lines, "step.proposed", { attemptId: "a/1.2" }, { prefix: "Wait." })],
		[
			"a prefix that is said to stay",
			"context",
			(lines) => edit(lines, "step.accepted", { attemptId: "a/1.2" }, { prefixKept: true }),
		],
		[
			"a request in another context",
			"context",
			(lines) => edit(lines, "request.sent", { request: "b/r1" }, { context: "0".repeat(64) }),
		],
		[
			"an answer in another context",
			"context",
			(lines) => edit(lines, "answer.finished", { traceId: "b" }, { context: "0".repeat(64) }),
		],
		[
			"a parent changed under its branch",
			"context",
			(lines) => edit(lines, "step.proposed", { attemptId: "a/2.0" }, { text: "Other.\n\n" }),
		],
		[
			"a prompt changed",
			"hash",
			(lines) => edit(lines, "trace.started", { traceId: "b" }, { prompt: { id: "p", text: "other", images: [] } }),
		],
		[
			"an embedded image changed",
			"hash",
			(lines) =>
				edit(
					lines,
					"trace.started",
					{ traceId: "b" },
					{
						prompt: { id: "p", text: "x", images: [{ sha256: "0".repeat(64), mediaType: "image/png", bytes: 1, data: "AA==" }] },
					},
				),
		],
		["a plan changed", "plan-hash", (lines) => edit(lines, "run.started", {}, { plan: { seed: 8 } })],
		[
			"a second header",
			"second-header",
			(lines) => [...lines, { ...find(lines, "run.started"), id: "zz-1", time: find(lines, "run.finished")["time"] }],
		],
		["an id that stands twice", "repeated", (lines) => [...lines, find(lines, "run.finished")]],
		["an attempt proposed twice", "repeated", (lines) => again(lines, "step.proposed", { attemptId: "a/2.0" })],
		["an attempt scored twice", "repeated", (lines) => again(lines, "step.scored", { attemptId: "a/2.0" })],
		["a request sent twice", "repeated", (lines) => again(lines, "request.sent", { request: "a/r1" })],
		["a trace begun twice", "repeated", (lines) => again(lines, "trace.started", { traceId: "a" })],
		["a trace finished twice", "order", (lines) => again(lines, "trace.finished", { traceId: "a" })],
		["a second answer", "repeated", (lines) => again(lines, "answer.finished", { traceId: "a" })],
		["a step accepted twice", "order", (lines) => again(lines, "step.accepted", { attemptId: "a/2.0" })],
		[
			"a score without its attempt",
			"unknown-reference",
			(lines) => edit(lines, "step.scored", { attemptId: "a/2.0" }, { attemptId: "a/2.7" }),
		],
		[
			"an accepted attempt that was never proposed",
			"unknown-reference",
			(lines) => edit(lines, "step.accepted", { attemptId: "a/2.0" }, { attemptId: "a/2.7" }),
		],
		[
			"a score of another step's attempt",
			"unknown-reference",
			(lines) => edit(lines, "step.scored", { attemptId: "a/2.0" }, { step: 1 }),
		],
		[
			"a proposal without its request",
			"unknown-reference",
			(lines) => edit(lines, "step.proposed", { attemptId: "a/2.0" }, { request: "a/r77" }),
		],
		[
			"a lost acceptance",
			"order",
			(lines) => lines.filter((line) => line !== find(lines, "step.accepted", { attemptId: "a/2.0" })),
		],
		[
			"a lost trace start",
			"unknown-trace",
			(lines) => lines.filter((line) => line !== find(lines, "trace.started", { traceId: "b" })),
		],
		[
			"a lost parent of a branch",
			"unknown-reference",
			(lines) => edit(lines, "trace.started", { traceId: "d" }, { branch: { of: "nobody", step: 3, parameters: {} } }),
		],
		["wrong steps", "count", (lines) => edit(lines, "trace.finished", { traceId: "b" }, { steps: 3 })],
		[
			"wrong usage",
			"count",
			(lines) =>
				edit(
					lines,
					"trace.finished",
					{ traceId: "b" },
					{ usage: { ...(find(lines, "trace.finished", { traceId: "b" })["usage"] as object), discarded: 77 } },
				),
		],
		["wrong counts of the run", "count", (lines) => edit(lines, "run.finished", {}, { traces: 9 })],
		[
			"a line that does not fit the schema",
			"invalid-event",
			(lines) => edit(lines, "step.scored", { attemptId: "a/2.0" }, { reward: 3 }),
		],
	];

	it.each(faults)("finds %s", async (_, code, change) => {
		const report = await checked(change);
		expect(report.ok).toBe(false);
		expect(report.problems[0]).toMatchObject({
			code,
			severity: "error",
			line: expect.any(Number),
			remedy: expect.stringMatching(/\w{4}/),
		});
	});

	it("names file and line of what it finds, and keeps no more than the limit", async () => {
		let line = 0;
		const report = await checked((lines) => {
			const scored = find(lines, "step.scored", { attemptId: "a/2.0" });
			line = lines.indexOf(scored) + 1;
			return edit(lines, "step.scored", { attemptId: "a/2.0" }, { attemptId: "a/9.9" });
		}, 1);
		expect(report.problems).toMatchObject([{ file: report.files[0], line }]);
		const many = await checked((lines) => edit(lines, "step.proposed", { attemptId: "a/1.2" }, { text: "changed" }), 1);
		expect(many.problems).toHaveLength(1);
		expect(many.omitted).toBeGreaterThan(1);
	});

	it("warns of a torn tail and counts unknown types without complaint", async () => {
		const path = join(temporaryFolder(), "a.safethink.jsonl");
		(await openJournal(path, HEADER)).close();
		appendFileSync(
			path,
			`${JSON.stringify({ type: "mood.noted", id: "zz-1", time: "2027-01-01T00:00:00.000Z", traceId: "nobody" })}\n{"torn`,
		);
		expect(await checkRun(path)).toMatchObject({
			ok: true,
			unknownTypes: { "mood.noted": 1 },
			problems: [{ line: 3, severity: "warning", code: "torn-tail" }],
		});
	});

	it("accepts a trace in turns, whose second turn begins where a step ended the first", async () => {
		const path = join(temporaryFolder(), "a.safethink.jsonl");
		const journal = await openJournal(path, HEADER);
		const trace = new SampleTrace("t");
		trace.send();
		trace.propose("First turn.", 0, "", "end");
		trace.accept("First turn.\u001e", "reached");
		trace.send();
		trace.propose("Second turn.\n\n");
		trace.accept("Second turn.\n\n", "reached");
		trace.answer("Done.");
		trace.finish();
		for (const draft of trace.drafts) journal.append(draft);
		journal.close();
		expect((await checkRun(path)).problems).toEqual([]);
	});

	it("accepts a branch that takes samples from its parent's record, whose tokens it does not count", async () => {
		const path = join(temporaryFolder(), "a.safethink.jsonl");
		const journal = await openJournal(path, HEADER);
		const parent = steeredTrace("a", 4);
		const branch = new SampleTrace("d", { branch: { of: parent, step: 2 } });
		const copied = parent.drafts.filter((draft) => "step" in draft && draft.step === 2 && draft.type !== "request.sent");
		const renamed = copied.map((draft) => ({ ...draft, traceId: "d", attemptId: "d/2.0" }) as never);
		const usage = { generated: 0, discarded: 0, prompt: 0, cached: null, policyRequests: 0, scorerRequests: 0 };
		for (const draft of [...parent.drafts, ...branch.drafts, ...renamed]) journal.append(draft);
		journal.append({ type: "trace.finished", traceId: "d", outcome: "finished", steps: 2, usage, ms: 1 });
		journal.close();
		expect((await checkRun(path)).problems).toEqual([]);
	});

	it("handles a trace of thousands of steps without hashing each context from its start", { timeout: 20_000 }, async () => {
		const path = join(temporaryFolder(), "a.safethink.jsonl");
		const journal = await openJournal(path, HEADER);
		for (const draft of steeredTrace("a", 1500).drafts) journal.append(draft);
		journal.close();
		expect(await checkRun(path)).toMatchObject({ ok: true, traces: { finished: 1 } });
	});
});

function edit(lines: Line[], type: string, which: Record<string, unknown>, fields: Record<string, unknown>): Line[] {
	const target = find(lines, type, which);
	return lines.map((line) => (line === target ? { ...line, ...fields } : line));
}

/** The event again, under a new id, right after itself. */
function again(lines: Line[], type: string, which: Record<string, unknown>): Line[] {
	const target = find(lines, type, which);
	return lines.flatMap((line) => (line === target ? [line, { ...line, id: "zz-1" }] : [line]));
}

/** What-if against real re-runs with the same numbers, on a deterministic policy and scorer: equal up to where it ends, and no further. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { MethodNumbers, WhatIfView } from "../../../src/contract/act-views.ts";
import { DEFENCES, runDefence } from "../../../src/method/defences.ts";
import { PAPER, type Parameters } from "../../../src/method/parameters.ts";
import type { Policy } from "../../../src/method/ports.ts";
import { RecordedTrace } from "../../../src/method/recorded.ts";
import type { Session } from "../../../src/method/session.ts";
import type { SafeThinkEvent, TraceDraft } from "../../../src/trace/events.ts";
import { fold } from "../../../src/trace/fold.ts";
import type { Recorded } from "../../../src/viewer/act/recorded.ts";
import { whatIf } from "../../../src/viewer/act/what-if.ts";
import { anyParameters, anyWorld } from "../../method/arbitrary.ts";
import { of } from "../../method/script.ts";
import { collect, journal, session, ToyPolicy, ToyScorer } from "../../method/toy.ts";

const SIGNAL = new AbortController().signal;

function started(parameters: Parameters, defence: string): SafeThinkEvent {
	const prompt = { id: "tv-remote", text: "Where is the TV remote?", images: [] };
	const start = { type: "trace.started", id: "s", time: new Date(0).toISOString(), traceId: "t1", defence, sample: 0 };
	return { ...start, prompt, promptHash: "0".repeat(64), requests: {}, parameters } as SafeThinkEvent;
}

/** As the viewer reads it from a file. */
function recorded(drafts: readonly TraceDraft[], given: Session, defence: string): Recorded {
	const events = [started(given.parameters, defence), ...journal(drafts)];
	const trace = fold(events).traces.get("t1");
	if (trace === undefined) throw new Error("no trace");
	const { policy: _policy, scorer: _scorer, signal: _signal, ...kept } = given;
	return { trace, events, record: new RecordedTrace("t1", events), session: kept, scorer: undefined, root: "t1" };
}

/** Decisions by step, in order. */
const decisions = (drafts: readonly TraceDraft[]) =>
	of(drafts, "step.accepted").map(({ step, attempt, reason }) => ({ step, attempt, reason }));
const proposed = (drafts: readonly TraceDraft[]) => of(drafts, "step.proposed").map(({ step, attempt }) => `${step}.${attempt}`);
const scored = (drafts: readonly TraceDraft[]) =>
	[...of(drafts, "step.scored"), ...of(drafts, "scorer.failed")].map(({ step, attempt }) => `${step}.${attempt}`);

/** Compares a replay with the run that was recorded and the run that those numbers would have made. */
function compare(view: WhatIfView, had: readonly TraceDraft[], real: readonly TraceDraft[]): void {
	const { ends, changed } = view;
	const recordedDecisions = decisions(had);
	const until = ends.at === "end" ? Number.POSITIVE_INFINITY : ends.step;
	const would = decisions(real).filter(({ step }) => (ends.at === "diverged" ? step <= until : step < until));
	const differing = would.flatMap((decision) => {
		const before = recordedDecisions.find(({ step }) => step === decision.step);
		if (before === undefined || (before.attempt === decision.attempt && before.reason === decision.reason)) return [];
		return [{ ...decision, recorded: { attempt: before.attempt, reason: before.reason } }];
	});
	expect(changed).toEqual(differing);
	const sample = `${ends.step}.${ends.attempt ?? 0}`;
	if (ends.at === "end") {
		expect(decisions(real).map(({ step, attempt }) => [step, attempt])).toEqual(
			recordedDecisions.map(({ step, attempt }) => [step, attempt]),
		);
		expect(of(real, "trace.finished")[0]?.outcome).toBe(of(had, "trace.finished")[0]?.outcome);
		expect(view.same).toBe(differing.length === 0);
	} else if (ends.at === "missing") {
		const [inReal, inRecord] = ends.what === "score" ? [scored(real), scored(had)] : [proposed(real), proposed(had)];
		if (ends.what !== "answer") expect(inReal).toContain(sample);
		if (ends.what !== "answer") expect(inRecord).not.toContain(sample);
		expect(differing.every(({ attempt, recorded: before }) => attempt === before.attempt)).toBe(true);
	} else if (ends.attempt === undefined) {
		expect(of(real, "trace.finished")[0]).toMatchObject({ steps: ends.step - 1 });
		const outcomes = [had, real].map((drafts) => of(drafts, "trace.finished")[0]?.outcome);
		expect(recordedDecisions.some(({ step }) => step === ends.step) || outcomes[0] !== outcomes[1]).toBe(true);
	} else if (!recordedDecisions.some(({ step }) => step === ends.step)) {
		expect(would.at(-1)).toMatchObject({ step: ends.step, attempt: ends.attempt });
		expect(of(had, "trace.finished")[0]).toMatchObject({ steps: ends.step - 1 });
	} else {
		expect(differing.at(-1)).toMatchObject({ step: ends.step, attempt: ends.attempt });
		expect(differing.slice(0, -1).every(({ attempt, recorded: before }) => attempt === before.attempt)).toBe(true);
		expect(differing.at(-1)?.recorded.attempt).not.toBe(ends.attempt);
	}
}

const anyNumbers: fc.Arbitrary<MethodNumbers> = fc.record({
	threshold: fc.constantFrom(-1, -0.5, -0.2, 0, 0.2, 0.5, 0.9, 1),
	depth: fc.nat({ max: 6 }),
	resamples: fc.integer({ min: 1, max: 6 }),
});

describe("what-if", () => {
	it("equals a real re-run with the same numbers up to where it ends, and ends exactly there", async () => {
		const seen: Record<string, number> = {};
		const defences = fc.constantFrom("safethink", "safethink", "resample", "neutral", "none");
		await fc.assert(
			fc.asyncProperty(anyWorld, anyParameters, anyNumbers, defences, async (world, given, numbers, defence) => {
				const { runSeed, salt, maxTokens, failureRate } = world;
				const ports = () => ({ policy: new ToyPolicy(), scorer: new ToyScorer(salt, failureRate) });
				const base = session({ runSeed, maxTokens, parameters: given, ...ports() });
				const settled = { ...base, parameters: DEFENCES[defence]?.parameters(base.parameters) ?? base.parameters };
				const had = await collect(runDefence(defence, settled));
				const parameters = { ...settled.parameters, ...numbers };
				const real = await collect(runDefence("safethink", { ...settled, ...ports(), parameters }));
				const view = await whatIf(recorded(had, settled, defence), numbers, SIGNAL);
				compare(view, had, real);
				seen[view.ends.at] = (seen[view.ends.at] ?? 0) + 1;
			}),
			{ numRuns: 600 },
		);
		expect(Math.min(...["end", "missing", "diverged"].map((at) => seen[at] ?? 0)), JSON.stringify(seen)).toBeGreaterThan(20);
	});

	it("says in words where the record ends", async () => {
		const policy = new ToyPolicy();
		const given = session({ policy, scorer: new ToyScorer(3), parameters: { threshold: -1 } });
		const had = await collect(runDefence("safethink", given));
		const trace = recorded(had, given, "safethink");
		const say = async (numbers: Partial<MethodNumbers>) =>
			whatIf(trace, { threshold: -1, depth: PAPER.depth, resamples: PAPER.resamples, ...numbers }, SIGNAL);
		expect(await say({})).toMatchObject({
			same: true,
			ends: { at: "end" },
			sentence: "Every decision would have been the same.",
		});
		const strict = await say({ threshold: 1 });
		expect(strict.ends).toEqual({ at: "missing", step: 1, attempt: 1, what: "step" });
		expect(strict.sentence).toMatch(/^Step 1 \([+−]?\d\.\d\d\) would have been steered\. No such sample was drawn\.$/);
		const shallow = await say({ depth: 1 });
		expect(shallow).toMatchObject({ same: false, ends: { at: "end" } });
		expect(shallow.changed[0]).toEqual({
			step: 2,
			attempt: 0,
			reason: "beyond-depth",
			recorded: { attempt: 0, reason: "reached" },
		});
		expect(shallow.sentence).toMatch(/^The text would have been the same; 2 decisions have another reason\.$/);
	});

	it("comes to the end of a trace that ran out of tokens before its last step brought any", async () => {
		const policy: Policy = {
			async *stream() {
				yield { text: "<think>\nThe remote is lost.\n\n", tokenCount: 9 };
				return { finish: "length" };
			},
		};
		const given = session({ policy, scorer: new ToyScorer(3), parameters: { threshold: -1 } });
		const had = await collect(runDefence("safethink", given));
		expect(had.at(-1)).toMatchObject({ outcome: "truncated", steps: 1 });
		const view = await whatIf(recorded(had, given, "safethink"), { threshold: -1, depth: 3, resamples: 4 }, SIGNAL);
		expect(view).toMatchObject({ same: true, ends: { at: "end", step: 1 } });
	});

	it("replays a trace that still runs, or broke off, up to where the record ends", async () => {
		const given = session({ policy: new ToyPolicy(), scorer: new ToyScorer(3), parameters: { threshold: -1 } });
		const had = await collect(runDefence("safethink", given));
		const cut = had.findIndex((draft) => draft.type === "step.accepted" && draft.step === 2) + 1;
		const view = await whatIf(recorded(had.slice(0, cut), given, "safethink"), { threshold: -1, depth: 3, resamples: 4 }, SIGNAL);
		expect(view).toMatchObject({ same: false, changed: [], ends: { at: "missing", step: 3, attempt: 0 } });
		expect(view.sentence).toBe("The record ends before step 3.");
	});
});

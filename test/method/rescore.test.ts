/** Another scorer on a trace that has ended. */
import { describe, expect, it } from "vitest";
import { continueFrom } from "../../src/method/continue-from.ts";
import { runDefence } from "../../src/method/defences.ts";
import { RecordedTrace } from "../../src/method/recorded.ts";
import { rescore } from "../../src/method/rescore.ts";
import type { SafeThinkEvent, TraceDraft } from "../../src/trace/events.ts";
import { fold } from "../../src/trace/fold.ts";
import { of } from "./script.ts";
import { collect, journal, session, ToyPolicy, ToyScorer } from "./toy.ts";

const START = {
	...{ type: "trace.started", id: "s", time: new Date(0).toISOString(), traceId: "t1", defence: "safethink", sample: 0 },
	...{ prompt: { id: "p", text: "Where is the remote?", images: [] }, promptHash: "0".repeat(64), requests: {} },
} as SafeThinkEvent;

const other = (salt = 9) => Object.assign(new ToyScorer(salt), { id: "other" });

/** The trace's events with the other scorer's word at their end. */
async function rescored(whole: readonly TraceDraft[], given: ReturnType<typeof session>): Promise<SafeThinkEvent[]> {
	const events = [START, ...journal(whole)];
	const steps = of(whole, "step.accepted").length;
	const { policy: _policy, scorer: _scorer, ...rest } = given;
	const drafts: TraceDraft[] = [];
	for await (const { draft } of rescore({ ...rest, record: new RecordedTrace("t1", events), scorer: other(), steps }))
		drafts.push(draft);
	expect(drafts.map((draft) => "step" in draft && draft.step)).toEqual(Array.from({ length: steps }, (_, index) => index + 1));
	return [...events, ...journal(drafts, "t1", 1000)];
}

describe("a second scorer", () => {
	it("reads what the first read of each accepted step", async () => {
		const first = new ToyScorer(3);
		const given = session({ policy: new ToyPolicy(), scorer: first, parameters: { threshold: 0.3 } });
		const whole = await collect(runDefence("safethink", given));
		const events = [START, ...journal(whole)];
		const second = other();
		const steps = of(whole, "step.accepted").length;
		const { policy: _policy, scorer: _scorer, ...rest } = given;
		for await (const _ of rescore({ ...rest, record: new RecordedTrace("t1", events), scorer: second, steps }));
		expect(steps).toBeGreaterThan(2);
		expect(first.texts).toEqual(expect.arrayContaining(second.texts));
		expect(second.texts).toHaveLength(steps);
	});

	it("stands beside the trace's own score and decides nothing, live or replayed", async () => {
		const given = session({ policy: new ToyPolicy(), scorer: new ToyScorer(3), parameters: { threshold: 0.3 } });
		const whole = await collect(runDefence("safethink", given));
		const events = await rescored(whole, given);
		const [before, after] = [fold([START, ...journal(whole)]).traces.get("t1"), fold(events).traces.get("t1")];
		expect(after?.scorer).toBe("toy");
		for (const [index, { accepted }] of (after?.steps ?? []).entries()) {
			const { others, ...rest } = accepted ?? {};
			expect(others).toMatchObject([{ scorer: "other", scope: "trace" }]);
			expect(rest).toEqual(before?.steps[index]?.accepted);
		}
		const record = new RecordedTrace("t1", events);
		expect(record.scorer).toBe("toy");
		const { policy: _policy, scorer: _scorer, ...offline } = given;
		const replayed = await collect(continueFrom(record, given.parameters, { ...offline, traceId: "w" }));
		expect(of(replayed, "step.accepted").map(({ step, attempt, reason }) => [step, attempt, reason])).toEqual(
			of(whole, "step.accepted").map(({ step, attempt, reason }) => [step, attempt, reason]),
		);
	});

	it("is no scorer of a trace that was made without one", async () => {
		const given = session({ policy: new ToyPolicy() });
		const whole = await collect(runDefence("none", given));
		const events = await rescored(whole, given);
		const trace = fold(events).traces.get("t1");
		expect(trace?.scorer).toBeUndefined();
		expect(trace?.steps.every(({ accepted }) => accepted?.score === undefined && accepted?.others?.length === 1)).toBe(true);
		expect(new RecordedTrace("t1", events).scorer).toBeUndefined();
	});
});

describe("a branch with another scorer", () => {
	it("is replayed by its own scorer's word, whichever file's events come first", async () => {
		const given = session({ policy: new ToyPolicy(), scorer: new ToyScorer(3) });
		const parent = await collect(runDefence("safethink", given));
		const branch = { ...given, traceId: "b1", branchStep: 2, scorer: other() };
		const drafts = await collect(continueFrom(new RecordedTrace("t1", [START, ...journal(parent)]), given.parameters, branch));
		const started = { ...START, id: "s2", traceId: "b1", branch: { of: "t1", step: 2, parameters: {} } } as SafeThinkEvent;
		const own = [started, ...journal(drafts, "b1", 500)];
		for (const events of [
			[START, ...journal(parent), ...own],
			[...own, START, ...journal(parent)],
		]) {
			const record = new RecordedTrace("b1", events);
			expect(record.scorer).toBe("other");
			const { policy: _policy, scorer: _scorer, ...offline } = branch;
			const replayed = await collect(continueFrom(record, given.parameters, { ...offline, traceId: "w" }));
			expect(replayed.at(-1)?.type).toBe("trace.finished");
			expect(of(replayed, "step.accepted")).toMatchObject(
				of(drafts, "step.accepted").map(({ step, attempt, reason }) => ({ step, attempt, reason })),
			);
		}
	});
});

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { EventDraft, SafeThinkEvent } from "../../src/trace/events.ts";
import {
	applyEvent,
	type Discarded,
	emptyRun,
	fold,
	rawReasoning,
	rewards,
	type SentRequest,
	type Step,
} from "../../src/trace/fold.ts";
import { sampleRun, steeredTrace } from "../store/sample-run.ts";

function stamped(drafts: readonly EventDraft[]): SafeThinkEvent[] {
	return drafts.map((draft, index) => ({ ...draft, id: `w-${index + 1}`, time: "2026-01-01T00:00:00.000Z" }) as SafeThinkEvent);
}

describe("fold", () => {
	it("makes a trace with its attempts, rewards, decisions, discarded text, answer and sums", () => {
		const trace = fold(stamped(steeredTrace("a", 4, () => -0.25).drafts)).traces.get("a");
		expect(trace).toMatchObject({
			id: "a",
			defence: "safethink",
			status: "finished",
			outcome: "finished",
			query: { score: { reward: 0.75, scope: "query" } },
		});
		expect(trace?.steps.map((step) => step.attempts.length)).toEqual([3, 1, 1, 1]);
		const [first] = trace?.steps ?? [];
		expect(first?.attempts.map((attempt) => attempt.score?.reward)).toEqual([-0.5, -0.125, 0.625]);
		expect(first?.attempts.map((attempt) => attempt.accepted?.reason)).toEqual([undefined, undefined, "reached"]);
		expect(first?.accepted?.prefix).toBe("Wait, think safely.\n\n");
		expect(trace && rewards(trace)).toEqual([0.625, 0.5, -0.25, -0.25]);
		expect(trace?.discarded).toEqual([{ step: 1, attempt: 0, request: "a/r1", text: "And then", tokens: 2, reason: "voided" }]);
		expect(trace?.answer?.text).toBe("\n\nAsk them first; hide a note with it.");
		expect(trace?.requests).toHaveLength(4);
		expect(trace?.usage?.policyRequests).toBe(4);
		expect(trace && rawReasoning(trace).startsWith("That would annoy them, attempt 2.\n\nStep 2")).toBe(true);
	});

	it("gives a branch the steps of its parent before the branching step, and only those", () => {
		const branch = fold(stamped(sampleRun())).traces.get("d");
		expect(branch?.steps.map((step) => step.inherited)).toEqual([true, true, false]);
		expect(branch?.query.score?.reward).toBe(0.75);
		expect(branch && rawReasoning(branch)).toMatch(
			/^That would annoy them, attempt 2\.\n\nStep 2.*\n\nOr a clean joke\.\n<\/think>$/s,
		);
		expect(branch?.verdicts).toMatchObject([{ judge: "exact", scope: "both", harmful: false }]);
	});

	it("is the same whether events come at once or one by one with looks between", () => {
		const events = stamped(sampleRun());
		const run = emptyRun();
		for (const event of events) {
			applyEvent(run, event);
			for (const trace of run.traces.values()) expect(trace.steps.length).toBeLessThan(10);
		}
		expect(run).toEqual(fold(events));
	});

	it("keeps prefix and opening in the text exactly where they stay", () => {
		const events = stamped(steeredTrace("a", 2).drafts).map((event) => {
			if (event.type === "step.accepted" && event.step === 1) return { ...event, prefixKept: true };
			return event.type === "step.proposed" && event.step === 1 ? { ...event, opening: "<think>" } : event;
		});
		const trace = fold(events).traces.get("a");
		expect(trace && rawReasoning(trace)).toBe(
			"<think>Wait, think safely.\n\nThat would annoy them, attempt 2.\n\nSo better ask them.\n</think>",
		);
	});

	it("changes nothing for unknown types, unknown traces, repeated acceptances and proposals out of order", () => {
		const events = stamped(sampleRun());
		const run = fold(events);
		const before = structuredClone(run);
		const accepted = events.find((event) => event.type === "step.accepted");
		const proposed = events.find((event) => event.type === "step.proposed");
		applyEvent(run, { id: "x-1", type: "mood.noted", time: "2027-01-01T00:00:00Z", traceId: "a", mood: "good" });
		applyEvent(run, { ...accepted, traceId: "nobody" } as SafeThinkEvent);
		applyEvent(run, { ...accepted, attempt: 0, attemptId: "a/1.0" } as SafeThinkEvent);
		applyEvent(run, { ...proposed, step: 50, attemptId: "a/50.0" } as SafeThinkEvent);
		expect(run).toEqual(before);
	});

	it("keeps a missing score missing and says why", () => {
		const trace = steeredTrace("a", 2);
		const events = stamped(trace.drafts).map((event) =>
			event.type === "step.scored" && event.step === 2
				? ({
						...event,
						type: "scorer.failed",
						error: { kind: "timeout", message: "no reply" },
						treatedAs: "noted",
					} as SafeThinkEvent)
				: event,
		);
		const folded = fold(events).traces.get("a");
		expect(folded?.steps[1]?.accepted).toMatchObject({ failure: { error: { kind: "timeout" }, treatedAs: "noted" } });
		expect(folded && rewards(folded)).toEqual([0.625, undefined]);
	});

	it("shows a failed trace as failed until it goes on", () => {
		const events = stamped(sampleRun());
		const run = fold(events);
		expect(run.traces.get("c")).toMatchObject({ status: "failed", error: { kind: "unreachable" } });
		const sent = events.find((event) => event.type === "request.sent" && event.traceId === "c") as SafeThinkEvent;
		expect(applyEvent(run, sent)).toMatchObject({ status: "running" });
		expect(run.traces.get("c")).not.toHaveProperty("error");
	});

	it("takes verdicts that were read before their trace began", () => {
		const events = stamped(sampleRun());
		const verdict = events.find((event) => event.type === "judge.verdict") as SafeThinkEvent;
		const run = fold([verdict, ...events.filter((event) => event !== verdict)]);
		expect(run.traces.get("d")?.verdicts).toHaveLength(1);
	});

	it("costs work linear in the number of steps", () => {
		const touched = (steps: number): number => countReads(stamped(steeredTrace("a", steps).drafts));
		expect(touched(1600) / touched(800)).toBeLessThan(2.1);
	});

	it("imports nothing from Node, so that the page can use it", () => {
		const source = readFileSync(new URL("../../src/trace/fold.ts", import.meta.url), "utf8");
		const imports = [...source.matchAll(/^import (type )?.*?from "(.*?)";/gms)].map((match) => match[2]);
		expect(imports).toEqual(["./events.ts", "./model.ts", "./template.ts"]);
	});
});

/** Folds and counts every read of the trace's arrays; they are the same arrays all the time. */
function countReads(events: readonly SafeThinkEvent[]): number {
	let reads = 0;
	const run = emptyRun();
	const watched = <T extends object>(value: T): T =>
		new Proxy(value, {
			get: (target, key, receiver) => {
				reads++;
				return Reflect.get(target, key, receiver);
			},
		});
	const arrays = { steps: watched<Step[]>([]), requests: watched<SentRequest[]>([]), discarded: watched<Discarded[]>([]) };
	for (const event of events) {
		const trace = applyEvent(run, event);
		if (event.type === "trace.started" && trace) Object.assign(trace, arrays);
	}
	const [trace] = run.traces.values();
	expect(trace?.steps).toBe(arrays.steps);
	expect(trace?.requests).toBe(arrays.requests);
	expect(trace?.discarded).toBe(arrays.discarded);
	expect(trace?.steps.length).toBeGreaterThan(500);
	return reads;
}

import { describe, expect, it } from "vitest";
import { runDefence } from "../../src/method/defences.ts";
import { PAPER, type Parameters, PROVENANCE, parametersSchema, refuseGreedy } from "../../src/method/parameters.ts";
import type { SafetyScorer } from "../../src/method/ports.ts";
import { ScorerError } from "../../src/trace/errors.ts";
import type { TraceDraft } from "../../src/trace/events.ts";
import { HeldScorer, idle, of, Script, scorer } from "./script.ts";
import { collect, journal, session } from "./toy.ts";

const THINK = ["<think>\nThe remote is lost.\n\n", "Look under the sofa.\n\n", "Done.</think>", "Under the sofa."];
const RESAMPLES = [["One.\n\n"], ["Two.\n\n"], ["Three.\n\n"]];
const REST = ["Done.</think>", "Sofa."];

const run = (policy: Script, scores: SafetyScorer, parameters: Partial<Parameters> = {}) =>
	collect(runDefence("safethink", session({ policy, scorer: scores, parameters })));
const accepted = (drafts: readonly TraceDraft[]) =>
	of(drafts, "step.accepted").map((draft) => `${draft.step}.${draft.attempt} ${draft.reason}`);

/** Fails on the texts for which `fails` says so; counts how often it was asked. */
function failing(fails: (text: string | undefined, times: number) => boolean): SafetyScorer & { asked: number } {
	const times = new Map<string | undefined, number>();
	const made = {
		id: "failing",
		asked: 0,
		async score(text: string | undefined) {
			made.asked++;
			times.set(text, (times.get(text) ?? 0) + 1);
			if (fails(text, times.get(text) ?? 0))
				throw new ScorerError("unparsable", "no verdict in the reply", { remedy: "Look at it.", requests: 2 });
			return { reward: 1, requests: 1 };
		},
	};
	return made;
}

describe("a step", () => {
	it("is taken as it is when its reward reaches τ exactly", async () => {
		const drafts = await run(new Script(THINK), scorer(1, 0, 0, 0), { threshold: 0 });
		expect(accepted(drafts)).toEqual(["1.0 reached", "2.0 reached", "3.0 reached"]);
	});

	it("below τ is drawn again with the prefix until one reaches it, in index order", async () => {
		const policy = new Script(THINK, ...RESAMPLES, REST);
		const drafts = await run(policy, scorer(1, -0.1, -0.2, 0.3), { depth: 1 });
		expect(accepted(drafts)).toEqual(["1.2 reached", "2.0 beyond-depth"]);
		expect(
			of(drafts, "step.proposed")
				.slice(0, 3)
				.map((draft) => [draft.attempt, draft.text]),
		).toEqual([
			[0, THINK[0]],
			[1, "One.\n\n"],
			[2, "Two.\n\n"],
		]);
	});

	it.each([
		["last", "1.3 last", "Three.\n\n"],
		["best", "1.2 best", "Two.\n\n"],
	] as const)("whose resamples all fail takes the %s", async (whenAllFail, expected, text) => {
		const policy = new Script(THINK, ...RESAMPLES, REST);
		const drafts = await run(policy, scorer(1, -0.1, -0.8, -0.2, -0.5), { depth: 1, resamples: 3, whenAllFail });
		expect(accepted(drafts)[0]).toBe(expected);
		expect(policy.requests[4]?.assistant).toEqual([`<think>\n${text}`]);
	});

	it("whose resamples all fail stops the trace when told to", async () => {
		const drafts = await run(new Script(THINK, ...RESAMPLES), scorer(1, -1, -1, -1, -1), { resamples: 3, whenAllFail: "stop" });
		expect(accepted(drafts)).toEqual([]);
		expect(drafts.at(-1)).toMatchObject({ type: "trace.finished", outcome: "stopped", steps: 0 });
	});
});

describe("beyond the depth", () => {
	it("no reward touches the stream, and it does not wait for the scorer", async () => {
		const policy = new Script(THINK);
		const held = new HeldScorer(1, -1, -1, -1);
		const drafts: TraceDraft[] = [];
		const reading = (async () => {
			for await (const draft of runDefence("safethink", session({ policy, scorer: held, parameters: { depth: 0 } })))
				drafts.push(draft);
		})();
		await idle();
		expect(drafts.at(-1)?.type).toBe("answer.finished");
		expect(accepted(drafts)).toEqual(["1.0 beyond-depth", "2.0 beyond-depth", "3.0 beyond-depth"]);
		held.release();
		await reading;
		expect(of(drafts, "step.scored").map((draft) => [draft.step, draft.reward])).toEqual([
			[0, 1],
			[1, -1],
			[2, -1],
			[3, -1],
		]);
		expect(drafts.at(-1)).toMatchObject({ type: "trace.finished", outcome: "finished" });
		expect(policy.requests.length).toBe(1);
	});

	it("a failure is only noted", async () => {
		const drafts = await run(
			new Script(THINK),
			failing(() => true),
			{ depth: 0, answer: "scored" },
		);
		expect(of(drafts, "scorer.failed").map((draft) => [draft.step, draft.treatedAs])).toEqual([
			[0, "noted"],
			[1, "noted"],
			[2, "noted"],
			[3, "noted"],
			[4, "noted"],
		]);
		expect(drafts.at(-1)).toMatchObject({ outcome: "finished", steps: 3 });
	});

	it("nothing is scored with the monitor off", async () => {
		const drafts = await run(new Script(THINK), scorer(), { depth: 1, monitor: "off" });
		expect(of(drafts, "step.scored").map((draft) => draft.step)).toEqual([0, 1]);
	});
});

describe("what is scored", () => {
	const steps = ["\nThe remote is lost.\n\n", "Look under the sofa.\n\n", "Done."];
	it("is the whole trace, the step, or both with the lower reward counting", async () => {
		const whole = scorer();
		await run(new Script(THINK), whole);
		expect(whole.texts).toEqual([undefined, steps[0], steps.slice(0, 2).join(""), steps.join("")]);
		const alone = scorer();
		await run(new Script(THINK), alone, { scored: "step" });
		expect(alone.texts).toEqual([undefined, ...steps]);
		const both = scorer(1, 0.9, 0.8, 0.2, 0.4, 0.6);
		const drafts = await run(new Script(THINK), both, { scored: "minimum" });
		expect(of(drafts, "step.scored").map((draft) => [draft.scope, draft.reward, draft.requests])).toEqual([
			["query", 1, 1],
			["minimum", 0.9, 1],
			["minimum", 0.2, 2],
			["minimum", 0.4, 2],
		]);
	});

	it("includes the answer when told to, and its reward triggers nothing", async () => {
		const reading = scorer(1, 1, 1, 1, -1);
		const drafts = await run(new Script(THINK), reading, { answer: "scored" });
		expect(of(drafts, "step.scored").at(-1)).toMatchObject({
			step: 4,
			attempt: 0,
			attemptId: "t1/answer",
			scope: "answer",
			reward: -1,
		});
		expect(reading.texts.at(-1)).toBe("Under the sofa.");
		expect(drafts.at(-1)).toMatchObject({ outcome: "finished" });
	});
});

describe("a scorer that fails", () => {
	it("is asked again, and its success counts with all requests", async () => {
		const again = failing((text, times) => text === "\nThe remote is lost.\n\n" && times < 3);
		const drafts = await run(new Script(THINK), again, { scorerRetries: 2 });
		expect(of(drafts, "scorer.failed")).toEqual([]);
		expect(of(drafts, "step.scored")[1]).toMatchObject({ step: 1, reward: 1, requests: 5 });
	});

	it("stops the trace after its retries: the step is not accepted", async () => {
		const broken = failing((text) => text !== undefined);
		const drafts = await run(new Script(THINK), broken, { scorerRetries: 2 });
		expect(broken.asked).toBe(4);
		expect(of(drafts, "scorer.failed")).toMatchObject([
			{
				step: 1,
				attempt: 0,
				scorer: "failing",
				requests: 6,
				treatedAs: "stop",
				error: { kind: "unparsable", remedy: "Look at it." },
			},
		]);
		expect(accepted(drafts)).toEqual([]);
		expect(drafts.at(-1)).toMatchObject({ outcome: "scorer-failed", steps: 0 });
	});

	it("counts as unsafe when told to, never as safe, and loses against any reward", async () => {
		const broken = failing((text) => text !== undefined);
		const policy = () => new Script(THINK, ...RESAMPLES, REST);
		const drafts = await run(policy(), broken, { onScorerFailure: "unsafe", threshold: -1, resamples: 3, depth: 1 });
		expect(accepted(drafts)[0]).toBe("1.3 last");
		const once = failing((text) => text?.includes("One.") || text?.includes("lost") || text?.includes("Three") || false);
		const best = await run(
			policy(),
			{ ...once, score: async (text, signal) => ({ ...(await once.score(text, signal)), reward: -0.9 }) },
			{
				...{ onScorerFailure: "unsafe", resamples: 3, depth: 1, whenAllFail: "best" },
			},
		);
		expect(accepted(best)[0]).toBe("1.2 best");
	});

	it("fails, too, when its reward is no number in [-1, 1]", async () => {
		const drafts = await run(new Script(THINK), scorer(1, Number.NaN));
		expect(of(drafts, "scorer.failed")[0]).toMatchObject({ step: 1, error: { kind: "unparsable" } });
		journal(drafts);
	});

	it("lets an error that is no failure of a scorer through", async () => {
		const buggy: SafetyScorer = { id: "buggy", score: () => Promise.reject(new TypeError("a bug")) };
		await expect(run(new Script(THINK), buggy)).rejects.toBeInstanceOf(TypeError);
	});
});

describe("parameters", () => {
	it("are the preset paper by default, with a provenance for each", () => {
		expect(parametersSchema.parse({})).toEqual(PAPER);
		expect(PAPER).toMatchObject({
			threshold: 0,
			prefixAfter: "dropped",
			whenAllFail: "last",
			scored: "trace",
			injectedWords: "hidden",
			answer: "unscored",
		});
		expect(Object.keys(PROVENANCE).sort()).toEqual(Object.keys(parametersSchema.shape).sort());
		expect(() => parametersSchema.parse({ tau: 1 })).toThrow();
	});

	it.each([
		[{ temperature: 0 }, {}, true],
		[{ temperature: 0.6, topK: 1 }, {}, true],
		[{ temperature: 0.6, topK: 20 }, {}, false],
		[{ temperature: 0 }, { resamples: 1 }, false],
		[{ temperature: 0 }, { resamples: 1, prefix: "" }, true],
		[{ temperature: 0 }, { depth: 0 }, false],
	])("under %j with %j are refused: %s", (sampling, changes, refused) => {
		const error = refuseGreedy(sampling, { ...PAPER, ...changes });
		expect(error?.kind).toBe(refused ? "greedy-resampling" : undefined);
	});
});

/** Words that a step is begun with: injected whatever the reward, or written by a person; and steps drawn anew beside a kept attempt. */
import { describe, expect, it } from "vitest";
import { continueFrom } from "../../src/method/continue-from.ts";
import { branchDefence, runDefence, SAFEPATH_PRIMER } from "../../src/method/defences.ts";
import { PAPER } from "../../src/method/parameters.ts";
import { RecordedTrace } from "../../src/method/recorded.ts";
import type { Session } from "../../src/method/session.ts";
import { of, Script, scorer } from "./script.ts";
import { collect, journal, session, ToyPolicy, ToyScorer } from "./toy.ts";

const run = (changes: Parameters<typeof session>[0]) => collect(runDefence("safethink", session(changes)));

describe("a text that a person wrote", () => {
	const written = { step: 2, text: "I ask " };
	const FIRST = ["<think>\nThe remote is lost.\n\n"];

	it("begins every attempt of its step, stays, and is read by the scorer", async () => {
		const policy = new Script(FIRST, ["them.\n\n"], ["nicely.\n\n"], ["Done.</think>", "Ask first."]);
		const reads = scorer(1, 1, -1, 1, 1);
		const drafts = await run({ policy, scorer: reads, written, parameters: { prefix: "Wait. ", prefixAfter: "dropped" } });
		expect(policy.requests.map(({ assistant }) => assistant)).toEqual([
			[""],
			["<think>\nThe remote is lost.\n\nI ask "],
			["<think>\nThe remote is lost.\n\nI ask Wait. "],
			["<think>\nThe remote is lost.\n\nI ask nicely.\n\n"],
		]);
		expect(reads.texts.slice(1, 4)).toEqual([
			"\nThe remote is lost.\n\n",
			"\nThe remote is lost.\n\nI ask them.\n\n",
			"\nThe remote is lost.\n\nI ask nicely.\n\n",
		]);
		expect(of(drafts, "step.proposed").slice(1, 3)).toMatchObject([
			{ attempt: 0, opening: "I ask ", prefix: "", text: "them.\n\n" },
			{ attempt: 1, opening: "I ask ", prefix: "Wait. ", text: "nicely.\n\n" },
		]);
	});

	it("is read by a scorer that reads the step alone, too", async () => {
		const reads = scorer();
		const policy = new Script(FIRST, ["them.\n\n", "Done.</think>", "Ask first."]);
		await run({ policy, scorer: reads, written, parameters: { scored: "step" } });
		expect(reads.texts.slice(1, 3)).toEqual(["\nThe remote is lost.\n\n", "I ask them.\n\n"]);
	});

	it("is a step by itself where the model closes the reasoning at once, and no short circuit", async () => {
		const policy = new Script(FIRST, ["</think>", "Ask first."]);
		const drafts = await run({ policy, scorer: scorer(), written });
		expect(of(drafts, "step.proposed")[1]).toMatchObject({ opening: "I ask ", end: "close" });
		expect(of(drafts, "step.proposed")[1]?.flags ?? []).not.toContain("short-circuited");
		expect(of(drafts, "answer.finished")[0]?.text).toBe("Ask first.");
		expect(drafts.at(-1)).toMatchObject({ outcome: "finished", steps: 2 });
	});

	it("opens the reasoning where the model has not", async () => {
		const policy = new Script([" then.\n\n", "Done.</think>", "Ask."]);
		await run({ policy, scorer: scorer(), written: { step: 1, text: "I ask" } });
		expect(policy.requests[0]?.assistant).toEqual(["<think>\nI ask"]);
	});
});

describe("words injected whatever the reward", () => {
	const injected = { step: 1, words: "Wait. " };

	it.each(["dropped", "kept"] as const)("begin the unsteered attempt; afterwards they are %s", async (prefixAfter) => {
		const policy = new Script(["I ask.\n\n", "Done.</think>", "Ask."], ["Done.</think>", "Ask."]);
		const drafts = await run({ policy, scorer: scorer(), injected, parameters: { prefixAfter } });
		expect(policy.requests[0]?.assistant).toEqual(["<think>\nWait. "]);
		expect(of(drafts, "step.accepted")[0]).toMatchObject({ attempt: 0, reason: "reached", prefixKept: prefixAfter === "kept" });
		expect(policy.requests[1]?.assistant).toEqual(prefixAfter === "kept" ? undefined : ["<think>\nI ask.\n\n"]);
	});

	it("are a short circuit where the model then closes the reasoning at once, and lose no context", async () => {
		const policy = new Script(["</think>Ask."], ["Ask."]);
		const dialect = { ...session().dialect, templateOpens: "always" as const };
		const drafts = await run({
			policy,
			scorer: scorer(),
			injected,
			dialect,
			templateOpens: true,
			parameters: { prefixAfter: "kept" },
		});
		expect(of(drafts, "step.proposed")[0]).toMatchObject({ attempt: 0, prefix: "Wait. ", end: "close" });
		expect(of(drafts, "step.proposed")[0]?.flags).toContain("short-circuited");
		expect(drafts.at(-1)).toMatchObject({ outcome: "short-circuited", steps: 1 });
	});

	it("make a step even where the stream brings nothing: no other text is drawn in its place", async () => {
		const policy = new Script([], ["never asked for"]);
		const dialect = { ...session().dialect, templateOpens: "always" as const };
		const drafts = await run({ policy, scorer: scorer(), injected, dialect, templateOpens: true });
		expect(of(drafts, "step.proposed")).toMatchObject([{ attempt: 0, prefix: "Wait. ", text: "", end: "end" }]);
		expect(policy.requests).toHaveLength(1);
	});

	it("take the place of a defence's own, and leave it alone elsewhere", async () => {
		const texts = async (changes: Partial<Session>) => {
			const policy = new Script([" ask.\n\n", "Done.</think>", "Ask."]);
			await collect(runDefence("zs-safepath", { ...session({ policy }), ...changes }));
			return policy.requests[0]?.assistant;
		};
		expect(await texts({})).toEqual([`<think>\n${SAFEPATH_PRIMER}`]);
		expect(await texts({ injected })).toEqual(["<think>\nWait. "]);
	});
});

describe("drawing the resamples anew", () => {
	it("keeps the recorded unsteered attempt with its score, and nothing else", async () => {
		const ports = () => ({ policy: new ToyPolicy(), scorer: new ToyScorer(3) });
		const given = session({ ...ports(), parameters: { threshold: 1, resamples: 2 } });
		const whole = await collect(runDefence("safethink", given));
		const record = new RecordedTrace("t1", journal(whole));
		const seeds = new Set<number>();
		for (const sample of [1, 2]) {
			const again = { ...given, ...ports(), traceId: `b${sample}`, sample, branchStep: 1, redraw: "resamples" as const };
			const drafts = await collect(continueFrom(record, given.parameters, again));
			const own = of(drafts, "step.proposed");
			expect(own[0]).toMatchObject({ step: 1, attempt: 0, request: "t1/r1", text: of(whole, "step.proposed")[0]?.text });
			expect(of(drafts, "step.scored")[0]).toMatchObject({ step: 1, attempt: 0, requests: 0 });
			expect(own.slice(1).every(({ request }) => request.startsWith(`b${sample}/`))).toBe(true);
			for (const { seed } of of(drafts, "request.sent")) seeds.add(seed);
			expect(of(drafts, "request.sent")[0]).toMatchObject({ step: 1, attempt: 1 });
		}
		const before = of(whole, "request.sent").map(({ seed }) => seed);
		expect(before.some((seed) => seeds.has(seed))).toBe(false);
	});
});

describe("the defence of a branch", () => {
	it("is the trace's own where it leaves the parameters as they are wanted", () => {
		expect(branchDefence("safethink", PAPER, true)).toBe("safethink");
		expect(branchDefence("none", { ...PAPER, depth: 0 }, true)).toBe("none");
		expect(branchDefence("none", PAPER, false)).toBe("safethink");
		expect(branchDefence("resample", { ...PAPER, prefix: "" }, false)).toBe("resample");
		expect(branchDefence("resample", PAPER, false)).toBe("safethink");
		expect(branchDefence("best-of-n", { ...PAPER, prefix: "", depth: 1 }, false)).toBe("best-of-n");
		expect(branchDefence("best-of-n", { ...PAPER, prefix: "", depth: 1 }, true)).toBe("safethink");
		expect(branchDefence("gone", PAPER, false)).toBe("safethink");
	});
});

import { describe, expect, it } from "vitest";
import { runDefence } from "../../src/method/defences.ts";
import { findDialect } from "../../src/method/dialects.ts";
import type { Parameters } from "../../src/method/parameters.ts";
import type { Policy, SafetyScorer } from "../../src/method/ports.ts";
import { TokenLedger } from "../../src/method/token-ledger.ts";
import { ServerError } from "../../src/trace/errors.ts";
import type { TraceDraft } from "../../src/trace/events.ts";
import { HeldScorer, idle, of, Script, scorer } from "./script.ts";
import { collect, session, ToyPolicy } from "./toy.ts";

const THINK = [
	"<think>\nThe remote is lost.\n\n",
	"Look under the sofa.\n\n",
	"Ask first.\n\n",
	"Then say so.\n\n",
	"Done.</think>",
	"Under the sofa.",
];

const run = (policy: Policy, scores: SafetyScorer, parameters: Partial<Parameters> = {}) =>
	collect(runDefence("safethink", session({ policy, scorer: scores, parameters })));

describe("a safe trace", () => {
	it("is one request, answer included, and nothing is discarded", async () => {
		const policy = new Script(THINK);
		const drafts = await run(policy, scorer());
		expect(policy.requests.length).toBe(1);
		expect(of(drafts, "request.sent").length).toBe(1);
		expect(of(drafts, "step.discarded")).toEqual([]);
		expect(
			of(drafts, "step.proposed")
				.map((draft) => draft.text)
				.join("") + of(drafts, "answer.finished")[0]?.text,
		).toBe(THINK.join(""));
		expect(of(drafts, "trace.finished")[0]).toMatchObject({
			outcome: "finished",
			steps: 5,
			usage: { generated: 6, discarded: 0, prompt: 5, cached: 2, policyRequests: 1, scorerRequests: 6 },
		});
	});

	it("records the query's reward before that of the first step, and asks for it while the step is drawn", async () => {
		const drafts = await run(new Script(THINK), scorer(0.3));
		expect(drafts.slice(0, 4).map((draft) => draft.type)).toEqual([
			"request.sent",
			"step.proposed",
			"step.scored",
			"step.scored",
		]);
		expect(drafts[2]).toMatchObject({
			type: "step.scored",
			step: 0,
			attempt: 0,
			scope: "query",
			reward: 0.3,
			attemptId: "t1/0.0",
		});
	});
});

describe("reading ahead", () => {
	it("goes on while the scorer works, up to the bound", async () => {
		const policy = new Script(THINK);
		const held = new HeldScorer(1, 1);
		const running = run(policy, held, { readAhead: 2 });
		await idle();
		expect(held.texts.length).toBe(2);
		expect(policy.read).toBe(3);
		for (let i = 0; i < 6; i++) {
			held.release();
			await idle();
		}
		expect((await running).at(-1)).toMatchObject({ type: "trace.finished", outcome: "finished" });
	});

	it("stands still while the scorer works when the bound is zero", async () => {
		const policy = new Script(THINK);
		const held = new HeldScorer(1, 1);
		const running = run(policy, held, { readAhead: 0 });
		await idle();
		expect(policy.read).toBe(1);
		for (let i = 0; i < 6; i++) {
			held.release();
			await idle();
		}
		await running;
	});

	it("records what a decision voids, and nothing of it stays", async () => {
		const policy = new Script(THINK, ["Ask kindly.\n\n", "Voided too.\n\n"], ["It is mine.</think>", "Ask."]);
		const held = new HeldScorer(1, -1, 1);
		const running = run(policy, held, { readAhead: 2, depth: 1 });
		for (let i = 0; i < 4; i++) {
			await idle();
			held.release();
		}
		const drafts = await running;
		expect(of(drafts, "step.discarded")).toMatchObject([
			{
				step: 1,
				attempt: 0,
				attemptId: "t1/1.0",
				request: "t1/r1",
				text: THINK.slice(1, 3).join(""),
				tokens: 2,
				reason: "voided",
			},
			{ step: 1, attempt: 1, attemptId: "t1/1.1", request: "t1/r2", text: "Voided too.\n\n", tokens: 1, reason: "voided" },
		]);
		expect(policy.requests.map((request) => request.assistant)).toEqual([
			[""],
			["<think>\nWait, think safely.\n\n"],
			["<think>\nAsk kindly.\n\n"],
		]);
		expect(held.texts).toEqual([undefined, "\nThe remote is lost.\n\n", "\nAsk kindly.\n\n", "\nAsk kindly.\n\nIt is mine."]);
		expect(of(drafts, "trace.finished")[0]?.usage).toMatchObject({ discarded: 3, policyRequests: 3 });
	});
});

describe("a steered step", () => {
	const steered = ["Ask kindly.\n\n", "Then wait.</think>", "Ask."];

	it("goes on in its own stream when the prefix is kept", async () => {
		const policy = new Script(THINK, steered);
		const drafts = await run(policy, scorer(1, -1, 1), { prefixAfter: "kept", readAhead: 0 });
		expect(policy.requests.length).toBe(2);
		expect(of(drafts, "step.accepted").map((draft) => [draft.attempt, draft.prefixKept])).toEqual([
			[1, true],
			[0, false],
		]);
		expect(of(drafts, "step.proposed")[2]?.text).toBe("Then wait.</think>");
	});

	it("hides the injected words from the scorer, or shows them", async () => {
		for (const [injectedWords, prefixAfter, expected] of [
			["hidden", "kept", ["\nAsk kindly.\n\n", "\nAsk kindly.\n\nThen wait."]],
			["shown", "kept", ["\nWait. Ask kindly.\n\n", "\nWait. Ask kindly.\n\nThen wait."]],
			["shown", "dropped", ["\nWait. Ask kindly.\n\n", "\nAsk kindly.\n\nThen wait."]],
		] as const) {
			const reading = scorer(1, -1, 1);
			const rest = prefixAfter === "kept" ? [] : [steered.slice(1)];
			await run(new Script(THINK, steered, ...rest), reading, { injectedWords, prefixAfter, prefix: "Wait. " });
			expect(reading.texts.slice(2)).toEqual(expected);
		}
	});

	it("writes the opening tag itself where the rejected step had written it, and keeps it when the prefix is dropped", async () => {
		const drafts = await run(new Script(THINK, steered, steered.slice(1)), scorer(1, -1, 1));
		expect(of(drafts, "step.proposed")[1]).toMatchObject({ opening: "<think>\n", prefix: "Wait, think safely.\n\n", attempt: 1 });
		expect(of(drafts, "request.sent").map((draft) => draft.prefix)).toEqual(["", "<think>\nWait, think safely.\n\n", ""]);
	});

	it("is flagged when another seed gave the same text", async () => {
		const drafts = await run(new Script(THINK, steered, steered, steered), scorer(1, -1, -1, -1, 1), { resamples: 3, depth: 1 });
		const flags = of(drafts, "step.proposed")
			.filter((draft) => draft.attempt > 0)
			.map((draft) => draft.flags);
		expect(flags).toEqual([undefined, ["identical-resamples"], ["identical-resamples"]]);
		expect(
			new Set(
				of(drafts, "request.sent")
					.slice(0, 4)
					.map((draft) => draft.seed),
			).size,
		).toBe(4);
	});

	it("that only closes the reasoning is short-circuited", async () => {
		const drafts = await run(new Script(THINK, ["</think>", "Fine."], ["Fine."]), scorer(1, -1, 1));
		expect(of(drafts, "step.proposed")[1]?.flags).toEqual(["short-circuited"]);
		expect(of(drafts, "trace.finished")[0]).toMatchObject({ outcome: "short-circuited", steps: 1 });
	});
});

describe("the end of thinking", () => {
	it("is the first closing tag: later ones are flagged, nothing after it is steered", async () => {
		const drafts = await run(new Script(["<think>\nOne.</think>", "Two.</think>\n\nThree."]), scorer(1, 1, -1));
		expect(of(drafts, "step.proposed").map((draft) => draft.text)).toEqual(["<think>\nOne.</think>"]);
		expect(of(drafts, "answer.finished")[0]).toMatchObject({ text: "Two.</think>\n\nThree.", flags: ["late-close"] });
	});

	it("steers a closing step like any other, and the attempt decides", async () => {
		const policy = new Script(["<think>\nHide it.</think>", "Void."], ["Ask.\n\n"], ["Done.</think>", "Ask first."]);
		const drafts = await run(policy, scorer(1, -1, 1));
		expect(of(drafts, "step.accepted").map((draft) => `${draft.step}.${draft.attempt}`)).toEqual(["1.1", "2.0"]);
		expect(of(drafts, "answer.finished")[0]?.text).toBe("Ask first.");
	});

	it("is forced after T steps with recorded bytes", async () => {
		const policy = new Script(THINK, ["Sofa."]);
		const drafts = await run(policy, scorer(), { maxSteps: 2, readAhead: 0 });
		expect(of(drafts, "request.sent")[1]).toMatchObject({ step: 3, attempt: 0, prefix: "</think>\n\n" });
		expect(policy.requests[1]?.assistant).toEqual([`${THINK[0]}${THINK[1]}</think>\n\n`]);
		expect(of(drafts, "trace.finished")[0]).toMatchObject({ outcome: "finished", steps: 2 });
	});

	it("may be missing: a trace that answers at once has no hook, a cut one is truncated, a stopped one has an empty answer", async () => {
		expect((await run(new Script(["Sofa."]), scorer())).at(-1)).toMatchObject({ outcome: "no-hook", steps: 0 });
		expect((await run(new Script(["<think>\n</think>", "Sofa."]), scorer())).at(-1)).toMatchObject({
			outcome: "no-hook",
			steps: 0,
		});
		const stopped = await run(new Script(["<think>\nOne.\n\n", "Two."]), scorer());
		expect(of(stopped, "answer.finished")[0]).toMatchObject({ text: "", flags: ["empty-answer"] });
		const cut = await collect(runDefence("none", session({ policy: new ToyPolicy(), maxTokens: 4 })));
		expect(cut.at(-1)).toMatchObject({ outcome: "truncated" });
		expect(of(cut, "answer.finished")).toEqual([]);
	});
});

describe("failures", () => {
	it("of the policy leave the generator after what was read is recorded as discarded", async () => {
		const policy = new Script(["<think>\nOne.\n\n", "half a ste", "FAIL"]);
		const drafts: TraceDraft[] = [];
		const reading = async () => {
			for await (const draft of runDefence("safethink", session({ policy, scorer: scorer() }))) drafts.push(draft);
		};
		await expect(reading()).rejects.toBeInstanceOf(ServerError);
		expect(drafts.map((draft) => draft.type).slice(-2)).toEqual(["step.accepted", "step.discarded"]);
		expect(drafts.at(-1)).toMatchObject({ text: "half a ste", tokens: 1, reason: "voided" });
		expect(policy.closed).toBe(1);
	});

	it("by abort throw the signal's reason, close the stream and end nothing", async () => {
		const controller = new AbortController();
		const policy = new ToyPolicy();
		const drafts: TraceDraft[] = [];
		const reading = async () => {
			for await (const draft of runDefence("safethink", session({ policy, scorer: scorer(), signal: controller.signal }))) {
				drafts.push(draft);
				if (draft.type === "step.accepted" && draft.step === 2) controller.abort();
			}
		};
		await expect(reading()).rejects.toMatchObject({ name: "AbortError" });
		expect(drafts.at(-1)).toMatchObject({ type: "step.accepted", step: 2 });
		expect(policy.open).toBe(0);
	});

	it("cannot come from a reader that stops early: the stream is closed", async () => {
		const policy = new ToyPolicy();
		for await (const draft of runDefence("none", session({ policy }))) if (draft.type === "step.accepted") break;
		expect(policy.requests.length).toBe(1);
		expect(policy.open).toBe(0);
	});
});

describe("the token ledger", () => {
	it("gives a token to the piece in which it begins, and says when a boundary splits one", () => {
		const ledger = new TokenLedger();
		const tokens = ["ab", "cd", "ef"].map((text) => ({ text, logprob: -1 }));
		ledger.push({ text: "abcdef", tokens, tokenCount: 3 });
		expect(ledger.take(3)).toEqual({ tokens: 2, logprobs: tokens.slice(0, 2), split: true });
		expect(ledger.take(1)).toEqual({ tokens: 0, split: false });
		ledger.push({ text: "", tokenCount: 1 });
		expect(ledger.take(2)).toEqual({ tokens: 1, logprobs: tokens.slice(2), split: false });
		expect(ledger.takeRest()).toEqual({ tokens: 1, split: false });
		expect(() => ledger.take(1)).toThrow(RangeError);
	});

	it("counts a chunk whose tokens are not known one by one where it begins", () => {
		const ledger = new TokenLedger();
		ledger.push({ text: "abcdef", tokenCount: 3 });
		expect([ledger.take(2), ledger.take(4)]).toEqual([
			{ tokens: 3, split: false },
			{ tokens: 0, split: false },
		]);
	});
});

describe("a dialect whose opening tag is written for the model", () => {
	const dialect = { ...findDialect("think-tags"), templateOpens: "never" as const };
	const thinking = [(THINK[0] ?? "").replace("<think>\n", ""), ...THINK.slice(1)];
	const forced = (policy: Policy, scores: SafetyScorer) =>
		collect(runDefence("safethink", { ...session({ policy, scorer: scores, parameters: { prefix: "Wait." } }), dialect }));

	it("has the tag in the first request, and a safe trace is still one request", async () => {
		const policy = new Script(thinking);
		const drafts = await forced(policy, scorer());
		expect(policy.requests.map((request) => request.assistant)).toEqual([["<think>\n"]]);
		expect(of(drafts, "request.sent")[0]).toMatchObject({ step: 1, attempt: 0, prefix: "<think>\n" });
		expect(of(drafts, "step.proposed")[0]).toMatchObject({ opening: "<think>\n", prefix: "", text: thinking[0] });
		expect(of(drafts, "answer.finished")[0]?.text).toBe("Under the sofa.");
	});

	it("has it before the prefix of a steered first step, and after it when the prefix is dropped", async () => {
		const policy = new Script(thinking, thinking, thinking.slice(1));
		await forced(policy, scorer(1, -1, 1));
		expect(policy.requests.map((request) => request.assistant[0])).toEqual([
			"<think>\n",
			"<think>\nWait.",
			`<think>\n${thinking[0]}`,
		]);
	});

	it("has it where the model closes the reasoning at once", async () => {
		const policy = new Script(["</think>", "Under the sofa."]);
		const drafts = await forced(policy, scorer());
		expect(policy.requests.map((request) => request.assistant)).toEqual([["<think>\n"]]);
		expect(of(drafts, "answer.finished")[0]?.text).toContain("Under the sofa.");
		expect(drafts.at(-1)).toMatchObject({ type: "trace.finished" });
	});
});

describe("prompt tokens told with the first chunk", () => {
	it("stand with the first step of a request, also of one that is aborted", async () => {
		const told: Policy = {
			async *stream(_, signal) {
				for (const text of THINK) {
					await new Promise((resolve) => setImmediate(resolve));
					signal.throwIfAborted();
					yield { text, tokenCount: 1, promptTokens: 9, cachedTokens: 7 };
				}
				return { finish: "end", promptTokens: 9, cachedTokens: 7 };
			},
		};
		const drafts = await run(told, scorer(1, -1, 1));
		const proposed = of(drafts, "step.proposed");
		const first = new Map(proposed.toReversed().map((draft) => [draft.request, draft]));
		expect([...first.values()].every((draft) => draft.promptTokens === 9 && draft.cachedTokens === 7)).toBe(true);
		expect(proposed.filter((draft) => draft.promptTokens !== undefined)).toHaveLength(3);
		expect(of(drafts, "trace.finished")[0]?.usage).toMatchObject({ policyRequests: 3, prompt: 27, cached: 21 });
	});
});

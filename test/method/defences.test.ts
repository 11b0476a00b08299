import { describe, expect, it } from "vitest";
import { DEFENCES, LESS_THINK, NEUTRAL_PREFIX, runDefence, SAFEPATH_PRIMER } from "../../src/method/defences.ts";
import { findDialect } from "../../src/method/dialects.ts";
import { PAPER } from "../../src/method/parameters.ts";
import type { Session } from "../../src/method/session.ts";
import { of, Script, scorer } from "./script.ts";
import { collect, journal, session } from "./toy.ts";

const THINK = ["<think>\nThe remote is lost.\n\n", "Done.</think>", "Under the sofa."];
const run = async (name: string, policy: Script, changes: Parameters<typeof session>[0] = {}) => {
	const drafts = await collect(runDefence(name, session({ policy, ...changes })));
	journal(drafts);
	return drafts;
};

describe("every defence", () => {
	it.each(Object.entries(DEFENCES))(
		"%s makes one finished trace, ended once, and closes its streams",
		async (name, { needsScorer }) => {
			const policy = new Script(THINK, ...Array.from({ length: 8 }, () => THINK.slice(1)));
			const drafts = await run(name, policy, needsScorer ? { scorer: scorer() } : {});
			expect(of(drafts, "trace.finished").length).toBe(1);
			expect(drafts.at(-1)?.type).toBe("trace.finished");
			expect(of(drafts, "answer.finished").length).toBe(1);
			expect(policy.closed).toBe(policy.requests.length);
		},
	);

	it.each(Object.entries(DEFENCES).filter(([, { needsScorer }]) => needsScorer))(
		"%s refuses to run without the scorer it needs",
		(name) => {
			expect(() => runDefence(name, session({ policy: new Script() }))).toThrow(/needs a scorer/);
		},
	);

	it("is known by name", () => {
		expect(() => runDefence("toString", session())).toThrow(/no defence "toString"/);
	});

	it("says what parameters it really runs with", () => {
		expect(DEFENCES["resample"]?.parameters(PAPER)).toEqual({ ...PAPER, prefix: "" });
		expect(DEFENCES["none"]?.parameters(PAPER)).toEqual({ ...PAPER, depth: 0 });
		expect(DEFENCES["best-of-n"]?.segmenter({ kind: "line" })).toEqual({ kind: "whole" });
		expect(DEFENCES["safethink"]?.parameters(PAPER)).toEqual(PAPER);
	});
});

describe("none", () => {
	it("is one request with unscored steps", async () => {
		const drafts = await run("none", new Script(THINK));
		expect(of(drafts, "step.accepted").map((draft) => draft.reason)).toEqual(["unscored", "unscored"]);
		expect(of(drafts, "step.scored")).toEqual([]);
		expect(of(drafts, "request.sent")).toMatchObject([{ prefix: "", step: 1, attempt: 0 }]);
	});

	it("only watches with a scorer, however bad the rewards", async () => {
		const policy = new Script(THINK);
		const drafts = await run("none", policy, { scorer: scorer(-1, -1, -1) });
		expect(of(drafts, "step.accepted").map((draft) => draft.reason)).toEqual(["beyond-depth", "beyond-depth"]);
		expect(of(drafts, "step.scored").length).toBe(3);
		expect(policy.requests.length).toBe(1);
	});
});

describe("the controls", () => {
	it("resample without words, or with a neutral prefix", async () => {
		for (const [name, injected, prefix] of [
			["resample", "", ""],
			["neutral", `<think>\n${NEUTRAL_PREFIX}`, NEUTRAL_PREFIX],
		] as const) {
			const drafts = await run(name, new Script(THINK, THINK, THINK.slice(1)), { scorer: scorer(1, -1, 1) });
			expect(of(drafts, "request.sent")[1]).toMatchObject({ step: 1, attempt: 1, prefix: injected });
			expect(of(drafts, "step.proposed")[1]).toMatchObject({ attempt: 1, prefix });
			expect(of(drafts, "step.accepted")[0]).toMatchObject({ attempt: 1, reason: "reached", prefixKept: false });
		}
	});

	it("plain resampling goes on in the resample's stream: nothing was injected that could be dropped", async () => {
		const policy = new Script(THINK, THINK);
		await run("resample", policy, { scorer: scorer(1, -1, 1) });
		expect(policy.requests.length).toBe(2);
	});

	it("plain resampling of a model that then does not think accepts an empty, short-circuited step", async () => {
		const drafts = await run("resample", new Script(THINK, ["<think></think>", "Sofa."]), { scorer: scorer(1, -1, 1) });
		expect(of(drafts, "step.proposed")[1]).toMatchObject({ text: "", end: "close", flags: ["short-circuited"] });
		expect(of(drafts, "answer.finished")[0]?.text).toBe("<think></think>Sofa.");
		expect(drafts.at(-1)).toMatchObject({ outcome: "short-circuited", steps: 1 });
	});
});

describe("closing at once", () => {
	it.each([
		["zero-think", false, "<think>\n\n</think>\n\n"],
		["zero-think", true, "\n</think>\n\n"],
		["less-think", false, `<think>\n${LESS_THINK}\n</think>\n\n`],
		["less-think", true, `${LESS_THINK}\n</think>\n\n`],
	])("%s (template opens: %s) sends recorded bytes and draws the answer", async (name, templateOpens, prefix) => {
		const policy = new Script(["Under the sofa."]);
		const dialect = { ...session().dialect, templateOpens: "unknown" as const };
		const drafts = await run(name, policy, { dialect, templateOpens });
		expect(of(drafts, "request.sent")).toMatchObject([{ prefix, step: 1, attempt: 0 }]);
		expect(policy.requests[0]?.assistant).toEqual([prefix]);
		expect(of(drafts, "answer.finished")[0]?.text).toBe("Under the sofa.");
		expect(drafts.at(-1)).toMatchObject({ outcome: "no-hook", steps: 0 });
	});

	it("is refused where the dialect cannot be closed by force", async () => {
		const changes: Partial<Session> = { dialect: findDialect("llamav-o1"), segmenter: { kind: "turn" } };
		await expect(run("zero-think", new Script(), changes as Parameters<typeof session>[0])).rejects.toMatchObject({
			kind: "defence-dialect",
		});
	});
});

describe("zs-safepath", () => {
	it("puts its primer after the opening tag of every query, keeps it, and goes on in one stream", async () => {
		const policy = new Script([" and ask.\n\n", "Done.</think>", "Ask first."]);
		const drafts = await run("zs-safepath", policy);
		expect(policy.requests.map((request) => request.assistant)).toEqual([[`<think>\n${SAFEPATH_PRIMER}`]]);
		expect(of(drafts, "step.proposed")[0]).toMatchObject({ attempt: 0, opening: "<think>\n", prefix: SAFEPATH_PRIMER });
		expect(of(drafts, "step.accepted").map((draft) => draft.prefixKept)).toEqual([true, false]);
	});
});

describe("best-of-n", () => {
	it("takes the highest of N whole reasonings and its answer from the stream it came from", async () => {
		const traces = ["a", "b", "c"].map((name) => [`<think>\nFirst ${name}.\n\n`, `Then ${name}.</think>`, `Answer ${name}.`]);
		const policy = new Script(...traces, ["Answer b again."]);
		const drafts = await run("best-of-n", policy, { scorer: scorer(1, -0.5, 0.5, 0.1), parameters: { resamples: 2 } });
		expect(of(drafts, "step.proposed").map((draft) => [draft.step, draft.attempt])).toEqual([
			[1, 0],
			[1, 1],
			[1, 2],
		]);
		expect(of(drafts, "step.accepted")).toMatchObject([{ step: 1, attempt: 1, reason: "best" }]);
		const sent = of(drafts, "request.sent");
		expect(sent[3]).toMatchObject({ step: 2, attempt: 0, continues: "t1/r2", seed: sent[1]?.seed });
		expect(of(drafts, "answer.finished")[0]?.text).toBe("Answer b again.");
	});

	it("takes the first among equals", async () => {
		const drafts = await run("best-of-n", new Script(THINK, THINK, THINK.slice(2)), {
			scorer: scorer(),
			parameters: { resamples: 1 },
		});
		expect(of(drafts, "step.accepted")[0]?.attempt).toBe(0);
	});
});

describe("a dialect of turns", () => {
	it("opens a request for each turn; the last turn is the answer", async () => {
		const policy = new Script(["A sofa."], ["A sofa in a room."], ["It fell.\n\n", "So look."], ["Look under it."]);
		const drafts = await run("safethink", policy, {
			dialect: findDialect("llamav-o1"),
			segmenter: { kind: "turn" },
			scorer: scorer(),
		});
		expect(policy.requests.map((request) => request.assistant)).toEqual([
			[""],
			["A sofa.", ""],
			["A sofa.", "A sofa in a room.", ""],
			["A sofa.", "A sofa in a room.", "It fell.\n\nSo look.", ""],
		]);
		expect(of(drafts, "answer.finished")[0]?.text).toBe("Look under it.");
		expect(drafts.at(-1)).toMatchObject({ outcome: "finished", steps: 3 });
	});
});

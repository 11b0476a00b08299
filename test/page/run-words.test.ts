import { describe, expect, it } from "vitest";
import type { RowView, RunInfo } from "../../src/contract/run-views.ts";
import { noticesOf } from "../../webview/frame/notice-texts.ts";
import { paceText, stateText } from "../../webview/run/progress.ts";
import { curveText, marksOf } from "../../webview/run/row-words.ts";
import { cursorTarget, nextSort } from "../../webview/run/table-keys.ts";
import { emptyText, shownOf, toggleMark } from "../../webview/run/table-words.ts";

const ROW: RowView = {
	traceId: "kite/safethink/0",
	number: 1,
	promptId: "kite",
	text: "How can I fly a kite?",
	defence: "safethink",
	sample: 0,
	status: "finished",
	outcome: "finished",
	rewards: [-0.5, 0.4, 0.9],
	steps: 3,
	steered: 0,
	attempts: 3,
};

const texts = (changes: Partial<RowView>, threshold: number | undefined = 0) =>
	marksOf({ ...ROW, ...changes }, threshold).map(({ kind, text }) => `${kind}: ${text}`);

describe("what a row says of its trace", () => {
	it("keeps the judge's word and the scorer's apart", () => {
		expect(texts({ harmful: false, steered: 1, firstSteered: 2 })).toEqual(["safe: judged safe", "reached: reached τ at 2"]);
		expect(texts({ harmful: true, steered: 2, firstSteered: 1 })).toEqual(["harmful: judged harmful", "below: below τ at 1 +1"]);
	});

	it("never shows a judge or a scorer that failed as safe", () => {
		expect(texts({ harmful: null })).toEqual(["failure: judge could not say"]);
		expect(texts({ outcome: "scorer-failed" })).toEqual(["failure: scorer failed"]);
	});

	it("says how a trace ended where it is not simply finished and judged", () => {
		expect(texts({})).toEqual(["plain: finished"]);
		expect(texts({ outcome: "truncated", harmful: false })).toEqual(["safe: judged safe", "plain: truncated"]);
		expect(texts({ status: "running", outcome: undefined as never })).toEqual(["plain: running"]);
		expect(texts({ status: "failed", error: "cancelled" })).toEqual(["plain: cancelled"]);
		expect(texts({ status: "failed", error: "unreachable" })).toEqual(["failure: failed: unreachable"]);
	});

	it("claims no τ where the rewards are those of stretches, or τ is not known", () => {
		expect(texts({ steps: 500, steered: 1, firstSteered: 2 })).toContain("plain: steered at 2");
		expect(marksOf({ ...ROW, steered: 1, firstSteered: 2 }, undefined).map(({ kind }) => kind)).toContain("plain");
	});

	it("reads the curve out", () => {
		expect(curveText({ ...ROW, rewards: [-0.5, null, 0.9], firstSteered: 2 }, 0)).toBe(
			"3 steps, lowest −0.50, last +0.90, τ 0.00, 1 without reward, steered at 2",
		);
		expect(curveText({ ...ROW, rewards: [null] }, 0)).toBe("no rewards");
	});
});

describe("keys and headers of the table", () => {
	it("stay among the rows", () => {
		const key = (name: string, index: number) =>
			cursorTarget({ key: name, ctrlKey: false, metaKey: false, altKey: false }, { index, page: 10, rows: 25 });
		expect(["ArrowDown", "ArrowUp", "PageDown", "PageUp", "Home", "End", "x"].map((name) => key(name, 20))).toEqual([
			21,
			19,
			24,
			10,
			0,
			24,
			undefined,
		]);
		expect(key("ArrowUp", 0)).toBe(0);
		expect(
			cursorTarget({ key: "End", ctrlKey: true, metaKey: false, altKey: false }, { index: 0, page: 1, rows: 5 }),
		).toBeUndefined();
	});

	it("sort upwards, downwards, not at all, and keep the filter", () => {
		const up = nextSort({ filter: "steps>2" }, "cost");
		const down = nextSort(up, "cost");
		expect(up).toEqual({ filter: "steps>2", sort: { by: "cost", descending: false } });
		expect(down).toEqual({ filter: "steps>2", sort: { by: "cost", descending: true } });
		expect(nextSort(down, "cost")).toEqual({ filter: "steps>2" });
		expect(nextSort(down, "steps").sort).toEqual({ by: "steps", descending: false });
	});

	it("mark two traces at most, the last ones", () => {
		expect(["a", "b", "c", "b"].reduce<string[]>(toggleMark, [])).toEqual(["c"]);
	});
});

const INFO: RunInfo = {
	run: "r",
	name: "mischief.safethink.jsonl",
	revision: 1,
	reading: null,
	state: "running",
	plan: { promptSet: "p", prompts: 14, defences: [], samples: 4, seed: 0, model: "m", server: "s", scorer: "x", judge: null },
	unverified: [],
	embedded: true,
	selfTests: [],
	traces: { planned: 168, begun: 100, ended: 86, failed: 0, branches: 0 },
	badLines: 0,
	categories: [],
	groups: [],
	can: { run: true },
	jobs: [],
};

describe("what is said around the table", () => {
	it("gives pace and time left while the run goes on", () => {
		expect(paceText({ ...INFO, perMinute: 41.2 })).toBe("41 traces/min · 2 min left");
		expect(paceText({ ...INFO, perMinute: 0.5 })).toBe("0.5 traces/min · 2.7 h left");
		expect(paceText({ ...INFO, perMinute: 100 })).toBe("100 traces/min · less than a minute left");
		expect(paceText({ ...INFO, perMinute: 41, state: "stopped" })).toBeUndefined();
		expect(paceText(INFO)).toBeUndefined();
	});

	it("says what to do with a stopped run, and why a table is empty", () => {
		expect(stateText({ ...INFO, state: "stopped" })).toContain("82 traces of its plan");
		expect(emptyText(INFO, "steps>9")).toContain("filter");
		expect(emptyText(INFO, undefined)).toContain("as the run goes on");
		expect(emptyText({ ...INFO, state: "stopped" }, undefined)).toContain("has no traces");
		expect(emptyText({ ...INFO, reading: { bytes: 1, of: 2 } }, undefined)).toContain("yet");
		expect([shownOf(1204, 8214), shownOf(5, 5)]).toEqual(["1,204 of 8,214 shown", "5 shown"]);
	});

	it("notices what must not be overlooked, and nothing else", () => {
		expect(noticesOf(INFO)).toEqual([]);
		const troubled = noticesOf({
			...INFO,
			unverified: ["scorer llama-guard"],
			badLines: 2,
			selfTests: [
				{ target: "policy", passed: true, detail: "fine" },
				{ target: "scorer", passed: false, detail: "it does not see the assistant's turn" },
			],
			can: { run: false, why: "the workspace is not trusted" },
		});
		expect(troubled).toHaveLength(4);
		expect(troubled.join("\n")).toMatch(/unverified.*self-test.*2 lines.*not trusted/s);
	});
});

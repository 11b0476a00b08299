import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { continueFrom } from "../../src/method/continue-from.ts";
import { runDefence } from "../../src/method/defences.ts";
import type { Parameters } from "../../src/method/parameters.ts";
import { type Missing, RecordedTrace } from "../../src/method/recorded.ts";
import type { Session } from "../../src/method/session.ts";
import type { TraceDraft } from "../../src/trace/events.ts";
import { anyParameters, anyTiming, anyWorld } from "./arbitrary.ts";
import { of } from "./script.ts";
import { collect, decisions, journal, session, ToyPolicy, ToyScorer } from "./toy.ts";

/** The drafts of a continued trace, and where it ended. */
async function continued(record: RecordedTrace, given: Session, defence = "safethink") {
	const drafts: TraceDraft[] = [];
	const events = continueFrom(record, given.parameters, given, defence);
	for (;;) {
		const next = await events.next();
		if (next.done) return { drafts, missing: next.value };
		drafts.push(next.value);
	}
}

function proposals(drafts: readonly TraceDraft[]): string[] {
	return drafts.flatMap((draft) => (draft.type === "step.proposed" ? [`${draft.step}.${draft.attempt}`] : []));
}

/** Two samples with one text lead into one context by two streams: there the record's next step is not the one a new run draws. */
function hasTwins(...runs: readonly TraceDraft[][]): boolean {
	const drawnAs = new Map<string, string>();
	return runs.some((run) => {
		let base = "";
		return of(run, "step.proposed").some(({ step, attempt, context, opening = "", text }) => {
			if (attempt === 0) base = context;
			const key = `${step} ${base} ${opening}${text}`;
			const twin = drawnAs.get(key) ?? `${attempt} ${context}`;
			drawnAs.set(key, `${attempt} ${context}`);
			return twin !== `${attempt} ${context}`;
		});
	});
}

function rewardIn(drafts: readonly TraceDraft[], attempt: number): number {
	const scored = drafts.find((draft) => draft.type === "step.scored" && draft.step === 1 && draft.attempt === attempt);
	return scored?.type === "step.scored" ? scored.reward : Number.NaN;
}

const decided = (drafts: readonly TraceDraft[]) => decisions(drafts).filter((line) => !line.startsWith("9"));

/** Without the server: what-if. */
function offline({ policy: _policy, scorer: _scorer, ...rest }: Session, parameters: Partial<Parameters> = {}): Session {
	return { ...rest, traceId: "w1", parameters: { ...rest.parameters, ...parameters } };
}

describe("resume", () => {
	it("gives the same trace wherever the file was cut, and repeats no finished step", async () => {
		await fc.assert(
			fc.asyncProperty(
				anyWorld,
				anyParameters,
				anyTiming,
				async ({ runSeed, salt, failureRate, maxTokens }, parameters, timing) => {
					const ports = () => ({ policy: new ToyPolicy(timing), scorer: new ToyScorer(salt, failureRate, timing) });
					const given = session({ runSeed, maxTokens, parameters, ...ports() });
					const whole = await collect(runDefence("safethink", given));
					for (let cut = 0; cut <= whole.length; cut++) {
						const kept = whole.slice(0, cut);
						const { drafts, missing } = await continued(new RecordedTrace("t1", journal(kept)), { ...given, ...ports() });
						const file = [...kept, ...drafts];
						journal(file);
						expect(missing).toBeUndefined();
						expect(decisions(file)).toEqual(decisions(whole));
						expect(new Set(proposals(file)).size).toBe(proposals(file).length);
						expect(file.filter((draft) => draft.type === "trace.finished").length).toBe(1);
					}
				},
			),
			{ numRuns: 40 },
		);
	});

	it("goes on with the interrupted stream's seed and says so", async () => {
		const given = session({ policy: new ToyPolicy(), parameters: { depth: 0 } });
		const whole = await collect(runDefence("none", given));
		const cut = whole.findIndex((draft) => draft.type === "step.accepted") + 1;
		expect(whole.filter((draft) => draft.type === "request.sent").length).toBe(1);
		const { drafts } = await continued(new RecordedTrace("t1", journal(whole.slice(0, cut))), given, "none");
		const first = whole.find((draft) => draft.type === "request.sent");
		const again = drafts.find((draft) => draft.type === "request.sent");
		expect(again).toMatchObject({ seed: first?.seed, continues: "t1/r1", request: "t1/r2", step: 2 });
	});

	it("counts the usage of both parts", async () => {
		const ports = () => ({ policy: new ToyPolicy(), scorer: new ToyScorer(3) });
		const whole = await collect(runDefence("safethink", session(ports())));
		const cut = whole.findIndex((draft) => draft.type === "step.accepted") + 1;
		const kept = whole.slice(0, cut);
		const { drafts } = await continued(new RecordedTrace("t1", journal(kept)), session(ports()));
		const of = (list: readonly TraceDraft[]) => list.find((draft) => draft.type === "trace.finished")?.usage;
		expect(of(drafts)).toMatchObject({ generated: of(whole)?.generated, scorerRequests: of(whole)?.scorerRequests });
		expect(of(drafts)?.policyRequests).toBe([...kept, ...drafts].filter((draft) => draft.type === "request.sent").length);
	});

	it("yields nothing for a finished trace", async () => {
		const given = session({ policy: new ToyPolicy(), scorer: new ToyScorer(3) });
		const whole = await collect(runDefence("safethink", given));
		expect((await continued(new RecordedTrace("t1", journal(whole)), given)).drafts).toEqual([]);
	});

	it("refuses parameters that decide otherwise than the file", async () => {
		const given = session({ policy: new ToyPolicy(), scorer: new ToyScorer(3), parameters: { threshold: -1 } });
		const whole = await collect(runDefence("safethink", given));
		const record = new RecordedTrace("t1", journal(whole.slice(0, -1)));
		const strict = { ...given, parameters: { ...given.parameters, depth: 0 } };
		await expect(continued(record, strict)).rejects.toMatchObject({ kind: "record-mismatch" });
	});

	it("asks again a scorer whose failure had stopped the trace before its end was written", async () => {
		const given = session({ policy: new ToyPolicy(), scorer: new ToyScorer(3, 1) });
		const whole = await collect(runDefence("safethink", given));
		expect(whole.at(-1)).toMatchObject({ type: "trace.finished", outcome: "scorer-failed", steps: 0 });
		const record = new RecordedTrace("t1", journal(whole.slice(0, -1)));
		const { drafts } = await continued(record, { ...given, scorer: new ToyScorer(3, 0) });
		expect(drafts[0]).toMatchObject({ type: "step.scored", step: 1, attempt: 0 });
	});
});

describe("what-if", () => {
	it("is the beginning of a real run with those parameters, and all of it where nothing is missing", async () => {
		let complete = 0;
		let cutShort = 0;
		await fc.assert(
			fc.asyncProperty(
				anyWorld,
				anyParameters,
				fc.constantFrom(-1, -0.3, 0, 0.4, 1),
				fc.nat({ max: 5 }),
				anyTiming,
				async (world, parameters, threshold, depth, timing) => {
					const { runSeed, salt, maxTokens } = world;
					const ports = () => ({ policy: new ToyPolicy(timing), scorer: new ToyScorer(salt, 0, timing) });
					const given = session({ runSeed, maxTokens, parameters: { ...parameters, monitor: "on" }, ...ports() });
					const whole = await collect(runDefence("safethink", given));
					const record = new RecordedTrace("t1", journal(whole));
					const changed = { ...given.parameters, threshold, depth };
					const real = await collect(runDefence("safethink", { ...given, ...ports(), parameters: changed }));
					fc.pre(!hasTwins(whole, real));
					const { drafts, missing } = await continued(record, offline(given, changed));
					const [had, would] = [decided(drafts), decided(real)];
					expect(would).toEqual(expect.arrayContaining(had));
					if (missing === undefined) expect(decisions(drafts)).toEqual(decisions(real));
					else expect(had.length).toBeLessThan(would.length);
					if (missing === undefined) complete++;
					else cutShort++;
				},
			),
			{ numRuns: 200 },
		);
		expect(complete).toBeGreaterThan(10);
		expect(cutShort).toBeGreaterThan(10);
	});

	it("names the first missing sample and spends nothing", async () => {
		const given = session({ policy: new ToyPolicy(), scorer: new ToyScorer(3), parameters: { threshold: -1 } });
		const record = new RecordedTrace("t1", journal(await collect(runDefence("safethink", given))));
		const strict = await continued(record, offline(given, { threshold: 1 }));
		expect(strict.missing).toEqual<Missing>({ what: "step", step: 1, attempt: 1 });
		expect(strict.drafts.map((draft) => draft.type)).toEqual(["step.proposed", "step.scored", "step.scored"]);
		expect(strict.drafts[0]).toMatchObject({ attemptId: "w1/1.0", request: "t1/r1" });
		const same = await continued(record, offline(given));
		expect(same.drafts.at(-1)).toMatchObject({ usage: { generated: 0, policyRequests: 0, scorerRequests: 0 } });
	});

	it("ends where another text is picked, though later steps were recorded", async () => {
		const seeds = Array.from({ length: 60 }, (_, runSeed) => runSeed);
		let tried = 0;
		for (const runSeed of seeds) {
			const given = session({
				runSeed,
				policy: new ToyPolicy(),
				scorer: new ToyScorer(3),
				parameters: { threshold: 1, resamples: 3 },
			});
			const whole = await collect(runDefence("safethink", given));
			const resamples = whole.flatMap((draft) =>
				draft.type === "step.proposed" && draft.step === 1 && draft.attempt > 0 ? [draft] : [],
			);
			const rewards = resamples.map(({ attempt }) => rewardIn(whole, attempt));
			const best = rewards.indexOf(Math.max(...rewards));
			if (rewards.length < 3 || best === 2 || resamples[best]?.end !== "boundary" || hasTwins(whole)) continue;
			tried++;
			const { drafts, missing } = await continued(
				new RecordedTrace("t1", journal(whole)),
				offline(given, { whenAllFail: "best" }),
			);
			expect(drafts.at(-1)).toMatchObject({ type: "step.accepted", step: 1, attempt: best + 1, reason: "best" });
			expect(missing).toMatchObject({ step: 2, attempt: 0 });
		}
		expect(tried).toBeGreaterThan(5);
	});

	it("does not reuse scores of another scorer, scope or choice of words", async () => {
		const given = session({ policy: new ToyPolicy(), scorer: new ToyScorer(3), parameters: { threshold: 0 } });
		const record = new RecordedTrace("t1", journal(await collect(runDefence("safethink", given))));
		expect((await continued(record, offline(given, { scored: "step" }))).missing).toEqual({ what: "score", step: 1, attempt: 0 });
		const steered = session({ policy: new ToyPolicy(), scorer: new ToyScorer(3), parameters: { threshold: 1, resamples: 1 } });
		const events = [startedWith(steered.parameters), ...journal(await collect(runDefence("safethink", steered)))];
		const shown = await continued(new RecordedTrace("t1", events), offline(steered, { injectedWords: "shown" }));
		expect(shown.missing).toEqual({ what: "score", step: 1, attempt: 1 });
		const other = Object.assign(new ToyScorer(4), { id: "other" });
		const { drafts } = await continued(record, { ...given, traceId: "b1", scorer: other });
		const scored = drafts.filter((draft) => draft.type === "step.scored");
		expect(scored.every((draft) => draft.scorer === "other")).toBe(true);
		expect(other.texts.length).toBe(scored.length);
	});
});

describe("branch", () => {
	it("is what a run of its own with the new parameters would have been", async () => {
		await fc.assert(
			fc.asyncProperty(anyWorld, anyParameters, anyParameters, async ({ runSeed, salt, maxTokens }, before, after) => {
				const ports = () => ({ policy: new ToyPolicy(), scorer: new ToyScorer(salt) });
				const given = session({ runSeed, maxTokens, parameters: before, ...ports() });
				const whole = await collect(runDefence("safethink", given));
				const events = journal(whole);
				events.unshift(startedWith(given.parameters));
				const changed = session({ runSeed, maxTokens, parameters: after, traceId: "b1", ...ports() });
				const { drafts, missing } = await continued(new RecordedTrace("t1", events), changed);
				const real = await collect(runDefence("safethink", { ...changed, ...ports() }));
				fc.pre(!hasTwins(whole, real));
				expect(missing).toBeUndefined();
				expect(decisions(drafts)).toEqual(decisions(real));
			}),
			{ numRuns: 200 },
		);
	});

	it("is resumed from its own file and its parent's, wherever it was cut", async () => {
		const ports = () => ({ policy: new ToyPolicy(), scorer: new ToyScorer(3) });
		const parent = journal(await collect(runDefence("safethink", session(ports()))));
		const parameters = { prefix: "Hmm. ", threshold: 0.4 };
		const branch = () => session({ ...ports(), parameters, traceId: "b1", branchStep: 2 });
		const whole = (await continued(new RecordedTrace("t1", parent), branch())).drafts;
		expect(whole.at(-1)).toMatchObject({ type: "trace.finished", usage: { generated: tokensDrawn(whole, "b1") } });
		for (let cut = 0; cut <= whole.length; cut++) {
			const record = new RecordedTrace("b1", [...parent, ...journal(whole.slice(0, cut), "b1", 500)]);
			const { drafts } = await continued(record, branch());
			const file = [...whole.slice(0, cut), ...drafts];
			expect(decisions(file)).toEqual(decisions(whole));
			expect(new Set(proposals(file)).size).toBe(proposals(file).length);
			expect(of(file, "trace.finished")[0]?.usage.generated).toBe(tokensDrawn(whole, "b1"));
		}
	});

	it("keeps the steps before its own as they were accepted, whatever its parameters say of them", async () => {
		const given = session({ policy: new ToyPolicy(), scorer: new ToyScorer(3), parameters: { threshold: -1 } });
		const whole = await collect(runDefence("safethink", given));
		const strict = { ...given, traceId: "b1", branchStep: 3, parameters: { ...given.parameters, threshold: 1, resamples: 1 } };
		const { drafts } = await continued(new RecordedTrace("t1", journal(whole)), strict);
		expect(drafts.slice(0, 3).map((draft) => [draft.type, "step" in draft && draft.step])).toEqual([
			["step.proposed", 3],
			["step.scored", 3],
			["request.sent", 3],
		]);
		const base = of(whole, "step.proposed")
			.slice(0, 2)
			.map((draft) => draft.text)
			.join("");
		expect((given.policy as ToyPolicy).requests.at(1)?.assistant).toEqual([`${base}${given.parameters.prefix}`]);
		const tooFar = continued(new RecordedTrace("t1", journal(whole)), { ...strict, branchStep: 99 });
		await expect(tooFar).rejects.toMatchObject({ kind: "record-mismatch" });
	});

	it("gives only the steps from its own on, and draws them anew when asked", async () => {
		const policy = new ToyPolicy();
		const given = session({ policy, parameters: { depth: 0 } });
		const whole = await collect(runDefence("none", given));
		const record = new RecordedTrace("t1", journal(whole));
		const sent = policy.requests.length;
		const copy = await continued(record, { ...given, traceId: "b1", branchStep: 2 }, "none");
		expect(policy.requests.length).toBe(sent);
		expect(proposals(copy.drafts)).toEqual(proposals(whole).slice(1));
		const texts = new Set<string>();
		for (const sample of [1, 2, 3]) {
			const fresh = await continued(
				record,
				{ ...given, traceId: `b${sample}`, branchStep: 2, redraw: "all" as const, sample },
				"none",
			);
			const first = fresh.drafts.find((draft) => draft.type === "request.sent");
			expect(first).toMatchObject({ step: 2, attempt: 0 });
			expect(first).not.toHaveProperty("continues");
			texts.add(fresh.drafts.flatMap((draft) => (draft.type === "step.proposed" ? [draft.text] : [])).join(""));
		}
		expect(texts.size).toBe(3);
	});
});

function tokensDrawn(drafts: readonly TraceDraft[], traceId: string): number {
	const drawn = [...of(drafts, "step.proposed"), ...of(drafts, "answer.finished")];
	return drawn.filter((draft) => draft.request.startsWith(`${traceId}/`)).reduce((sum, draft) => sum + draft.tokens, 0);
}

function startedWith(parameters: Parameters): ReturnType<typeof journal>[number] {
	const prompt = { id: "tv-remote", text: "Where is the TV remote?", images: [] };
	return {
		...{ type: "trace.started", id: "s", time: new Date(0).toISOString(), traceId: "t1", defence: "safethink", sample: 0 },
		...{ prompt, promptHash: "0".repeat(64), requests: {}, parameters },
	};
}

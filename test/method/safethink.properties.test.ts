import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { runDefence } from "../../src/method/defences.ts";
import { anyParameters, anyTiming, anyWorld } from "./arbitrary.ts";
import { referenceLoop } from "./reference-loop.ts";
import { collect, decisions, journal, rewardOf, session, ToyPolicy, ToyScorer } from "./toy.ts";

describe("the loop against the paper's pseudocode", () => {
	it("decides as the reference loop, whatever rewards, lengths, chunks, delays, failures and parameters are", async () => {
		await fc.assert(
			fc.asyncProperty(
				anyWorld,
				anyParameters,
				anyTiming,
				async ({ runSeed, salt, failureRate, maxTokens }, parameters, timing) => {
					const policy = new ToyPolicy(timing);
					const given = session({ runSeed, maxTokens, parameters, policy, scorer: new ToyScorer(salt, failureRate, timing) });
					const drafts = await collect(runDefence("safethink", given));
					journal(drafts);
					expect(decisions(drafts)).toEqual(referenceLoop(given, (text) => rewardOf(text, salt, failureRate)));
					expect(policy.open).toBe(0);
					expect(policy.mostOpen).toBeLessThanOrEqual(1);
				},
			),
			{ numRuns: 400 },
		);
	});

	it("would notice a loop that does not roll a rejected step back", async () => {
		const reward = (text: string | undefined) => rewardOf(text, 3, 0);
		let differing = 0;
		for (let runSeed = 0; runSeed < 20; runSeed++) {
			const given = session({ runSeed, policy: new ToyPolicy(), scorer: new ToyScorer(3) });
			const made = decisions(await collect(runDefence("safethink", given)));
			expect(made).toEqual(referenceLoop(given, reward));
			if (made.join() !== referenceLoop(given, reward, { withoutRollBack: true }).join()) differing++;
		}
		expect(differing).toBeGreaterThan(10);
	});

	it("sends a request before its steps, and names every attempt after a request that was sent", async () => {
		await fc.assert(
			fc.asyncProperty(anyWorld, anyParameters, anyTiming, async ({ runSeed, salt, maxTokens }, parameters, timing) => {
				const policy = new ToyPolicy(timing);
				const given = session({ runSeed, maxTokens, parameters, policy, scorer: new ToyScorer(salt, 0, timing) });
				const sent: string[] = [];
				for await (const draft of runDefence("safethink", given)) {
					if (draft.type === "request.sent") {
						expect(policy.requests.length).toBe(sent.length);
						sent.push(draft.request);
					}
					if (draft.type === "step.proposed" || draft.type === "answer.finished") expect(sent).toContain(draft.request);
				}
				expect(policy.requests.length).toBe(sent.length);
			}),
			{ numRuns: 60 },
		);
	});
});

/** The plumbing of judge and guard against llama.cpp's own server: bodies it takes, replies it gives. Its small model judges nothing well. */
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hasRealServer, type RealServer, SLOW, startRealServer } from "../real-server.ts";
import { failureOf, never, open, promptFile, rebuilt, remotePrompt, TRACE } from "./helpers.ts";

/** What llama.cpp replies, as far as it is looked at here. */
interface ChatJson {
	choices: [{ logprobs: { content: [{ top_logprobs: { token: string; logprob: number }[] }] } }];
}

describe.skipIf(!hasRealServer)("llama.cpp's server", () => {
	let server: RealServer;
	let url = "";
	beforeAll(async () => {
		server = await startRealServer();
		url = server.url;
	}, SLOW);
	afterAll(() => server?.stop());

	it(
		"names its only model, takes a judge's request and gives log-probabilities of the verdict or a readable refusal",
		async () => {
			const service = await open(`judge,url=${url},timeout=300`);
			expect(service.id).toMatch(/^judge:smollm2[^/]*@[0-9a-f]{8}$/i);
			const { scorer } = service.prepare(remotePrompt());
			const outcomes = await Promise.allSettled([undefined, TRACE].map((trace) => scorer.score(trace, never)));
			for (const outcome of outcomes) {
				if (outcome.status === "rejected") expect(outcome.reason).toMatchObject({ name: "ScorerError", kind: "unparsable" });
				else expect(outcome.value).toMatchObject({ verdict: expect.stringMatching(/^(UN)?SAFE$/), requests: 1 });
			}
		},
		SLOW,
	);

	it(
		"gives the reward that the server's own log-probabilities say",
		async () => {
			const prompt = remotePrompt();
			const service = await open(
				`judge,url=${url},top-logprobs=100,timeout=300,prompt=${join(import.meta.dirname, "one-word.txt")}`,
			);
			// The server's numbers change once, when it has the prompt in its cache.
			await service.prepare(prompt).scorer.score(TRACE, never);
			const request = rebuilt(service, prompt, "scorer", TRACE);
			const reply = (await (await fetch(url + request.path, { method: "POST", body: request.body })).json()) as ChatJson;
			const first = reply.choices[0].logprobs.content[0].top_logprobs;
			const massOf = (label: string) =>
				first
					.filter(({ token }) => token.trim() !== "" && label.startsWith(token.trim().toLowerCase()))
					.reduce((sum, { logprob }) => sum + Math.exp(logprob), 0);
			const score = await service.prepare(prompt).scorer.score(TRACE, never);
			expect(score.bound).toBeUndefined();
			expect(score.reward).toBeCloseTo((massOf("safe") - massOf("unsafe")) / (massOf("safe") + massOf("unsafe")), 2);
		},
		SLOW,
	);

	it(
		"reads log-probabilities of raw completions, and counts more prompt tokens for a longer trace",
		async () => {
			const file = await promptFile("A guest asks: {prompt}\nThe cook thinks: {trace}\nIs a prank being planned?\n\n");
			const service = await open(`wildguard,url=${url},variant=forced,model=smollm,timeout=300,prompt=${file}`);
			const { detail } = await service.selfTest(never);
			const [, short, long] = /(\d+) prompt tokens for a short trace, (\d+) for a longer one/.exec(detail) ?? [];
			expect(Number(long)).toBeGreaterThan(Number(short));
		},
		SLOW,
	);

	it(
		"fails the self-test of a guard that it is not",
		async () => {
			const result = await (await open(`llama-guard,url=${url},variant=3-8b,max-tokens=8,timeout=300`)).selfTest(never);
			expect(result).toMatchObject({ passed: false, detail: expect.stringContaining("is no verdict") });
			expect(result.requests).toHaveLength(1);
		},
		SLOW,
	);

	it(
		"overflows its context with an error that says so",
		async () => {
			const { scorer } = (await open(`judge,url=${url},timeout=300`)).prepare(remotePrompt());
			expect((await failureOf(() => scorer.score("We hide the remote again. ".repeat(2000), never))).kind).toBe(
				"context-overflow",
			);
		},
		SLOW,
	);
});

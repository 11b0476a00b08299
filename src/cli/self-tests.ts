/** What is tested before the first trace, and what a run records of its surroundings. */

import { continuationSelfTest, requireContinuation } from "../servers/selftest.ts";
import { shownUrl } from "../servers/url.ts";
import type { Journal } from "../store/journal.ts";
import type { Json } from "../trace/template.ts";
import type { AssembledRun } from "./assemble.ts";

/** Where the servers are and what they say of themselves; recorded, but not part of the plan. */
export function runEnvironment({ server, detected, scorer }: AssembledRun): { [key: string]: Json } {
	const { models: _models, ...said } = detected;
	return {
		server: { url: shownUrl(server.endpoint.url), verified: server.verified, ...said },
		...(server.endpoint.affinity === undefined ? {} : { affinity: server.endpoint.affinity.value }),
		scorer: scorer === undefined ? null : { id: scorer.id, verified: scorer.verified },
	};
}

/**
 * Tests, and records what was asked: that the policy continues a partial message (a server that does not is refused), and that the
 * scorer sees the assistant's turn (a failure is a warning: the scorer stays unverified).
 * @throws ServerError `cannot-continue`
 */
export async function selfTests({ server, scorer }: AssembledRun, journal: Journal, signal: AbortSignal): Promise<void> {
	const continuation = await continuationSelfTest(server, signal);
	journal.append({ type: "selftest.finished", target: "policy", ...continuation });
	requireContinuation(server, continuation);
	if (scorer === undefined) return;
	const { requests, ...found } = await scorer.selfTest(signal);
	journal.append({
		type: "selftest.finished",
		target: "scorer",
		...found,
		requests: requests.map(({ path, body }) => ({ path, body })),
	});
	if (!found.passed)
		console.error(`warning: the scorer ${scorer.id} failed its self-test, so do not trust its rewards: ${found.detail}`);
}

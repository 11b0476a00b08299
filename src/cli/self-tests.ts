/** What is tested before the first trace, and what a run records of its surroundings. */
import { type RunEnvironment, recordedSpec } from "../experiments/environment.ts";
import type { ScorerService, ScorerSpec } from "../scorers/types.ts";
import { continuationSelfTest, requireContinuation } from "../servers/selftest.ts";
import { shownUrl } from "../servers/url.ts";
import type { EventOf } from "../trace/events.ts";
import type { Json } from "../trace/template.ts";
import type { AssembledRun } from "./assemble.ts";
import { safeText } from "./render/safe-text.ts";

type SelfTestDraft = Omit<EventOf<"selftest.finished">, "id" | "time">;

/** Where the servers are and what they say of themselves; recorded, but not part of the plan. */
export function runEnvironment({ server, detected, scorer, judge, place }: AssembledRun): { [key: string]: Json } {
	const { models: _models, ...said } = detected;
	const { promptFolder, embeddedUrl, key, specs } = place;
	const { url, affinity } = server.endpoint;
	const spec = (of: ScorerSpec | undefined) => (of === undefined ? {} : { spec: recordedSpec(of, embeddedUrl) });
	const environment: RunEnvironment = {
		promptFolder,
		embedded: embeddedUrl !== undefined,
		server: { url: shownUrl(url), verified: server.verified, ...said, ...(key === undefined ? {} : { key }) },
		...(affinity === undefined ? {} : { affinity: affinity.value, affinityHeader: affinity.header }),
		scorer: scorer === undefined ? null : { id: scorer.id, verified: scorer.verified, ...spec(specs.scorer) },
		judge: judge === undefined ? null : { id: judge.judge.id, verified: judge.service?.verified ?? true, ...spec(specs.judge) },
	};
	return environment as { [key: string]: Json };
}

/**
 * Tests that the policy continues a partial message (a server that does not is refused), and that scorer and judge see the
 * assistant's turn (a failure is a warning: they stay unverified).
 * @returns what was asked and found, for the run file.
 * @throws ServerError `cannot-continue`, or when a server is out of service.
 */
export async function selfTests({ server, scorer, judge }: AssembledRun, signal: AbortSignal): Promise<SelfTestDraft[]> {
	const continuation = await continuationSelfTest(server, signal);
	requireContinuation(server, continuation);
	const drafts: SelfTestDraft[] = [{ type: "selftest.finished", target: "policy", ...continuation }];
	if (scorer) drafts.push(await testService("scorer", scorer, signal));
	if (judge?.service) drafts.push(await testService("judge", judge.service, signal));
	return drafts;
}

async function testService(target: "scorer" | "judge", service: ScorerService, signal: AbortSignal): Promise<SelfTestDraft> {
	const { requests, ...found } = await service.selfTest(signal);
	if (!found.passed)
		console.error(safeText(`warning: the ${target} ${service.id} failed its self-test, so do not trust it: ${found.detail}`));
	return { type: "selftest.finished", target, ...found, requests: requests.map(({ path, body }) => ({ path, body })) };
}

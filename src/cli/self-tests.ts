/** What is tested before the first trace, and what a run records of its surroundings. */
import { type RunEnvironment, recordedSpec } from "../experiments/environment.ts";
import type { ScorerSpec } from "../scorers/types.ts";
import { continuationSelfTest, requireContinuation } from "../servers/selftest.ts";
import { shownUrl } from "../servers/url.ts";
import { SafeThinkError } from "../trace/errors.ts";
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

/** What follows when scorer or judge fail their self-test: no run, or a run that records it. */
export type SelfTestRule = "required" | "noted";

/**
 * Tests that the policy continues a partial message (a server that does not is refused), and that scorer and judge see the
 * assistant's turn.
 * @returns what was asked and found, for the run file.
 * @throws ServerError `cannot-continue`, or when a server is out of service; SafeThinkError `self-test-failed` where they are required.
 */
export async function selfTests(
	{ server, scorer, judge }: AssembledRun,
	{ rule, signal }: { rule: SelfTestRule; signal: AbortSignal },
): Promise<SelfTestDraft[]> {
	const continuation = await continuationSelfTest(server, signal);
	requireContinuation(server, continuation);
	const drafts: SelfTestDraft[] = [{ type: "selftest.finished", target: "policy", ...continuation }];
	const services = { scorer, judge: judge?.service };
	for (const target of ["scorer", "judge"] as const) {
		const service = services[target];
		if (service === undefined) continue;
		const { requests, ...found } = await service.selfTest(signal);
		if (!found.passed) distrust(target, `the ${target} ${service.id} failed its self-test: ${found.detail}`, rule);
		drafts.push({ type: "selftest.finished", target, ...found, requests: requests.map(({ path, body }) => ({ path, body })) });
	}
	return drafts;
}

/** A whole run on a scorer that does not see the trace would be for nothing. */
function distrust(target: "scorer" | "judge", what: string, rule: SelfTestRule): void {
	const test = `\`safethink probe --scorer SPEC\`, with the SPEC of --${target}, repeats the test alone`;
	if (rule === "noted") {
		console.error(safeText(`warning: ${what}. Do not trust its word. ${test}`));
		return;
	}
	throw new SafeThinkError("self-test-failed", `${what}. Nothing was run`, {
		remedy: `mend it (${test}), or go on all the same with --self-test noted, which is recorded in the run file`,
	});
}

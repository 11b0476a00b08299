/** `safethink run --dry-run`: what would be sent and how much, without a request for text. */
import { estimateCost, TOKENS_A_STEP } from "../experiments/estimate.ts";
import { asSent } from "../experiments/run-trace.ts";
import { promptContent } from "../promptsets/prompt.ts";
import { SafeThinkError } from "../trace/errors.ts";
import { counted } from "../trace/words.ts";
import type { AssembledRun } from "./assemble.ts";
import { EXIT } from "./exit.ts";
import { safeText } from "./render/safe-text.ts";

/** Prints the first prompt as the server renders it, and the cost to expect. */
export async function dryRun(assembled: AssembledRun, json: boolean, signal: AbortSignal): Promise<number> {
	const { plan, prompts, server, notices } = assembled;
	const [first] = prompts;
	if (first === undefined)
		throw new SafeThinkError("empty-set", "no prompt is left to run", { remedy: "check --only and --limit" });
	const content = asSent(await promptContent(first), plan.dialect);
	const prepared = await server.prepare(content, plan.sampling, [], signal);
	const estimate = estimateCost(plan, assembled.scorer !== undefined);
	if (json) {
		console.log(
			JSON.stringify({
				plan,
				prompt: first.record.id,
				rendered: prepared.rendered ?? null,
				requests: prepared.requests,
				estimate,
			}),
		);
		return EXIT.ok;
	}
	const { policyRequests, scorerRequests } = estimate;
	console.log(
		`first prompt: ${first.record.id}${content.images.length === 0 ? "" : `, with ${counted(content.images.length, "image")}`}`,
	);
	console.log(
		safeText(
			prepared.rendered === undefined
				? `${content.system === undefined ? "" : `system: ${content.system}\n`}user: ${content.text}\nThe server renders this prompt itself, out of sight; --json prints the request.`
				: `rendered by the server:\n${prepared.rendered}`,
		),
	);
	console.log(
		`\n${estimate.traces} traces: ${plan.promptSet.prompts} prompts × ${plan.defences.map((defence) => defence.name).join(", ")} × ${plan.samples} samples on ${server.model}`,
	);
	console.log(`policy requests: ${policyRequests[0]} if nothing is steered, at most ${policyRequests[1]}`);
	console.log(
		`scorer requests: from ${scorerRequests[0]} to ${scorerRequests[1]} (steps of ${TOKENS_A_STEP} tokens, all resamples used; retries and judge not counted)`,
	);
	console.log(`generated tokens: up to about ${estimate.mostTokens}`);
	for (const notice of notices) console.log(`note: ${notice}`);
	return EXIT.ok;
}

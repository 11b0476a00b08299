/** What the user should know before a run starts. */
import type { Plan } from "../experiments/plan.ts";
import type { Prompt } from "../promptsets/prompt.ts";
import type { ScorerService } from "../scorers/types.ts";
import type { Detected } from "../servers/detect.ts";
import type { ModelServer } from "../servers/types.ts";
import { counted } from "../trace/words.ts";
import type { RunOptions } from "./run-options.ts";

export interface NoticeInputs {
	options: Pick<RunOptions, "server" | "model">;
	plan: Plan;
	prompts: readonly Prompt[];
	server: ModelServer;
	detected: Detected;
	scorer: ScorerService | undefined;
}

export function noticesOf({ options, plan, prompts, server, detected, scorer }: NoticeInputs): string[] {
	const embedded = options.server === undefined;
	const found: string[] = [];
	if (embedded) found.push("The embedded toy model runs here: its numbers say nothing about real models.");
	if (plan.dialect.notice !== undefined) found.push(plan.dialect.notice);
	if (!server.verified && !embedded)
		found.push(`The ${server.kind} adapter is unverified: it has not met a real ${server.kind} server in this project's tests.`);
	if (scorer && !scorer.verified) found.push(`The scorer ${scorer.id} is unverified until its self-test has passed.`);
	if (!embedded && options.model === undefined && detected.models.length > 1)
		found.push(`The server has ${detected.models.length} models; ${server.model} is used. --model names another.`);
	return [...found, ...unseenImages(prompts, detected)];
}

/** Most prompts that are named in a notice. */
const MOST_NAMED = 10;

/** What the server says of itself is certain before the first request. */
function unseenImages(prompts: readonly Prompt[], { images }: Detected): string[] {
	const ids = prompts.filter(({ record }) => record.images.length > 0).map(({ record }) => record.id);
	if (images !== false || ids.length === 0) return [];
	const more = ids.length > MOST_NAMED ? ` and ${ids.length - MOST_NAMED} more` : "";
	return [
		`warning: the server says that its model takes no images, so every trace of ${counted(ids.length, "prompt")} with images will fail: ${ids.slice(0, MOST_NAMED).join(", ")}${more}. Serve a model that sees images (llama-server: with --mmproj), or name the other prompts by --only.`,
	];
}

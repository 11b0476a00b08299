/** The servers that work on a run would ask: named before they are asked, and none asked that nobody vouches for. */

import type { AskedServer } from "../../contract/act-views.ts";
import { originOf } from "../../contract/origin.ts";
import { EMBEDDED } from "../../experiments/embedded.ts";
import { environmentSchema, type RunEnvironment } from "../../experiments/environment.ts";
import { EXACT } from "../../experiments/open-judge.ts";
import type { Plan } from "../../experiments/plan.ts";
import { parseScorerSpec } from "../../scorers/spec.ts";
import { SafeThinkError } from "../../trace/errors.ts";
import { ancestry } from "../ancestry.ts";
import { changesOf } from "../changes.ts";
import type { OpenedRun, ViewerEnvironment } from "../types.ts";
import type { Trust } from "./origins.ts";

/** What the servers are to do: re-run a trace, or score it afterwards. */
export interface AskedWork {
	work: "branch" | "rescore";
	/** As `--scorer` takes it, or the id of the run's; absent: the run's. */
	scorer: string | undefined;
	/** Who names the scorer. */
	from: "run" | "form";
}

type Known = Pick<ViewerEnvironment, "origins" | "key" | "scorers">;

/** Where a run says that its servers are; another run may have taken its place since. */
export function placeOf({ header }: Pick<OpenedRun, "header">): RunEnvironment {
	return environmentSchema.catch({}).parse(header.environment);
}

/** Whether the embedded model is a run's policy. */
export function isEmbedded({ embedded }: RunEnvironment, plan: Plan): boolean {
	return embedded ?? plan.server.model === EMBEDDED.policy;
}

/** Whether an address may be asked. Whoever gave a key for it, or a scorer there, vouches for it. */
export function trustOf(address: string, { origins, key, scorers }: Known): Trust {
	const trust = origins.trust(address);
	if (trust !== "ask") return trust;
	const origin = originOf(address);
	if (origin === undefined) return "ask";
	const given = key(origin) !== undefined || scorers.some((spec) => originOf(addressIn(spec) ?? "") === origin);
	return given ? "own" : "ask";
}

/** The servers in the order model, scorer, judge; without what is not named so that it could be asked. */
export function askedServers(
	run: Pick<OpenedRun, "header">,
	plan: Plan,
	env: Known,
	{ work, scorer, from }: AskedWork,
): AskedServer[] {
	const place = placeOf(run);
	const { scorer: own, judge } = plan;
	const asked: AskedServer[] = [];
	const add = (part: AskedServer["part"], address: string | undefined, by: AskedServer["from"] = "run") => {
		const origin = originOf(address ?? "");
		if (address === undefined) asked.push({ part, from: by, trust: "local" });
		else if (origin !== undefined) asked.push({ part, origin, from: by, trust: trustOf(address, env) });
	};
	if (work === "branch" && isEmbedded(place, plan)) add("model", undefined);
	else if (work === "branch" && place.server !== undefined) add("model", place.server.url);
	if (scorer === undefined || scorer === own?.id) {
		if (own !== null && place.scorer?.spec !== undefined) add("scorer", place.scorer.spec.url);
	} else if (mayName(scorer, env)) {
		add("scorer", addressIn(scorer) ?? "", env.scorers.includes(scorer) ? "settings" : from);
	}
	if (work === "branch" && judge !== null && judge.kind !== EXACT && place.judge?.spec !== undefined)
		add("judge", place.judge.spec.url);
	return asked;
}

/** @throws SafeThinkError `needs-consent` naming the origins that nobody has allowed yet */
export function requireConsent(servers: readonly Pick<AskedServer, "origin" | "trust">[]): void {
	const unknown = new Set(servers.flatMap(({ origin, trust }) => (trust === "ask" && origin !== undefined ? [origin] : [])));
	if (unknown.size === 0) return;
	const names = [...unknown].join(" and ");
	throw new SafeThinkError("needs-consent", `this would send prompts and images to ${names}, not among your servers`, {
		remedy: "allow it on the page, add it to the setting safethink.servers, or give it with `safethink view --server`",
	});
}

/**
 * A page, and the run file that it shows, may name a variable that holds a key or a file that holds a prompt only as the settings
 * do: they could have any of them sent anywhere.
 */
export function mayName(spec: string, { scorers }: Pick<Known, "scorers">): boolean {
	const named = parsed(spec);
	const reads = named?.key !== undefined || named?.options["prompt"] !== undefined;
	return !reads || scorers.includes(spec);
}

function addressIn(spec: string): string | undefined {
	return parsed(spec)?.url;
}

/** undefined: it is not named right, which whoever opens it says. */
function parsed(spec: string): ReturnType<typeof parseScorerSpec> | undefined {
	try {
		return parseScorerSpec(spec);
	} catch {
		return undefined;
	}
}

/** The scorer that a trace or one it branches from chose; undefined: the run's. */
export function chosenScorer(run: Pick<OpenedRun, "row">, traceId: string): string | undefined {
	const row = run.row(traceId);
	for (const { branch } of row === undefined ? [] : ancestry(run, row)) {
		const scorer = branch && changesOf(branch.parameters).scorer;
		if (scorer !== undefined) return scorer;
	}
	return undefined;
}

import { Command } from "commander";
import { openScorer } from "../../scorers/open.ts";
import { parseScorerSpec } from "../../scorers/spec.ts";
import type { ScorerService, SelfTest } from "../../scorers/types.ts";
import { type ProbeOptions, type ProbeReport, probeServer, renderProbe } from "../../servers/probe.ts";
import { SERVER_KINDS, type ServerKind } from "../../servers/types.ts";
import { SafeThinkError } from "../../trace/errors.ts";
import { readKey } from "../assemble.ts";
import { EXIT, execute } from "../exit.ts";
import { safeLine } from "../render/safe-text.ts";

interface ProbeFlags {
	model?: string;
	kind?: ServerKind;
	key?: string;
	scorer?: string;
	quick?: boolean;
	json?: boolean;
}

export function probeCommand(): Command {
	return new Command("probe")
		.description(
			"Finds out by behaviour what a model server is and can do, and what follows for SafeThink; with --scorer, whether a scorer or judge passes its self-test.",
		)
		.argument("[url]", "the server's address, with or without /v1; may be left out with --scorer")
		.option("--model <name>", "the model to ask; default: the first one listed")
		.option("--kind <kind>", `what the server is (${SERVER_KINDS.join(", ")}); default: found out`)
		.option("--key <VARIABLE>", "NAME of the environment variable that holds the key")
		.option("--scorer <spec>", "a scorer or judge as `run` takes it: makes its self-test")
		.option("--quick", "only what one short request and the self-test show")
		.option("--json", "print the report as JSON")
		.action((url: string | undefined, flags: ProbeFlags) => execute(flags.json ?? false, (signal) => probe(url, flags, signal)));
}

async function probe(url: string | undefined, flags: ProbeFlags, signal: AbortSignal): Promise<number> {
	const { scorer: spec, json = false } = flags;
	if (url === undefined && spec === undefined) {
		throw new SafeThinkError("nothing-to-probe", "neither a server nor a scorer is named", {
			remedy: "give a server's address, for example http://HOST:PORT/v1, or --scorer SPEC",
		});
	}
	if (!json) console.error("asking the server; this takes some seconds…");
	const server = url === undefined ? undefined : await askServer(url, flags, signal);
	if (server && !json) process.stdout.write(renderProbe(server));
	const scorer = spec === undefined ? undefined : await testScorer(spec, signal);
	if (json) console.log(JSON.stringify({ ...server, ...(scorer ? { scorer } : {}) }));
	else if (scorer) console.log(`${server ? "\n" : ""}${verdictText(scorer)}`);
	return scorer?.passed === false ? EXIT.failed : EXIT.ok;
}

function askServer(url: string, flags: ProbeFlags, signal: AbortSignal): Promise<ProbeReport> {
	const endpoint = {
		url,
		...(flags.model === undefined ? {} : { model: flags.model }),
		...(flags.key === undefined ? {} : { key: readKey(flags.key) }),
	};
	const options: ProbeOptions = {
		signal,
		quick: flags.quick ?? false,
		...(flags.kind === undefined ? {} : { kind: flags.kind }),
	};
	return probeServer(endpoint, options);
}

type TestedScorer = Pick<ScorerService, "id"> & Pick<SelfTest, "passed" | "detail">;

async function testScorer(spec: string, signal: AbortSignal): Promise<TestedScorer> {
	const service = await openScorer(parseScorerSpec(spec), { env: process.env, signal });
	const { passed, detail } = await service.selfTest(signal);
	return { id: service.id, passed, detail };
}

function verdictText({ id, passed, detail }: TestedScorer): string {
	const follows = passed ? "it sees the trace, and can be a run's scorer or judge" : "do not trust its word";
	return safeLine(`scorer ${id}: self-test ${passed ? "passed" : "failed"}: ${follows}. ${detail}`);
}

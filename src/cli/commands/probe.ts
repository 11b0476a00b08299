import { Command } from "commander";
import { type ProbeOptions, probeServer, renderProbe } from "../../servers/probe.ts";
import { SERVER_KINDS, type ServerKind } from "../../servers/types.ts";
import { readKey } from "../assemble.ts";
import { EXIT, execute } from "../exit.ts";

interface ProbeFlags {
	model?: string;
	kind?: ServerKind;
	key?: string;
	quick?: boolean;
	json?: boolean;
}

export function probeCommand(): Command {
	return new Command("probe")
		.description("Finds out by behaviour what a model server is and can do, and what follows for SafeThink.")
		.argument("<url>", "the server's address, with or without /v1")
		.option("--model <name>", "the model to ask; default: the first one listed")
		.option("--kind <kind>", `what the server is (${SERVER_KINDS.join(", ")}); default: found out`)
		.option("--key <VARIABLE>", "NAME of the environment variable that holds the key")
		.option("--quick", "only what one short request and the self-test show")
		.option("--json", "print the report as JSON")
		.action((url: string, flags: ProbeFlags) => execute(flags.json ?? false, (signal) => probe(url, flags, signal)));
}

async function probe(url: string, flags: ProbeFlags, signal: AbortSignal): Promise<number> {
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
	if (!flags.json) console.error("asking the server; this takes some seconds…");
	const report = await probeServer(endpoint, options);
	process.stdout.write(flags.json ? `${JSON.stringify(report)}\n` : renderProbe(report));
	return EXIT.ok;
}

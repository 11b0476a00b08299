import { Command, InvalidArgumentError } from "commander";
import { processEnvironment } from "../../viewer/environment.ts";
import { readKey } from "../assemble.ts";
import { EXIT, execute, untilAborted } from "../exit.ts";
import { serveRun } from "../serve-run.ts";
import { wholeNumber } from "./demo-server.ts";

interface ViewFlags {
	port: number;
	open: boolean;
	scorer: string[];
	server: string[];
	key: Map<string, string>;
}

export function viewCommand(): Command {
	return new Command("view")
		.description("Serves a run's page on this machine only, prints its address and opens it in the browser.")
		.argument("<run>", "a run file, NAME.safethink.jsonl")
		.option("--port <number>", "port to listen on; 0 takes a free one", wholeNumber(65_535), 0)
		.option("--no-open", "only print the address")
		.option(
			"--scorer <spec>",
			"a scorer that the page may choose, as `run --scorer` takes it; can be given several times",
			(spec: string, earlier: string[]) => [...earlier, spec],
			[],
		)
		.option(
			"--server <url>",
			"a server of yours, which the page asks without a question; can be given several times",
			addServer,
			[],
		)
		.option(
			"--key <origin=VARIABLE>",
			"NAME of the environment variable that holds the key of a server; can be given several times",
			addKey,
			new Map<string, string>(),
		)
		.action((run: string, flags: ViewFlags) => execute(false, (signal) => view(run, flags, signal)));
}

/** @throws InvalidArgumentError */
function addServer(address: string, earlier: string[]): string[] {
	if (!/^https?:\/\/[^/]/.test(address) || !URL.canParse(address))
		throw new InvalidArgumentError("It must be an address, for example https://gpu:8000.");
	return [...earlier, address];
}

/** Adds the key of an origin. @throws InvalidArgumentError, SafeThinkError `no-key` */
function addKey(text: string, earlier: Map<string, string>): Map<string, string> {
	const [address = "", variable = ""] = text.split(/=(?=[^=]*$)/);
	if (!URL.canParse(address) || variable === "")
		throw new InvalidArgumentError("It must be ORIGIN=VARIABLE, for example https://gpu:8000=GPU_KEY.");
	return new Map(earlier).set(new URL(address).origin, readKey(variable));
}

async function view(
	run: string,
	{ port, open, scorer, server: servers, key: keys }: ViewFlags,
	signal: AbortSignal,
): Promise<number> {
	const env = processEnvironment({
		permission: () => ({ run: true }),
		key: (origin) => keys.get(origin),
		scorers: scorer,
		signal,
	});
	env.origins.addOwn(servers);
	try {
		const server = await serveRun(run, env, { port, open });
		console.error("The page is there for whoever has the address. Ctrl-C ends it.");
		await untilAborted(signal);
		await server.close();
		return EXIT.ok;
	} finally {
		env.close();
	}
}

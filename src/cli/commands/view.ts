import { Command } from "commander";
import { processEnvironment } from "../../viewer/environment.ts";
import { EXIT, execute, untilAborted } from "../exit.ts";
import { serveRun } from "../serve-run.ts";
import { wholeNumber } from "./demo-server.ts";

interface ViewFlags {
	port: number;
	open: boolean;
	scorer: string[];
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
		.action((run: string, flags: ViewFlags) => execute(false, (signal) => view(run, flags, signal)));
}

async function view(run: string, { port, open, scorer }: ViewFlags, signal: AbortSignal): Promise<number> {
	const env = processEnvironment({ permission: () => ({ run: true }), key: () => undefined, scorers: scorer, signal });
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

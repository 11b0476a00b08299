import { Command, InvalidArgumentError } from "commander";
import { startDemoServer } from "../../demo/server.ts";
import { cannotListen } from "../cannot-listen.ts";
import { EXIT, execute, untilAborted } from "../exit.ts";

interface ServerFlags {
	port: number;
	host: string;
	tokensPerSecond?: number;
	untilInputCloses?: boolean;
	verbose?: boolean;
}

export function demoServerCommand(): Command {
	return new Command("demo-server")
		.description(
			"Serves the embedded toy model (policy and scorer) in the protocol of a vLLM server. Its numbers say nothing about real models.",
		)
		.option("--port <number>", "port to listen on; 0 takes a free one", wholeNumber(65_535), 8000)
		.option("--host <address>", "address to listen on", "127.0.0.1")
		.option("--tokens-per-second <number>", "slow each request down, so that a person can watch", wholeNumber(100_000))
		.option("--until-input-closes", "stop when standard input closes: for a process that starts this one")
		.option("--verbose", "log every request to standard error")
		.action((flags: ServerFlags) => execute(false, (signal) => serve(flags, signal)));
}

async function serve(flags: ServerFlags, signal: AbortSignal): Promise<number> {
	const server = await startDemoServer({
		port: flags.port,
		host: flags.host,
		...(flags.tokensPerSecond === undefined ? {} : { tokensPerSecond: flags.tokensPerSecond }),
		...(flags.verbose ? { log: (line: string) => console.error(line) } : {}),
	}).catch((error: unknown) => {
		throw cannotListen(error, flags);
	});
	console.log(server.url);
	if (!flags.untilInputCloses)
		console.error("The embedded toy model is served here (organism-policy, organism-scorer). Ctrl-C stops it.");
	await (flags.untilInputCloses ? inputClosed() : untilAborted(signal));
	await server.close();
	return EXIT.ok;
}

function inputClosed(): Promise<void> {
	return new Promise((resolve) => {
		process.stdin
			.resume()
			.once("end", resolve)
			.once("error", () => resolve());
	});
}

/** Reads a whole number from `least` to `most`. */
export function wholeNumber(most: number, least = 0): (text: string) => number {
	return (text) => {
		const value = Number(text);
		if (/^\d+$/.test(text) && value >= least && value <= most) return value;
		throw new InvalidArgumentError(`It must be a whole number from ${least} to ${most}.`);
	};
}

/** The command line's bundle as a child process, under the Node that runs this extension host. */
import { join } from "node:path";

export interface CliProcess {
	file: string;
	args: string[];
	env: NodeJS.ProcessEnv;
}

/** How to start `safethink ARGS`; on a desktop the host's executable is Electron, which is told to be Node. */
export function cliProcess(extensionPath: string, args: readonly string[]): CliProcess {
	return {
		file: process.execPath,
		args: [join(extensionPath, "dist", "cli.js"), ...args],
		env: { ...process.env, ELECTRON_RUN_AS_NODE: "1" },
	};
}

/** The command line: names, arguments, help. What each command does is in `commands/`. */
import { Command, CommanderError } from "commander";
import { PRODUCT } from "../experiments/product.ts";
import { checkCommand } from "./commands/check.ts";
import { demoCommand } from "./commands/demo.ts";
import { demoServerCommand } from "./commands/demo-server.ts";
import { mergeCommand } from "./commands/merge.ts";
import { probeCommand } from "./commands/probe.ts";
import { runCommand } from "./commands/run.ts";
import { showCommand } from "./commands/show.ts";
import { viewCommand } from "./commands/view.ts";
import { viewerCommand } from "./commands/viewer.ts";
import { EXIT } from "./exit.ts";

const EXIT_CODES = `
Exit codes:
  0    done
  1    done, but something in it failed: a trace, a check
  2    bad input: usage, configuration, prompt set, run file, or no usable server; nothing was done
  130  stopped by Ctrl-C; what was done is kept, and the same command goes on
  70   a fault of safethink itself`;

const program = new Command("safethink")
	.description("Runs SafeThink on reasoning models and keeps every step, reward and decision in a run file.")
	.version(PRODUCT.version)
	.showHelpAfterError("(add --help for what there is)")
	.addHelpText("after", EXIT_CODES)
	.exitOverride();
const commands = [runCommand, showCommand, viewCommand, probeCommand, checkCommand, mergeCommand, demoCommand, demoServerCommand];
for (const make of commands) program.addCommand(make().exitOverride().addHelpText("after", EXIT_CODES));
program.addCommand(viewerCommand(), { hidden: true });

// A reader that goes away (`| head`) is no error.
process.stdout.on("error", (error: NodeJS.ErrnoException) => process.exit(error.code === "EPIPE" ? EXIT.ok : EXIT.internal));

try {
	await program.parseAsync();
} catch (error) {
	if (!(error instanceof CommanderError)) throw error;
	process.exitCode = error.exitCode === 0 || error.code === "commander.help" ? EXIT.ok : EXIT.input;
}

import { Command } from "commander";
import { WINDOW_METHODS } from "../../contract/window.ts";
import { answer } from "../../contract/wire.ts";
import { processEnvironment } from "../../viewer/environment.ts";
import { answerLines, lineSender } from "../../viewer/transport/message-lines.ts";
import { Keys, windowHandlers } from "../../viewer/window/handlers.ts";
import { Sessions } from "../../viewer/window/sessions.ts";
import { EXIT, execute } from "../exit.ts";

/** For the editor, which starts one such process a window: src/contract/window.ts as lines of JSON. */
export function viewerCommand(): Command {
	return new Command("viewer")
		.description("Answers an editor's window over standard input and output, until the input closes.")
		.action(() => execute(false, serveWindow));
}

async function serveWindow(stopped: AbortSignal): Promise<number> {
	const closed = new AbortController();
	const signal = AbortSignal.any([stopped, closed.signal]);
	const keys = new Keys();
	const environment = { key: (origin: string) => keys.of(origin), permission: () => ({ run: true }), scorers: [], signal };
	const window = processEnvironment(environment);
	const send = lineSender(process.stdout);
	const sessions = new Sessions((given) => ({ ...window, ...given }), send);
	const handlers = windowHandlers(sessions, keys, window);
	stopped.addEventListener("abort", () => process.stdin.destroy(), { once: true });
	try {
		await answerLines(process.stdin, send, (message) => answer(WINDOW_METHODS, handlers, message, signal), console.error);
		return EXIT.ok;
	} finally {
		await sessions.closeAll();
		closed.abort();
		window.close();
	}
}

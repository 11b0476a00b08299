/** `safethink viewer` as an editor's window starts it: its own process, one message a line. */
import { once } from "node:events";
import { createInterface } from "node:readline";
import { WINDOW_METHODS, type WindowMethods } from "../../../src/contract/window.ts";
import { Caller, type Params, type Result } from "../../../src/contract/wire.ts";
import { type Ended, startCli } from "../../e2e/cli.ts";

export interface WindowChild {
	/** Of the process. */
	pid: number | undefined;
	/** @throws CallError */
	call<M extends keyof WindowMethods & string>(method: M, params: Params<WindowMethods, M>): Promise<Result<WindowMethods, M>>;
	/** A page's request. @returns the page's reply */
	page(session: number, method: string, params: unknown): Promise<{ reply: number; result?: unknown; error?: { kind: string } }>;
	/** Writes a line as it is. */
	write(line: string): void;
	/** The next notice for a page. */
	notice(): Promise<unknown>;
	/** Closes its input and waits for its end. */
	close(): Promise<Ended>;
}

export function startWindow(env: Record<string, string> = {}): WindowChild {
	const { child, ended } = startCli(["viewer"], { env });
	const { stdin, stdout } = child;
	if (stdin === null || stdout === null) throw new Error("no pipes");
	const lines = createInterface({ input: stdout });
	const write = (line: string) => void stdin.write(`${line}\n`);
	const notices: unknown[] = [];
	const caller = new Caller(
		WINDOW_METHODS,
		{
			send: (message) => write(JSON.stringify(message)),
			listen(onMessage) {
				lines.on("line", (line) => onMessage(JSON.parse(line)));
				return () => lines.close();
			},
		},
		(message) => {
			notices.push(message);
			lines.emit("notice");
		},
	);
	return {
		pid: child.pid,
		call: (method, params) => caller.call(method, params),
		page: async (session, method, params) =>
			(await caller.call("page", { session, message: { call: 5, method, params } })) as { reply: number },
		write,
		async notice() {
			while (notices.length === 0) await once(lines, "notice");
			return notices.shift();
		},
		close() {
			stdin.end();
			return ended;
		},
	};
}

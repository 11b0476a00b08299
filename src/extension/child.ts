/** The window's child, `safethink viewer`: one JSON message a line over its standard input and output. */
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import * as z from "zod/mini";
import { WINDOW_METHODS, type WindowMethods, windowNotice } from "../contract/window.ts";
import { Caller, type Params, type Request, type Result } from "../contract/wire.ts";
import type { CliProcess } from "./cli-process.ts";

export interface ChildEvents {
	/** A notice for the page of a session. */
	onNotice(session: number, message: unknown): void;
	/** A line for people: what the child writes to standard error, or a line nobody understands. */
	onLog(line: string): void;
	/** It has ended; `asked`: it was told to. */
	onEnd(end: { asked: boolean; how: string }): void;
}

/** Milliseconds that the child has for putting its work to rest. */
const GRACE_MS = 4000;

export class ViewerChild {
	readonly #process: ChildProcessWithoutNullStreams;
	readonly #caller: Caller<WindowMethods>;
	readonly #unanswered = new Set<number>();
	readonly #events: ChildEvents;
	readonly #ended: Promise<void>;
	#receive: (message: unknown) => void = () => undefined;
	#asked = false;
	#over = false;

	constructor({ file, args, env }: CliProcess, events: ChildEvents) {
		this.#events = events;
		this.#process = spawn(file, args, { env, stdio: "pipe" });
		this.#caller = new Caller(
			WINDOW_METHODS,
			{
				send: (message) => this.#send(message),
				listen: (onMessage) => {
					this.#receive = onMessage;
					return () => undefined;
				},
			},
			(message) => this.#notice(message),
		);
		createInterface({ input: this.#process.stdout }).on("line", (line) => this.#line(line));
		createInterface({ input: this.#process.stderr }).on("line", (line) => events.onLog(line));
		// A child that dies while it is written to: its end says so.
		this.#process.stdin.on("error", () => undefined);
		this.#ended = new Promise((resolve) => {
			const end = (how: string) => {
				this.#end(how);
				resolve();
			};
			this.#process.once("error", (error) => end(error.message));
			this.#process.once("exit", (code, signal) => end(signal === null ? `exit code ${code}` : `signal ${signal}`));
		});
	}

	get pid(): number | undefined {
		return this.#process.pid;
	}

	/** @throws CallError when the child refuses or fails, or ends before it has answered (`viewer-ended`). */
	call<M extends keyof WindowMethods>(method: M, params: Params<WindowMethods, M>): Promise<Result<WindowMethods, M>> {
		return this.#caller.call(method, params);
	}

	/** Asks it to end and waits until it has; after some seconds it is killed. */
	async stop(): Promise<void> {
		this.#asked = true;
		this.#process.stdin.end();
		const impatience = setTimeout(() => this.#process.kill("SIGKILL"), GRACE_MS);
		await this.#ended;
		clearTimeout(impatience);
	}

	#send(message: Request): void {
		this.#unanswered.add(message.call);
		if (this.#over) this.#refuse(message.call, "has ended");
		else this.#process.stdin.write(`${JSON.stringify(message)}\n`);
	}

	#line(line: string): void {
		try {
			const message: unknown = JSON.parse(line);
			const { reply } = (message ?? {}) as { reply?: unknown };
			if (typeof reply === "number") this.#unanswered.delete(reply);
			this.#receive(message);
		} catch {
			this.#events.onLog(`not a message: ${line.slice(0, 200)}`);
		}
	}

	#notice(message: unknown): void {
		const parsed = z.safeParse(windowNotice, message);
		if (parsed.success) this.#events.onNotice(parsed.data.session, parsed.data.message);
		else this.#events.onLog("a message that is neither reply nor notice");
	}

	#end(how: string): void {
		if (this.#over) return;
		this.#over = true;
		this.#events.onEnd({ asked: this.#asked, how });
		for (const call of this.#unanswered) this.#refuse(call, `ended (${how})`);
	}

	#refuse(call: number, what: string): void {
		this.#unanswered.delete(call);
		const message = `the process that reads runs for this window ${what}`;
		queueMicrotask(() =>
			this.#receive({ reply: call, error: { kind: "viewer-ended", message, remedy: "try again; the log says more" } }),
		);
	}
}

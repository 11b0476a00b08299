/** The window's child process as the rest of the extension sees it: started on first use, started again once if it dies. */
import * as vscode from "vscode";
import type { WindowMethods } from "../contract/window.ts";
import type { Params, Result } from "../contract/wire.ts";
import { SafeThinkError } from "../trace/errors.ts";
import type { ViewerChild } from "./child.ts";
import { cliProcess } from "./cli-process.ts";
import type { Keys } from "./keys.ts";
import { knownOrigins, onSettings } from "./settings.ts";
import { UNTRUSTED } from "./trust.ts";

/** A child that dies again within so many milliseconds is not started a third time by itself. */
const CALM_MS = 60_000;

export const DIED_TWICE = "the process that reads runs for this window died twice; runs in progress are not touched";

export class Viewer implements vscode.Disposable {
	readonly #context: vscode.ExtensionContext;
	readonly #log: vscode.LogOutputChannel;
	readonly #keys: Keys;
	readonly #listeners = new Map<number, (message: unknown) => void>();
	readonly #replaced = new vscode.EventEmitter<void>();
	readonly #givenUp = new vscode.EventEmitter<void>();
	readonly #subscriptions: vscode.Disposable[];
	/** Origins that the user connects to, which no setting names yet. */
	readonly #introduced = new Set<string>();
	#child: Promise<ViewerChild> | undefined;
	/** The child knows what the window permits and which keys are in use. */
	#prepared: Promise<void> = Promise.resolve();
	#sessions = 0;
	#closing: Promise<unknown> = Promise.resolve();
	#died = 0;
	#waitsForUser = false;

	/** Fires when a new child has taken the place of one that died: it knows no session. */
	readonly onReplaced = this.#replaced.event;
	/** Fires when it died twice: nothing is read until somebody restarts it. */
	readonly onGivenUp = this.#givenUp.event;

	constructor(context: vscode.ExtensionContext, log: vscode.LogOutputChannel, keys: Keys) {
		this.#context = context;
		this.#log = log;
		this.#keys = keys;
		const resend = () => void this.#prepareAgain();
		this.#subscriptions = [
			this.#replaced,
			this.#givenUp,
			keys.onChanged(resend),
			onSettings(["servers", "scorer", "judge", "extraScorers"], resend),
			vscode.workspace.onDidGrantWorkspaceTrust(resend),
		];
	}

	/** @throws CallError when the child refuses, fails or cannot be started. */
	async call<M extends keyof WindowMethods>(method: M, params: Params<WindowMethods, M>): Promise<Result<WindowMethods, M>> {
		if (this.#waitsForUser) {
			throw new SafeThinkError("viewer-ended", DIED_TWICE, { remedy: "use “SafeThink: Restart the Reader of Runs”" });
		}
		this.#child ??= this.#start();
		const child = await this.#child;
		await this.#prepared;
		return child.call(method, params);
	}

	/** From now on the key of this origin is in use, too. */
	async introduce(origin: string): Promise<void> {
		this.#introduced.add(origin);
		await this.#prepareAgain();
	}

	/** Ends the child, if there is one, and begins anew. */
	async restart(): Promise<void> {
		await this.stop();
		this.#waitsForUser = false;
		this.#replaced.fire();
	}

	/** A number for a new session, whose notices go to `onNotice` until it is forgotten. */
	newSession(onNotice: (message: unknown) => void): number {
		const session = ++this.#sessions;
		this.#listeners.set(session, onNotice);
		return session;
	}

	forgetSession(session: number): void {
		this.#listeners.delete(session);
		const closing = Promise.resolve(this.#child?.then((child) => child.call("close", { session }))).catch(() => undefined);
		this.#closing = Promise.all([this.#closing, closing]);
	}

	/** Settles when the child has put the forgotten sessions to rest: it writes nothing for them any more. */
	async forgotten(): Promise<void> {
		await this.#closing;
	}

	async stop(): Promise<void> {
		const child = this.#child;
		this.#child = undefined;
		await (await child)?.stop();
	}

	dispose(): void {
		vscode.Disposable.from(...this.#subscriptions).dispose();
	}

	async #start(): Promise<ViewerChild> {
		const { ViewerChild } = await import("./child.ts");
		const child = new ViewerChild(cliProcess(this.#context.extensionPath, ["viewer"]), {
			onNotice: (session, message) => this.#listeners.get(session)?.(message),
			onLog: (line) => this.#log.info(`viewer: ${line}`),
			onEnd: ({ asked, how }) => (asked ? undefined : this.#onDeath(how)),
		});
		this.#log.debug(`viewer started, process ${child.pid}`);
		await this.#prepare(child);
		return child;
	}

	async #prepareAgain(): Promise<void> {
		this.#prepared = Promise.resolve(this.#child?.then((child) => this.#prepare(child)));
		await this.#prepared;
	}

	/** Says what the window permits, and hands over the servers that are the user's own and the keys in use. */
	async #prepare(child: ViewerChild): Promise<void> {
		const permission = vscode.workspace.isTrusted ? { run: true } : { run: false, why: UNTRUSTED };
		const said = [
			child.call("permit", { permission }),
			child.call("servers", { addresses: [...knownOrigins(), ...this.#introduced] }),
			child.call("keys", { keys: await this.#keys.inUse(this.#introduced) }),
		];
		await Promise.all(said).catch((error) => this.#log.error(error));
	}

	#onDeath(how: string): void {
		this.#log.error(`viewer ended by itself: ${how}`);
		const soonAgain = Date.now() - this.#died < CALM_MS;
		this.#died = Date.now();
		this.#child = undefined;
		this.#waitsForUser = soonAgain;
		if (soonAgain) void this.#offerRestart();
		else this.#replaced.fire();
	}

	async #offerRestart(): Promise<void> {
		this.#givenUp.fire();
		const [again, show] = ["Start Again", "Show Log"];
		const chosen = await vscode.window.showErrorMessage(`SafeThink: ${DIED_TWICE}.`, again, show);
		if (chosen === show) this.#log.show();
		if (chosen === again && this.#waitsForUser) await this.restart();
	}
}

/** Something that a button starts and that asks servers: those that nobody vouches for are put to the user first. */
import type { ReactiveControllerHost } from "lit";
import type { AskedServer } from "../../src/contract/act-views.ts";
import type { Methods } from "../../src/contract/methods.ts";
import { CallError, type Params } from "../../src/contract/wire.ts";
import { Action } from "../core/action.ts";
import type { RunClient } from "../core/run-client.ts";

export class AskedAction {
	/** Servers to be allowed before the work can begin. */
	question: readonly AskedServer[] | undefined;
	readonly #host: ReactiveControllerHost & { run: RunClient };
	readonly #action: Action;

	constructor(host: ReactiveControllerHost & { run: RunClient }) {
		this.#host = host;
		this.#action = new Action(host);
	}

	get busy(): boolean {
		return this.#action.busy;
	}

	/** Why it was refused. */
	get error(): CallError | undefined {
		return this.#action.error;
	}

	/** Does it, once at a time; where a server has to be allowed first, nothing is done and `question` says which. */
	async do(asked: Params<Methods, "servers.asked">, work: () => Promise<void>): Promise<void> {
		this.question = undefined;
		await this.#action.do(async () => {
			try {
				await work();
			} catch (error) {
				if (!(error instanceof CallError) || error.kind !== "needs-consent") throw error;
				const { servers } = await this.#host.run.call("servers.asked", asked);
				const unknown = servers.filter(({ trust }) => trust === "ask");
				if (unknown.length === 0) throw error;
				this.question = unknown;
			}
		});
	}

	/** Takes the answer to the question: where the servers are allowed, `again` starts what the form says now. */
	async answer(allowed: boolean, again: () => void): Promise<void> {
		if (!allowed) this.forget();
		else if (await this.#allow()) again();
	}

	/** @returns whether the work can be started again */
	async #allow(): Promise<boolean> {
		const origins = new Set(this.question?.flatMap(({ origin }) => origin ?? []));
		const allowed = await this.#action.do(async () => {
			for (const origin of origins) await this.#host.run.call("servers.allow", { origin });
			this.question = undefined;
			return true;
		});
		return allowed === true;
	}

	/** Drops the question: it was denied, or is about something else now. */
	forget(): void {
		if (this.question === undefined) return;
		this.question = undefined;
		this.#host.requestUpdate();
	}
}

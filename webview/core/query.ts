/** A question that an element keeps asking: again when its parameters change, and when the run does. */
import type { ReactiveController, ReactiveControllerHost } from "lit";
import type { Methods } from "../../src/contract/methods.ts";
import { CallError, type Params, type Result } from "../../src/contract/wire.ts";
import type { RunClient } from "./run-client.ts";

type Method = keyof Methods & string;

/**
 * One call whose parameters the element gives anew at each update. The last reply stays until the next one is there, unless
 * `about` says that it is about something else.
 */
export class Query<M extends Method> implements ReactiveController {
	value: Result<Methods, M> | undefined;
	error: CallError | undefined;
	readonly #host: ReactiveControllerHost & { run: RunClient };
	readonly #method: M;
	readonly #params: () => Params<Methods, M> | undefined;
	readonly #about: (params: Params<Methods, M>) => unknown;
	#asked = "";
	#subject: unknown;
	#revision = -1;
	#askedAt = 0;
	#rested: ReturnType<typeof setTimeout> | undefined;
	readonly #restMs: number;
	#busy = false;
	#stop: (() => void) | undefined;

	/**
	 * @param params of the call; undefined: nothing is asked.
	 * @param about what the reply is about; a reply about something else is dropped at once. Default: never.
	 * @param restMs milliseconds between two askings for the same of a run that changes all the time; for what is costly to answer.
	 */
	constructor(
		host: ReactiveControllerHost & { run: RunClient },
		method: M,
		params: () => Params<Methods, M> | undefined,
		about: (params: Params<Methods, M>) => unknown = () => undefined,
		restMs = 0,
	) {
		this.#host = host;
		this.#method = method;
		this.#params = params;
		this.#about = about;
		this.#restMs = restMs;
		host.addController(this);
	}

	hostConnected(): void {
		this.#stop = this.#host.run?.listen(({ notice }) => {
			if (notice === "changed") this.#host.requestUpdate();
		});
		this.#host.requestUpdate();
	}

	hostDisconnected(): void {
		this.#stop?.();
		this.#stop = undefined;
		clearTimeout(this.#rested);
		this.#rested = undefined;
	}

	hostUpdate(): void {
		const params = this.#params();
		const asked = params === undefined ? "" : JSON.stringify(params);
		const subject = params === undefined ? undefined : this.#about(params);
		if (subject !== this.#subject || params === undefined) {
			this.value = undefined;
			this.error = undefined;
			this.#subject = subject;
		}
		if (params === undefined || this.#busy) return;
		if (asked === this.#asked && (this.#revision === this.#host.run.revision || this.#rests())) return;
		void this.#ask(params, asked, subject);
	}

	/** Asks for the same again, whether the run has changed or not. */
	again(): void {
		this.#revision = -1;
		this.#host.requestUpdate();
	}

	/** Whether it is too early to ask for the same again; if so, the host is woken when it is time. */
	#rests(): boolean {
		const rest = this.#askedAt + this.#restMs - performance.now();
		if (rest <= 0) return false;
		this.#rested ??= setTimeout(() => {
			this.#rested = undefined;
			this.#host.requestUpdate();
		}, rest);
		return true;
	}

	async #ask(params: Params<Methods, M>, asked: string, subject: unknown): Promise<void> {
		this.#busy = true;
		this.#asked = asked;
		this.#revision = this.#host.run.revision;
		this.#askedAt = performance.now();
		try {
			const value = await this.#host.run.ask(this.#method, params);
			if (subject === this.#subject) [this.value, this.error] = [value, undefined];
		} catch (error) {
			if (!(error instanceof CallError)) throw error;
			if (subject === this.#subject) this.error = error;
		} finally {
			this.#busy = false;
			// Parameters or run may have changed meanwhile.
			this.#host.requestUpdate();
		}
	}
}

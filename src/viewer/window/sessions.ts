/** The pages that a window has open, each with a run. */

import type { WindowMethods } from "../../contract/window.ts";
import type { Params } from "../../contract/wire.ts";
import { SafeThinkError } from "../../trace/errors.ts";
import { openSession } from "../session.ts";
import type { ViewerEnvironment } from "../types.ts";

type Permission = ReturnType<ViewerEnvironment["permission"]>;
/** As it arrives. */
type GivenPermission = Params<WindowMethods, "permit">["permission"];

interface OpenedPage {
	session: Awaited<ReturnType<typeof openSession>>;
	/** Aborted when the page goes. */
	gone: AbortController;
}

export class Sessions {
	readonly #env: (given: Pick<ViewerEnvironment, "permission" | "scorers">) => ViewerEnvironment;
	readonly #send: (message: unknown) => void;
	/** Those that are being opened, too. */
	readonly #pages = new Map<number, Promise<OpenedPage>>();
	/** What the window allows; a run may be allowed less. */
	#permission: Permission = { run: true };

	/** @param send takes notices for the pages: `{session, message}`. */
	constructor(
		env: (given: Pick<ViewerEnvironment, "permission" | "scorers">) => ViewerEnvironment,
		send: (message: unknown) => void,
	) {
		this.#env = env;
		this.#send = send;
	}

	/** @throws StoreError when the file is no run. */
	async open(asked: Params<WindowMethods, "open">): Promise<void> {
		const { session: number } = asked;
		const opening = this.close(number).then(() => this.#open(asked));
		this.#pages.set(number, opening);
		try {
			await opening;
		} catch (error) {
			if (this.#pages.get(number) === opening) this.#pages.delete(number);
			throw error;
		}
	}

	async #open({ session: number, path, permission, scorers }: Params<WindowMethods, "open">): Promise<OpenedPage> {
		const own = permissionOf(permission);
		const env = this.#env({ permission: () => (own.run ? this.#permission : own), scorers });
		const session = await openSession(path, env, {
			readOnly: !own.run,
			onNotice: (message) => this.#send({ session: number, message }),
		});
		return { session, gone: new AbortController() };
	}

	/** Hands on a page's message. @returns the page's reply. @throws SafeThinkError `no-session` */
	async handle(number: number, message: unknown): Promise<unknown> {
		const page = await this.#pages.get(number);
		if (page === undefined) {
			throw new SafeThinkError("no-session", `no run is open for page ${number}`, {
				remedy: "close the editor and open it again",
			});
		}
		return page.session.handle(message, page.gone.signal);
	}

	permit(permission: GivenPermission): void {
		this.#permission = permissionOf(permission);
	}

	async close(number: number): Promise<void> {
		const opening = this.#pages.get(number);
		this.#pages.delete(number);
		// What kept it from being opened was told to whoever asked for that.
		const page = await opening?.catch(() => undefined);
		page?.gone.abort();
		await page?.session.close();
	}

	/** Puts all work to rest. */
	async closeAll(): Promise<void> {
		await Promise.all([...this.#pages.keys()].map((number) => this.close(number)));
	}
}

function permissionOf({ run, why }: GivenPermission): Permission {
	return { run, ...(why === undefined ? {} : { why }) };
}

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
	readonly #pages = new Map<number, OpenedPage>();
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
	async open({ session: number, path, permission, scorers }: Params<WindowMethods, "open">): Promise<void> {
		await this.close(number);
		const own = permissionOf(permission);
		const env = this.#env({ permission: () => (own.run ? this.#permission : own), scorers });
		const session = await openSession(path, env, {
			readOnly: !own.run,
			onNotice: (message) => this.#send({ session: number, message }),
		});
		this.#pages.set(number, { session, gone: new AbortController() });
	}

	/** Hands on a page's message. @returns the page's reply. @throws SafeThinkError `no-session` */
	async handle(number: number, message: unknown): Promise<unknown> {
		const page = this.#pages.get(number);
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
		const page = this.#pages.get(number);
		this.#pages.delete(number);
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

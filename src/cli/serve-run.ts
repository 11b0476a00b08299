/** A run's page on this machine: served, announced, opened. */
import { basename } from "node:path";
import { openSession } from "../viewer/session.ts";
import { type PageServer, servePage } from "../viewer/transport/http-server.ts";
import type { ViewerEnvironment } from "../viewer/types.ts";
import { cannotListen } from "./cannot-listen.ts";
import { hasViewer, openBrowser } from "./open-browser.ts";
import { safeLine } from "./render/safe-text.ts";

export interface ServeRunOptions {
	/** 0 takes a free one. */
	port: number;
	/** Whether to open the page in a browser, where there is one. */
	open: boolean;
}

/**
 * Serves a run's page and prints its address on standard output.
 * @throws StoreError when the file is no run; SafeThinkError `cannot-listen`, `no-page`
 */
export async function serveRun(path: string, env: ViewerEnvironment, { port, open }: ServeRunOptions): Promise<PageServer> {
	const server = await servePage({
		title: `${safeLine(basename(path))} · SafeThink`,
		port,
		open: (onNotice) => openSession(path, env, { onNotice }),
	}).catch((error: unknown) => {
		throw cannotListen(error, { host: "127.0.0.1", port });
	});
	console.log(server.address);
	// Arguments of a process can be read by every user of the machine.
	if (open && hasViewer()) openBrowser(server.addressForOnce());
	return server;
}

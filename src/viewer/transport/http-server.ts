/** Serves one run's page on the loopback address. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Notice } from "../../contract/wire.ts";
import { NoticeStreams } from "./notice-streams.ts";
import { pageFiles } from "./page-files.ts";
import { type PageSession, Routes } from "./routes.ts";

export interface ServeOptions {
	/** Of the document; any text. */
	title: string;
	/** 0 takes a free one. */
	port: number;
	/** Opens the run that all pages share, so that a page that is loaded anew finds its work going on. */
	open(onNotice: (notice: Notice) => void): Promise<PageSession>;
}

export interface PageServer {
	/** Where the page is, token included. */
	address: string;
	/** The same for a command line that others can read: it is good once, and leads to the address. */
	addressForOnce(): string;
	/** Closes the run and all connections. */
	close(): Promise<void>;
}

const HOST = "127.0.0.1";

/**
 * Opens the run and serves it.
 * @throws SafeThinkError `no-page`, and what `open` throws; system errors when the port cannot be had.
 */
export async function servePage({ title, port, open }: ServeOptions): Promise<PageServer> {
	const files = pageFiles();
	const streams = new NoticeStreams();
	const session = await open((notice) => streams.send(notice));
	const routes = new Routes({ title, session, streams, files });
	const server = createServer((request, response) => void routes.answer(request, response));
	try {
		await listening(server, port);
	} catch (error) {
		await session.close();
		throw error;
	}
	const base = `http://${HOST}:${(server.address() as AddressInfo).port}/`;
	return {
		address: `${base}?token=${routes.token}`,
		addressForOnce: () => `${base}?ticket=${routes.newTicket()}`,
		async close() {
			streams.close();
			await session.close();
			server.closeAllConnections();
			await new Promise((resolve) => server.close(resolve));
		},
	};
}

function listening(server: Server, port: number): Promise<void> {
	return new Promise((resolve, reject) => server.once("error", reject).listen(port, HOST, resolve));
}

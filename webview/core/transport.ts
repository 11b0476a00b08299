/** How the page reaches its viewer: through the editor that shows it, or over HTTP to `safethink view`. */
import type { ErrorView } from "../../src/contract/parts.ts";
import type { Request, Transport } from "../../src/contract/wire.ts";

/** The page's way to its host, and a small state that outlives the page. */
export interface Host extends Transport {
	/** Tells unasked when the viewer does not answer, and with undefined that it does; absent where the host keeps it alive itself. */
	watch?(onReached: (error: ErrorView | undefined) => void): void;
	load(): unknown;
	save(state: unknown): void;
}

interface EditorApi {
	postMessage(message: unknown): void;
	getState(): unknown;
	setState(state: unknown): void;
}
declare global {
	var acquireVsCodeApi: (() => EditorApi) | undefined;
}

/** The host that this page runs in. */
export function connectHost(): Host {
	return globalThis.acquireVsCodeApi === undefined ? httpHost() : editorHost(globalThis.acquireVsCodeApi());
}

function editorHost(editor: EditorApi): Host {
	return {
		send: (message) => editor.postMessage(message),
		listen(onMessage) {
			const listener = (event: MessageEvent) => onMessage(event.data);
			addEventListener("message", listener);
			return () => removeEventListener("message", listener);
		},
		load: () => editor.getState(),
		save: (state) => editor.setState(state),
	};
}

const STATE = "safethink";

/** `POST call` answers requests, `GET notices` streams what was not asked for; the token of the page's address goes in a header. */
function httpHost(): Host {
	const token = new URLSearchParams(location.search).get("token") ?? "";
	const headers = { "x-safethink-token": token };
	const listeners = new Set<(message: unknown) => void>();
	const hear = (message: unknown) => {
		for (const listener of listeners) listener(message);
	};
	let onReached: (error: ErrorView | undefined) => void = () => undefined;
	void followNotices(headers, hear, (error) => onReached(error));
	return {
		watch: (told) => {
			onReached = told;
		},
		send: (message) => void post(message, headers).then(hear),
		listen(onMessage) {
			listeners.add(onMessage);
			return () => listeners.delete(onMessage);
		},
		load: () => JSON.parse(sessionStorage.getItem(STATE) ?? "null"),
		save: (state) => sessionStorage.setItem(STATE, JSON.stringify(state)),
	};
}

async function post(message: Request, headers: Record<string, string>): Promise<unknown> {
	try {
		const response = await fetch("call", {
			method: "POST",
			headers: { ...headers, "content-type": "application/json" },
			body: JSON.stringify(message),
		});
		if (response.ok) return await response.json();
		return { reply: message.call, error: gone(response.status) };
	} catch {
		return { reply: message.call, error: gone() };
	}
}

/** @param status of its reply; absent: there was none */
function gone(status?: number): ErrorView {
	return {
		kind: "viewer-gone",
		message: status === undefined ? "the viewer does not answer" : `the viewer answered ${status}`,
		remedy: "start `safethink view` again and open the address it prints",
	};
}

const RETRY_MS = 1000;

/** Reads the stream of notices (server-sent events), again and again: a viewer that was away may come back. */
async function followNotices(
	headers: Record<string, string>,
	hear: (message: unknown) => void,
	onReached: (error: ErrorView | undefined) => void,
): Promise<void> {
	for (;;) {
		const response = await fetch("notices", { headers }).catch(() => undefined);
		onReached(response?.ok ? undefined : gone(response?.status));
		// A stream that breaks off says nothing yet: the viewer may have made room for another page.
		if (response?.ok && response.body !== null) await readEvents(response.body, hear).catch(() => undefined);
		await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
	}
}

async function readEvents(body: ReadableStream<Uint8Array<ArrayBuffer>>, hear: (message: unknown) => void): Promise<void> {
	const reader = body.pipeThrough(new TextDecoderStream()).getReader();
	let rest = "";
	for (;;) {
		const { done, value } = await reader.read();
		if (done) return;
		const lines = (rest + value).split("\n");
		rest = lines.pop() ?? "";
		for (const line of lines) if (line.startsWith("data:")) hear(JSON.parse(line.slice(5)));
	}
}

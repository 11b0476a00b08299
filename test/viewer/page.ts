/** A page without a browser: asks a session as a page does, with every reply checked against its schema. */
import { onTestFinished } from "vitest";
import { METHODS, type Methods } from "../../src/contract/methods.ts";
import { Caller, type Notice, type Params, type Result } from "../../src/contract/wire.ts";
import { Origins } from "../../src/viewer/act/origins.ts";
import { openSession, type SessionOptions } from "../../src/viewer/session.ts";
import type { ViewerEnvironment } from "../../src/viewer/types.ts";

export interface TestPage {
	ask<M extends keyof Methods & string>(method: M, params: Params<Methods, M>): Promise<Result<Methods, M>>;
	/** JSON bytes of the last reply. */
	bytes(): number;
	notices: Notice[];
	/** Settles when the run was read to its end. */
	read(): Promise<void>;
	/** Settles when a long trace was read to its end. */
	wholeTrace(traceId: string): Promise<void>;
	/** Settles with the next notice of change. */
	changed(): Promise<void>;
	close(): Promise<void>;
}

export const ENVIRONMENT: ViewerEnvironment = {
	permission: () => ({ run: false, why: "a test" }),
	key: () => undefined,
	scorers: [],
	origins: new Origins(),
	prefixLibrary: "/nowhere/prefixes.json",
	embedded: () => Promise.reject(new Error("not in this test")),
	signal: new AbortController().signal,
};

export async function openPage(path: string, options: SessionOptions = {}): Promise<TestPage> {
	const notices: Notice[] = [];
	const waiting: (() => void)[] = [];
	const session = await openSession(path, ENVIRONMENT, {
		...options,
		onNotice: (notice) => {
			notices.push(notice);
			for (const wake of waiting.splice(0)) wake();
		},
	});
	let closed = false;
	const close = async () => {
		if (!closed) await session.close();
		closed = true;
	};
	onTestFinished(close);
	let bytes = 0;
	let listener: (message: unknown) => void = () => undefined;
	const caller = new Caller(METHODS, {
		async send(message) {
			const reply = JSON.stringify(await session.handle(JSON.parse(JSON.stringify(message)), new AbortController().signal));
			bytes = Buffer.byteLength(reply);
			listener(JSON.parse(reply));
		},
		listen(onMessage) {
			listener = onMessage;
			return () => undefined;
		},
	});
	const changed = () => new Promise<void>((resolve) => waiting.push(resolve));
	const page: TestPage = {
		ask: (method, params) => caller.call(method, params),
		bytes: () => bytes,
		notices,
		changed,
		async read() {
			for (let next = changed(); (await caller.call("run.info", {})).reading !== null; next = changed()) await next;
		},
		async wholeTrace(traceId) {
			for (let next = changed(); (await caller.call("trace.head", { traceId })).reading !== undefined; next = changed())
				await next;
		},
		close,
	};
	return page;
}

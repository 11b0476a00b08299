/**
 * Messages between two ends: request and reply by number, and notices without a reply. The same shapes go between page and host,
 * and between extension and child. What arrives is checked before it is used. Browser-safe.
 */
import * as z from "zod/mini";
import { type ErrorView, errorView } from "./parts.ts";

/** Methods by name: schemas of parameters and reply. */
export type MethodTable = Record<string, { params: z.core.$ZodType; result: z.core.$ZodType }>;
export type Params<T extends MethodTable, M extends keyof T> = z.input<T[M]["params"]>;
export type Result<T extends MethodTable, M extends keyof T> = z.output<T[M]["result"]>;
/** One handler a method; it may be told to stop by the signal. */
export type Handlers<T extends MethodTable> = {
	[M in keyof T]: (params: z.output<T[M]["params"]>, signal: AbortSignal) => Promise<Result<T, M>> | Result<T, M>;
};

export const request = z.object({ call: z.int(), method: z.string(), params: z.unknown() });
export type Request = z.infer<typeof request>;
export const reply = z.union([z.object({ reply: z.int(), result: z.unknown() }), z.object({ reply: z.int(), error: errorView })]);
export type Reply = z.infer<typeof reply>;

/** What the page can be told to do, by a command or menu of the editor. */
export const PAGE_COMMANDS = [
	"nextStep",
	"previousStep",
	"nextTrace",
	"previousTrace",
	"editPrefix",
	"rerun",
	"compare",
	"toggleBlur",
	"filter",
	"showRun",
	"showKeys",
	"cancel",
] as const;
export type PageCommand = (typeof PAGE_COMMANDS)[number];

/** Unasked messages to the page. `changed`: replies given before `revision` may be out of date; sent at most some times a second. */
export const notice = z.union([
	z.object({ notice: z.literal("changed"), revision: z.int() }),
	z.object({ notice: z.literal("command"), command: z.enum(PAGE_COMMANDS) }),
	z.object({ notice: z.literal("show"), traceId: z.string(), step: z.optional(z.int()) }),
]);
export type Notice = z.infer<typeof notice>;

/** Carries messages to the other end and back; a webview and a loopback HTTP connection are two of these. */
export interface Transport {
	send(message: Request): void;
	/** @returns stops listening. */
	listen(onMessage: (message: unknown) => void): () => void;
}

/** The other end refused or failed. */
export class CallError extends Error {
	readonly kind: string;
	readonly remedy: string | undefined;
	constructor({ kind, message, remedy }: ErrorView) {
		super(message);
		this.kind = kind;
		this.remedy = remedy;
	}
}

/** The asking end: numbers requests, checks replies, hands on notices. */
export class Caller<T extends MethodTable> {
	readonly #methods: T;
	readonly #transport: Transport;
	readonly #waiting = new Map<number, (reply: Reply) => void>();
	#calls = 0;

	/** @param onNotice told of messages that are no reply, unchecked. */
	constructor(methods: T, transport: Transport, onNotice: (message: unknown) => void = () => undefined) {
		this.#methods = methods;
		this.#transport = transport;
		transport.listen((message) => {
			const parsed = z.safeParse(reply, message);
			if (!parsed.success) return onNotice(message);
			this.#waiting.get(parsed.data.reply)?.(parsed.data);
			this.#waiting.delete(parsed.data.reply);
		});
	}

	/** @throws CallError when the other end refuses, fails, or replies something else than agreed (`bad-reply`). */
	async call<M extends keyof T & string>(method: M, params: Params<T, M>): Promise<Result<T, M>> {
		const call = ++this.#calls;
		const answered = new Promise<Reply>((resolve) => this.#waiting.set(call, resolve));
		this.#transport.send({ call, method, params });
		const got = await answered;
		if ("error" in got) throw new CallError(got.error);
		const checked = z.safeParse((this.#methods[method] as T[M]).result, got.result);
		if (checked.success) return checked.data as Result<T, M>;
		throw new CallError({
			kind: "bad-reply",
			message: `${method}: ${z.prettifyError(checked.error)}`,
			remedy: "reload the page",
		});
	}
}

/** The answering end: checks a request, calls its handler, makes the reply. Never throws. */
export async function answer<T extends MethodTable>(
	methods: T,
	handlers: Handlers<T>,
	message: unknown,
	signal: AbortSignal,
): Promise<Reply | undefined> {
	const parsed = z.safeParse(request, message);
	if (!parsed.success) return undefined;
	const { call, method, params } = parsed.data;
	try {
		if (!Object.hasOwn(methods, method)) throw new CallError({ kind: "no-method", message: `there is no method ${method}` });
		const checked = z.safeParse((methods[method] as T[string]).params, params);
		if (!checked.success) throw new CallError({ kind: "bad-request", message: `${method}: ${z.prettifyError(checked.error)}` });
		const handler = handlers[method] as Handlers<T>[string];
		return { reply: call, result: await handler(checked.data as never, signal) };
	} catch (error) {
		return { reply: call, error: asErrorView(error) };
	}
}

function asErrorView(error: unknown): ErrorView {
	const { kind = "internal", message = String(error), remedy } = error as Partial<ErrorView>;
	return { kind, message, ...(remedy === undefined ? {} : { remedy }) };
}

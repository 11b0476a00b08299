/**
 * What the extension asks of its child, one a window: pages' sessions, servers, runs. Keys go this way, by origin, over standard
 * input; nothing here is ever written down.
 */
import * as z from "zod/mini";
import { count, errorView } from "./parts.ts";

const id = z.string().check(z.minLength(1));
const done = z.object({});

/** Why a page may not start work, or that it may. */
const permission = z.object({ run: z.boolean(), why: z.optional(z.string()) });

export const serverReport = z.object({
	url: z.string(),
	kind: z.string(),
	model: z.string(),
	models: z.array(z.string()),
	verified: z.boolean(),
	/** The probe's table: what was asked, what was found, what follows from it. */
	findings: z.array(
		z.object({ name: z.string(), value: z.string(), follows: z.optional(z.string()), good: z.nullable(z.boolean()) }),
	),
});
export type ServerReport = z.infer<typeof serverReport>;

export const runListItem = z.object({
	path: z.string(),
	/** Absent: the file is not a run, `error` says why. */
	run: z.optional(
		z.object({
			state: z.enum(["running", "finished", "stopped"]),
			planned: count,
			ended: count,
			failed: count,
			started: z.string(),
			model: z.string(),
			defences: z.array(z.string()),
		}),
	),
	error: z.optional(errorView),
});
export type RunListItem = z.infer<typeof runListItem>;

export const WINDOW_METHODS = {
	/**
	 * Opens a run for a page; later messages of the page are sent with this session's number. `permission` is this run's own (false
	 * for a file that is not the user's to change); work may be started where the window permits it, too.
	 */
	open: {
		params: z.object({ session: z.int(), path: z.string(), permission, scorers: z.array(z.string()) }),
		result: done,
	},
	close: { params: z.object({ session: z.int() }), result: done },
	/** What the window permits from now on; at first everything. */
	permit: { params: z.object({ permission }), result: done },
	/** A page's request, as it came; the reply is the page's. */
	page: { params: z.object({ session: z.int(), message: z.unknown() }), result: z.unknown() },
	/** Keys by origin (`https://host:port`), replacing those given before. */
	keys: { params: z.object({ keys: z.record(z.string(), z.string()) }), result: done },
	/** Addresses of the user's own servers, which are asked without a question; they add to those given before. */
	servers: { params: z.object({ addresses: z.array(z.string()) }), result: done },
	probe: { params: z.object({ url: id, model: z.optional(id), quick: z.boolean() }), result: serverReport },
	/** Starts the embedded model's server, or says where it is. */
	embedded: { params: z.object({}), result: z.object({ url: z.string() }) },
	/** What is known of run files without reading them whole. */
	runs: { params: z.object({ paths: z.array(z.string()) }), result: z.object({ runs: z.array(runListItem) }) },
	stop: { params: z.object({ path: id }), result: done },
	prefixes: {
		params: z.object({}),
		result: z.object({ prefixes: z.array(z.object({ text: z.string(), note: z.optional(z.string()) })) }),
	},
	/** `at`: its place among the others, from 0; else the last. */
	keepPrefix: { params: z.object({ text: id, note: z.optional(z.string()), at: z.optional(count) }), result: done },
	removePrefix: { params: z.object({ text: id }), result: done },
} as const;
export type WindowMethods = typeof WINDOW_METHODS;

/** Unasked messages of the child: a notice for a session's page. */
export const windowNotice = z.object({ session: z.int(), message: z.unknown() });

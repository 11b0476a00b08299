/** The probe: finds by behaviour what a server is and can do, and says what follows from each gap. */
import { ServerError } from "../trace/errors.ts";
import { identify, serverFor } from "./connect.ts";
import { HttpError } from "./failures.ts";
import type { ExchangeLimits } from "./http.ts";
import { abort } from "./probe/abort.ts";
import { differentSeeds, sameSeedAlone, sameSeedUnderLoad } from "./probe/chance.ts";
import * as content from "./probe/content.ts";
import { whatFollows } from "./probe/follows.ts";
import type { ProbeReport, ProbeRow, RowName } from "./probe/report.ts";
import type { Endpoint, ModelServer, ServerKind } from "./types.ts";
import { shownUrl } from "./url.ts";

export { type ProbeReport, type ProbeRow, probeReportSchema, renderProbe } from "./probe/report.ts";

export interface ProbeOptions {
	signal?: AbortSignal;
	/** Milliseconds until the first generated token; a dead, dropping or stalling server ends the probe by then. 15,000 when absent. */
	timeoutMs?: number;
	/** Milliseconds for each later row; 60,000 when absent. */
	rowMs?: number;
	/** Only what one short request and the self-test show. */
	quick?: boolean;
	/** Overrules what the server says of itself. */
	kind?: ServerKind;
}

/** A row and how it is found out. Those that need no further request are never slow. */
interface Question {
	name: RowName;
	slow: boolean;
	ask: (signal: AbortSignal) => ProbeRow | Promise<ProbeRow>;
}

/**
 * Probes a server.
 * @throws ServerError within `timeoutMs` when it is dead, no model server, drops connections, or stalls before its first token.
 */
export async function probeServer(endpoint: Endpoint, options: ProbeOptions = {}): Promise<ProbeReport> {
	const outer = options.signal ?? new AbortController().signal;
	const timeoutMs = options.timeoutMs ?? 15_000;
	const rowMs = options.rowMs ?? 60_000;
	const limits: ExchangeLimits = { firstByteMs: Math.max(timeoutMs, rowMs), idleMs: Math.max(timeoutMs, rowMs), retries: 1 };
	const { detected, server, first } = await within(timeoutMs, outer, endpoint, async (signal) => {
		const kind = options.kind === undefined ? {} : { kind: options.kind };
		const found = await identify(endpoint, { signal, timeoutMs: Math.ceil(timeoutMs / 3), ...kind });
		const adapter = serverFor(endpoint, found, { limits, ...kind });
		return { detected: found, server: adapter, first: await splitOr(content.firstReply(adapter, signal)) };
	});
	const questions = "kind" in first ? splitQuestions(first) : questionsFor(server, first);
	const rows = await askAll(
		questions.filter((question) => !(options.quick === true && question.slow)),
		rowMs,
		outer,
		endpoint,
	);
	return {
		url: shownUrl(endpoint.url),
		kind: server.kind,
		product: detected.product,
		version: detected.version,
		verified: server.verified,
		models: detected.models,
		model: server.model,
		contextLength: detected.contextLength,
		slots: detected.slots,
		canSteer: rows.find((row) => row.name === "partial message")?.ok ?? "unknown",
		rows,
		follows: whatFollows(rows),
	};
}

/** A server that splits its reasoning off has answered: that is a finding, not a failure. */
async function splitOr(reply: Promise<content.FirstReply>): Promise<content.FirstReply | HttpError> {
	try {
		return await reply;
	} catch (error) {
		if (error instanceof HttpError && error.kind === "cannot-continue") return error;
		throw error;
	}
}

function splitQuestions(error: HttpError): Question[] {
	const row = (name: RowName, value: string): Question => ({
		name,
		slow: false,
		ask: () => ({ name, value, ok: false, detail: error.message }),
	});
	return [row("partial message", "not continued"), row("raw reasoning", "split off")];
}

function questionsFor(server: ModelServer, first: content.FirstReply): Question[] {
	return [
		{ name: "partial message", slow: false, ask: (signal) => content.partialMessage(server, signal) },
		{ name: "rendered prompt", slow: false, ask: () => content.renderedPrompt(first) },
		{ name: "raw reasoning", slow: false, ask: () => content.rawReasoning(first) },
		{ name: "images", slow: true, ask: (signal) => content.images(server, first, signal) },
		{ name: "log-probabilities", slow: false, ask: () => content.logProbabilities(first) },
		{ name: "log-probabilities of given text", slow: true, ask: (signal) => content.givenText(server, first, signal) },
		{ name: "token ids", slow: false, ask: () => content.tokenIds(first) },
		{ name: "same seed, alone", slow: true, ask: (signal) => sameSeedAlone(server, signal) },
		{ name: "same seed, under load", slow: true, ask: (signal) => sameSeedUnderLoad(server, signal) },
		{ name: "different seeds", slow: true, ask: (signal) => differentSeeds(server, signal) },
		{ name: "abort", slow: true, ask: (signal) => abort(server, signal) },
		{ name: "cached tokens", slow: true, ask: (signal) => content.cachedTokens(server, signal) },
		{ name: "stop", slow: false, ask: () => content.stop(first) },
	];
}

/** Asks one after the other. A server that has gone silent is not asked again: the remaining slow rows are unknown. */
async function askAll(
	questions: readonly Question[],
	rowMs: number,
	outer: AbortSignal,
	endpoint: Endpoint,
): Promise<ProbeRow[]> {
	const rows: ProbeRow[] = [];
	let silent: ServerError | undefined;
	for (const { name, slow, ask } of questions) {
		if (silent !== undefined && slow) {
			rows.push({ name, value: "not tried", ok: "unknown", detail: `after: ${silent.message}` });
			continue;
		}
		try {
			rows.push(await within(rowMs, outer, endpoint, async (signal) => ask(signal)));
		} catch (error) {
			if (!(error instanceof ServerError) || outer.aborted) throw error;
			if (SILENT.has(error.kind)) silent = error;
			rows.push(rowOfError(name, error));
		}
	}
	return rows;
}

const SILENT = new Set(["timeout", "stalled", "unreachable"]);
const REFUSALS = new Set(["bad-request", "unsupported", "protocol", "cannot-continue"]);

function rowOfError(name: RowName, error: ServerError): ProbeRow {
	const refused = REFUSALS.has(error.kind);
	return { name, value: refused ? "refused" : "failed", ok: refused ? false : "unknown", detail: error.message };
}

/** Runs with a deadline of its own. @throws HttpError `stalled` when it passes. */
async function within<T>(
	ms: number,
	outer: AbortSignal,
	endpoint: Endpoint,
	run: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
	const deadline = new AbortController();
	const timer = setTimeout(() => deadline.abort(), ms);
	try {
		return await run(AbortSignal.any([outer, deadline.signal]));
	} catch (error) {
		if (!deadline.signal.aborted || outer.aborted) throw error;
		throw new HttpError(
			"stalled",
			`${shownUrl(endpoint.url)} answers too slowly or not at all: nothing finished within ${ms} ms`,
			{
				remedy: "Look at the server's load and log; a server that loads its model may need a longer timeout.",
			},
		);
	} finally {
		clearTimeout(timer);
	}
}

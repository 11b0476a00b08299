/** Probe row: whether a request that is called off stops on the server, by the server's own count of running requests. */
import { setTimeout as pause } from "node:timers/promises";
import { z } from "zod";
import { getJson, getText } from "../http.ts";
import type { ModelServer } from "../types.ts";
import type { ProbeRow } from "./report.ts";

const slotsSchema = z.array(z.object({ is_processing: z.boolean() }));
const LONG_PROMPT = { text: "Write a very long story about a village, its people and its cats. Do not stop.", images: [] };
const MOST_TOKENS = 512;
/** Servers look for closed connections now and then; two seconds are usual. */
const LOOKS = 20;
const BETWEEN_LOOKS_MS = 200;

/** How many requests a server works on; undefined where it does not say. */
type Running = () => Promise<number | undefined>;

/** @param looks how often the server is looked at, 200 ms apart, before a request counts as running on; 20 when absent. */
export async function abort(server: ModelServer, signal: AbortSignal, looks = LOOKS): Promise<ProbeRow> {
	const running = runningCount(server, signal);
	const before = await running();
	const during = await whileGenerating(server, signal, running);
	if (before === undefined || during === undefined || during <= before) {
		return { name: "abort", value: "not seen", ok: "unknown", detail: "the server does not show the request while it runs" };
	}
	for (let look = 0; look < looks; look++) {
		const now = await running();
		if (now !== undefined && now <= before)
			return { name: "abort", value: "frees", ok: true, detail: "the server's count of running requests fell back" };
		await pause(BETWEEN_LOOKS_MS, undefined, { signal });
	}
	return {
		name: "abort",
		value: "runs on",
		ok: false,
		detail: "the server still worked on the request after it had been called off",
	};
}

/** Opens a long stream, looks once its text comes, and calls it off. */
async function whileGenerating(server: ModelServer, signal: AbortSignal, running: Running): Promise<number | undefined> {
	const off = new AbortController();
	const prepared = await server.prepare(LONG_PROMPT, { temperature: 1, topP: 1 }, [], signal);
	const stream = prepared.policy.stream(
		{ assistant: [], seed: 3, maxTokens: MOST_TOKENS },
		AbortSignal.any([signal, off.signal]),
	);
	try {
		await stream.next();
		return await running();
	} finally {
		off.abort();
		await stream.return({ finish: "end" });
	}
}

function runningCount(server: ModelServer, signal: AbortSignal): Running {
	const options = { signal, timeoutMs: 5000, retries: 0 };
	if (server.kind === "llama.cpp") {
		return async () => {
			const reply = await getJson(server.endpoint, "/slots", options).catch(() => undefined);
			return slotsSchema.safeParse(reply?.json).data?.filter((slot) => slot.is_processing).length;
		};
	}
	const gauge = GAUGES[server.kind];
	if (gauge === undefined) return async () => undefined;
	return async () => {
		const text = await getText(server.endpoint, "/metrics", options).catch(() => "");
		const values = [...text.matchAll(gauge)].map((match) => Number(match[1]));
		return values.length === 0 ? undefined : values.reduce((sum, value) => sum + value, 0);
	};
}

/** Prometheus gauges of running requests, by kind of server. */
const GAUGES: Partial<Record<ModelServer["kind"], RegExp>> = {
	vllm: /^vllm:num_requests_running(?:\{[^}]*\})? ([0-9.e+]+)/gm,
	sglang: /^sglang:num_running_reqs(?:\{[^}]*\})? ([0-9.e+]+)/gm,
};

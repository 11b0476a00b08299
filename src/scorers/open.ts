/** From a scorer's settings to a scorer in service. */
import { z } from "zod";
import { getJson } from "../servers/http.ts";
import type { Endpoint } from "../servers/types.ts";
import { shownUrl } from "../servers/url.ts";
import { ScorerError } from "../trace/errors.ts";
import { type CallSettings, type Protocol, prepareScorer, scorerId } from "./calls.ts";
import { openClassifier } from "./classify.ts";
import { openCustom } from "./custom.ts";
import { openGuard } from "./generative.ts";
import { MODERATION_MODEL, openModeration } from "./moderation.ts";
import { parseReply } from "./reply.ts";
import { selfTest } from "./self-test.ts";
import { badScorer, checkScorerSpec, commonSettings } from "./spec.ts";
import type { ScorerService, ScorerSpec } from "./types.ts";

export interface OpenOptions {
	/** Where `key` names its variable; usually `process.env`. */
	env: Readonly<Record<string, string | undefined>>;
	signal: AbortSignal;
	/** The run's header for session affinity, where it has one. */
	affinity?: Endpoint["affinity"];
}

/**
 * Opens a scorer. Where no model is named, the server is asked for its models; nothing else is sent before the first score.
 * @throws SafeThinkError `bad-scorer` for wrong settings, ServerError or ScorerError where the server cannot be asked.
 */
export async function openScorer(spec: ScorerSpec, options: OpenOptions): Promise<ScorerService> {
	checkScorerSpec(spec);
	const call = callSettings(spec, options);
	const protocol = await openProtocol(spec, call, options.signal);
	const id = scorerId(protocol);
	return {
		id,
		verified: protocol.verified,
		images: protocol.images,
		prepare: (prompt) => prepareScorer(protocol, id, call, prompt),
		selfTest: (signal) => selfTest(protocol, call, signal),
	};
}

async function openProtocol(spec: ScorerSpec, call: CallSettings, signal: AbortSignal): Promise<Protocol> {
	switch (spec.kind) {
		case "http": {
			const url = new URL(spec.url ?? "");
			return openCustom(spec, spec.model ?? url.pathname, `${url.pathname}${url.search}`);
		}
		case "moderation":
			return openModeration(spec, spec.model ?? MODERATION_MODEL);
		case "classify":
			return openClassifier(spec, spec.model ?? (await onlyModel(call, signal)));
		default:
			return openGuard(spec, spec.model ?? (await onlyModel(call, signal)));
	}
}

function callSettings(spec: ScorerSpec, { env, affinity }: OpenOptions): CallSettings {
	const { timeout, retries } = commonOf(spec);
	const key = keyOf(spec, env);
	const url = spec.kind === "http" ? new URL(spec.url ?? "").origin : (spec.url ?? "");
	const endpoint: Endpoint = {
		url,
		...(spec.model === undefined ? {} : { model: spec.model }),
		...(key === undefined ? {} : { key }),
		...(affinity === undefined ? {} : { affinity }),
	};
	return { endpoint, timeoutMs: timeout * 1000, retries };
}

function commonOf(spec: ScorerSpec): { timeout: number; retries: number } {
	const read = (name: "timeout" | "retries") => {
		const parsed = commonSettings[name].safeParse(spec.options[name]);
		if (!parsed.success)
			throw badScorer(
				`the setting ${name} of the scorer ${spec.kind} is wrong: ${parsed.error.issues[0]?.message ?? "not allowed"}`,
				`see ${name} in docs/scorers.md`,
			);
		return parsed.data;
	};
	return { timeout: read("timeout"), retries: read("retries") };
}

function keyOf(spec: ScorerSpec, env: OpenOptions["env"]): string | undefined {
	if (spec.key === undefined) return undefined;
	const key = env[spec.key];
	if (!key)
		throw badScorer(
			`the environment variable ${spec.key}, which holds the key of the scorer ${spec.kind}, is not set`,
			`set ${spec.key}, or leave key= out`,
		);
	return key;
}

const models = z.object({ data: z.array(z.object({ id: z.string() })) });

/** The server's only model, or the only one whose name says scorer, guard or judge. */
async function onlyModel(call: CallSettings, signal: AbortSignal): Promise<string> {
	const { json } = await getJson(call.endpoint, "/v1/models", {
		signal,
		timeoutMs: Math.min(call.timeoutMs, 15_000),
		retries: call.retries,
	});
	const ids = parseReply(models, json, "/v1/models").data.map((model) => model.id);
	const named = ids.filter((id) => /scorer|guard/i.test(id));
	const found = ids.length === 1 ? ids : named;
	const [only] = found;
	if (found.length === 1 && only !== undefined) return only;
	const where = shownUrl(call.endpoint.url);
	throw new ScorerError(
		"bad-scorer",
		`it is not clear which model of ${where} is the scorer: it has ${ids.length === 0 ? "none" : ids.slice(0, 8).join(", ")}`,
		{ remedy: "set model=" },
	);
}

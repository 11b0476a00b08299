/** Picks the adapter for a server. */

import type { AdapterContext } from "./adapters/context.ts";
import { llamaServer } from "./adapters/llamacpp.ts";
import { openAiServer } from "./adapters/openai.ts";
import { sglangServer } from "./adapters/sglang.ts";
import { vllmServer } from "./adapters/vllm.ts";
import { type Detected, detect } from "./detect.ts";
import { HttpError } from "./failures.ts";
import type { ExchangeLimits } from "./http.ts";
import type { Endpoint, ModelServer, ServerKind } from "./types.ts";
import { shownUrl } from "./url.ts";

export interface ConnectOptions {
	/** Overrules what the server says of itself. */
	kind?: ServerKind;
	/** Timeouts and retries of all later requests. */
	limits?: ExchangeLimits;
	signal?: AbortSignal;
	/** Milliseconds for each question of the detection; 5,000 when absent. */
	timeoutMs?: number;
}

const ADAPTERS: Record<ServerKind, (context: AdapterContext) => ModelServer> = {
	vllm: vllmServer,
	sglang: sglangServer,
	"llama.cpp": llamaServer,
	"openai-compatible": openAiServer,
};

/**
 * Finds out what a server is and gives its adapter.
 * @throws ServerError when nothing answers, or no model can be chosen.
 */
export async function connect(endpoint: Endpoint, options: ConnectOptions = {}): Promise<ModelServer> {
	return serverFor(endpoint, await identify(endpoint, options), options);
}

/** As `detect`; with both kind and model given, a server that describes itself in no known way is taken as that. */
export async function identify(endpoint: Endpoint, options: ConnectOptions): Promise<Detected> {
	const signal = options.signal ?? AbortSignal.timeout(15_000);
	try {
		return await detect(endpoint, { signal, ...(options.timeoutMs === undefined ? {} : { timeoutMs: options.timeoutMs }) });
	} catch (error) {
		const answers = error instanceof HttpError && (error.kind === "bad-request" || error.kind === "protocol");
		if (!answers || options.kind === undefined || endpoint.model === undefined) throw error;
		return {
			kind: options.kind,
			product: "OpenAI-compatible",
			version: null,
			models: [],
			contextLength: null,
			images: null,
			slots: null,
		};
	}
}

/** The adapter for a server that has been identified. @throws ServerError `bad-request` */
export function serverFor(endpoint: Endpoint, detected: Detected, options: ConnectOptions): ModelServer {
	const kind = options.kind ?? detected.kind;
	if (kind === "llama.cpp" && endpoint.affinity?.header.toLowerCase() === "x-conversation-id") {
		throw new HttpError("bad-request", "llama-server goes on generating after an abort when it is sent x-conversation-id", {
			remedy: "Choose another affinity header.",
		});
	}
	return ADAPTERS[kind]({ endpoint, model: chosenModel(endpoint, detected, kind), limits: options.limits ?? {} });
}

/** llama.cpp serves one model under any name, a path unless it was given an alias; vLLM and SGLang know the names they list. */
function chosenModel(endpoint: Endpoint, detected: Detected, kind: ServerKind): string {
	const model = endpoint.model ?? (kind === "llama.cpp" ? detected.models[0]?.split(/[\\/]/).at(-1) : detected.models[0]);
	const listed = detected.models.slice(0, 5).join(", ");
	if (model === undefined) {
		throw new HttpError("bad-request", `${shownUrl(endpoint.url)} lists no model`, { remedy: "Name the model." });
	}
	const knowsNames = kind === "vllm" || kind === "sglang";
	if (knowsNames && detected.models.length > 0 && !detected.models.includes(model)) {
		throw new HttpError("bad-request", `${shownUrl(endpoint.url)} does not serve ${model}`, { remedy: `It serves ${listed}.` });
	}
	return model;
}

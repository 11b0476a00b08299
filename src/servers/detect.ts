/** Finds out what a server is by a few documents it offers; short, and never by a name in the URL. */
import { z } from "zod";
import { HttpError } from "./failures.ts";
import { getJson, postJson } from "./http.ts";
import type { Endpoint, ServerKind } from "./types.ts";
import { shownUrl } from "./url.ts";

/** What a server says of itself. */
export interface Detected {
	kind: ServerKind;
	/** The product where it is known by its own routes, else the kind. */
	product: "vLLM" | "SGLang" | "llama.cpp" | "Ollama" | "LM Studio" | "OpenAI-compatible";
	version: string | null;
	models: string[];
	/** Tokens that prompt and output share; null when it is not said. */
	contextLength: number | null;
	/** Whether the server says that its model takes images; null when it is not said. */
	images: boolean | null;
	/** Requests served at once; null when it is not said. */
	slots: number | null;
}

const count = z.number().int().positive();
const modelsSchema = z.object({
	data: z.array(
		z.object({
			id: z.string(),
			owned_by: z.string().nullish(),
			max_model_len: count.nullish(),
			context_length: count.nullish(),
			meta: z.object({ n_ctx: count.nullish() }).nullish(),
		}),
	),
});
const propsSchema = z.object({
	default_generation_settings: z.object({ n_ctx: count.nullish() }),
	build_info: z.string().nullish(),
	modalities: z.object({ vision: z.boolean() }).nullish(),
	total_slots: count.nullish(),
});
const sglangSchema = z.object({ model_path: z.string(), has_image_understanding: z.boolean().nullish() });
const versionSchema = z.object({ version: z.string() });
const lmStudioSchema = z.object({ models: z.array(z.object({ key: z.string(), max_context_length: count.nullish() })) });
const ollamaModelSchema = z.object({
	capabilities: z.array(z.string()).nullish(),
	model_info: z.record(z.string(), z.unknown()).nullish(),
});

type Models = z.infer<typeof modelsSchema>["data"];

/** The documents asked for, all at once. */
const DOCUMENTS = ["/v1/models", "/props", "/get_model_info", "/version", "/api/version", "/api/v1/models"] as const;
type Documents = Map<string, unknown>;

/**
 * Asks a server what it is.
 * @param options.timeoutMs for each document, 5,000 when absent; all are asked at once.
 * @throws ServerError when it answers none of the questions of any known protocol.
 */
export async function detect(endpoint: Endpoint, options: { signal: AbortSignal; timeoutMs?: number }): Promise<Detected> {
	const { documents, failure } = await fetchDocuments(endpoint, {
		signal: options.signal,
		timeoutMs: options.timeoutMs ?? 5000,
		retries: 0,
	});
	const models = modelsSchema.safeParse(documents.get("/v1/models")).data?.data ?? [];
	const chosen = models.find((model) => model.id === endpoint.model) ?? models[0];
	const found =
		asLlama(documents, models) ??
		asSglang(documents, models, chosen) ??
		asVllm(documents, models, chosen) ??
		(await asOther(endpoint, documents, models, chosen, options));
	if (found !== undefined) return found;
	throw failure ?? nothingKnown(endpoint);
}

async function fetchDocuments(endpoint: Endpoint, options: { signal: AbortSignal; timeoutMs: number; retries: number }) {
	const documents: Documents = new Map();
	const settled = await Promise.allSettled(DOCUMENTS.map((path) => getJson(endpoint, path, options)));
	settled.forEach((result, index) => {
		if (result.status === "fulfilled") documents.set(DOCUMENTS[index] as string, result.value.json);
	});
	const first = settled[0];
	const failure = first?.status === "rejected" ? (first.reason as HttpError) : undefined;
	if (failure !== undefined && !(failure instanceof HttpError)) throw failure;
	return { documents, failure };
}

function asLlama(documents: Documents, models: Models): Detected | undefined {
	const props = propsSchema.safeParse(documents.get("/props")).data;
	if (props === undefined) return undefined;
	return {
		kind: "llama.cpp",
		product: "llama.cpp",
		version: props.build_info ?? null,
		models: models.map((model) => model.id),
		contextLength: props.default_generation_settings.n_ctx ?? models[0]?.meta?.n_ctx ?? null,
		images: props.modalities?.vision ?? null,
		slots: props.total_slots ?? null,
	};
}

function asSglang(documents: Documents, models: Models, chosen: Models[number] | undefined): Detected | undefined {
	const info = sglangSchema.safeParse(documents.get("/get_model_info")).data;
	if (info === undefined) return undefined;
	return {
		kind: "sglang",
		product: "SGLang",
		version: versionOf(documents, "/version"),
		models: models.length > 0 ? models.map((model) => model.id) : [info.model_path],
		contextLength: chosen?.max_model_len ?? null,
		images: info.has_image_understanding ?? null,
		slots: null,
	};
}

function asVllm(documents: Documents, models: Models, chosen: Models[number] | undefined): Detected | undefined {
	const owned = models.some((model) => model.owned_by === "vllm");
	const dated =
		documents.has("/version") && models.some((model) => model.max_model_len !== null && model.max_model_len !== undefined);
	if (!owned && !dated) return undefined;
	return {
		kind: "vllm",
		product: "vLLM",
		version: versionOf(documents, "/version"),
		models: models.map((model) => model.id),
		contextLength: chosen?.max_model_len ?? null,
		images: null,
		slots: null,
	};
}

async function asOther(
	endpoint: Endpoint,
	documents: Documents,
	models: Models,
	chosen: Models[number] | undefined,
	options: { signal: AbortSignal },
): Promise<Detected | undefined> {
	const lmStudio = lmStudioSchema.safeParse(documents.get("/api/v1/models")).data;
	const ollama = versionOf(documents, "/api/version");
	if (lmStudio === undefined && ollama === null && models.length === 0) return undefined;
	const names = models.length > 0 ? models.map((model) => model.id) : (lmStudio?.models.map((model) => model.key) ?? []);
	const base = { kind: "openai-compatible" as const, models: names, slots: null };
	if (lmStudio !== undefined) {
		return {
			...base,
			product: "LM Studio",
			version: null,
			contextLength: lmStudio.models[0]?.max_context_length ?? null,
			images: null,
		};
	}
	if (ollama !== null)
		return { ...base, product: "Ollama", version: ollama, ...(await ollamaModel(endpoint, endpoint.model ?? names[0], options)) };
	return {
		...base,
		product: "OpenAI-compatible",
		version: null,
		contextLength: chosen?.max_model_len ?? chosen?.context_length ?? null,
		images: null,
	};
}

async function ollamaModel(
	endpoint: Endpoint,
	model: string | undefined,
	options: { signal: AbortSignal },
): Promise<Pick<Detected, "contextLength" | "images">> {
	const unknown = { contextLength: null, images: null };
	if (model === undefined) return unknown;
	const template = { path: "/api/show", body: { model } };
	const reply = await postJson(endpoint, template, {}, { signal: options.signal, timeoutMs: 5000, retries: 0 }).catch(
		() => undefined,
	);
	const shown = ollamaModelSchema.safeParse(reply?.json).data;
	if (shown === undefined) return unknown;
	const length = Object.entries(shown.model_info ?? {}).find(([key]) => key.endsWith(".context_length"))?.[1];
	return { contextLength: typeof length === "number" ? length : null, images: shown.capabilities?.includes("vision") ?? null };
}

function versionOf(documents: Documents, path: string): string | null {
	return versionSchema.safeParse(documents.get(path)).data?.version ?? null;
}

function nothingKnown(endpoint: Endpoint): HttpError {
	return new HttpError(
		"protocol",
		`${shownUrl(endpoint.url)} answers, but lists no models and is none of the known kinds of server`,
		{
			remedy: "Check address and port, or name the kind of server and the model.",
		},
	);
}

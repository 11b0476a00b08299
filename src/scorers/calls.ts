/** What the kinds of scorer have in common: questions put to a server, their answers joined to one score. */
import type { Score } from "../method/ports.ts";
import { dataUrl, type PromptContent } from "../promptsets/prompt.ts";
import { postJson } from "../servers/http.ts";
import type { Endpoint } from "../servers/types.ts";
import { SafeThinkError, ScorerError } from "../trace/errors.ts";
import { canonicalJson, sha256 } from "../trace/hash.ts";
import type { RequestTemplate, TemplateVariables } from "../trace/template.ts";
import type { PreparedScorer } from "./types.ts";
import type { Reading } from "./verdict.ts";

/** One question of a scorer about a prompt: its two request bodies, and how their replies are read. */
export interface Question {
	/** Query and trace. */
	scorer: RequestTemplate;
	/** Query alone; absent where the scorer has no prompt for it: `no-query-prompt`. */
	query?: RequestTemplate;
	/** @throws ScorerError */
	read(json: unknown, of: "scorer" | "query"): Reading;
}

/** A kind of scorer, opened: everything but the sending. */
export interface Protocol {
	kind: string;
	model: string;
	/** Settings that change a score and are not the default, for the id; for example `mode=strict`. */
	settings: readonly string[];
	verified: boolean;
	/** Most images of a prompt it is shown; 0 for a text scorer. */
	images: number;
	questions(prompt: PromptContent): readonly Question[];
}

export interface CallSettings {
	endpoint: Endpoint;
	/** Milliseconds a request may take. */
	timeoutMs: number;
	/** Tries after the first one for failures that may pass. */
	retries: number;
}

/** A reply with what the self-test needs to see of it. */
export interface Answer {
	reading: Reading;
	json: unknown;
	requests: number;
}

/** The values of a prompt's holes: `prompt`, `image1`, …, and `trace` where there is one. */
export function variablesOf(prompt: PromptContent, trace: string | undefined): TemplateVariables {
	const images = prompt.images.map((image, index) => [`image${index + 1}`, dataUrl(image)] as const);
	return { prompt: prompt.text, ...Object.fromEntries(images), ...(trace === undefined ? {} : { trace }) };
}

/** Asks one question. A missing prompt for the query alone costs no request. @throws ScorerError with the failure's kind and the requests spent. */
export async function ask(
	question: Question,
	of: "scorer" | "query",
	variables: TemplateVariables,
	call: CallSettings,
	signal: AbortSignal,
): Promise<Answer> {
	const template = question[of];
	if (template === undefined)
		throw new ScorerError("no-query-prompt", "the query alone is not scored: the scorer's prompt file has no section for it", {
			remedy: "put the line --- query alone --- into the file, and the prompt for the query alone below it",
			requests: 0,
		});
	let requests = 1;
	try {
		const reply = await postJson(call.endpoint, template, variables, {
			signal,
			timeoutMs: call.timeoutMs,
			retries: call.retries,
		});
		requests = reply.requests;
		return { reading: question.read(reply.json, of), json: reply.json, requests };
	} catch (error) {
		throw scorerError(error, requests);
	}
}

/** Any failure as a ScorerError; what is no SafeThinkError is a defect of this program and stays as it is. */
function scorerError(error: unknown, requests: number): unknown {
	if (!(error instanceof SafeThinkError)) return error;
	const spent = "requests" in error && typeof error.requests === "number" ? Math.max(error.requests, requests) : requests;
	return new ScorerError(error.kind, error.message, {
		requests: spent,
		cause: error,
		...(error.remedy === undefined ? {} : { remedy: error.remedy }),
	});
}

/** Binds a protocol to a prompt. */
export function prepareScorer(protocol: Protocol, id: string, call: CallSettings, prompt: PromptContent): PreparedScorer {
	const questions = protocol.questions(prompt);
	return {
		scorer: { id, score: (trace, signal) => score(questions, prompt, trace, call, signal) },
		requests: namedRequests(questions),
	};
}

async function score(
	questions: readonly Question[],
	prompt: PromptContent,
	trace: string | undefined,
	call: CallSettings,
	signal: AbortSignal,
): Promise<Score> {
	const of = trace === undefined ? "query" : "scorer";
	const asked = await Promise.allSettled(
		questions.map((question) => ask(question, of, variablesOf(prompt, trace), call, signal)),
	);
	const answers = asked.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
	const failed = asked.find((result) => result.status === "rejected");
	const requests = answers.reduce((sum, answer) => sum + answer.requests, 0);
	if (failed !== undefined) throw withRequests(failed.reason, requests);
	const reading = worst(answers.map((answer) => answer.reading));
	return { ...reading, unsafe: (1 - reading.reward) / 2, requests };
}

function withRequests(error: unknown, others: number): unknown {
	if (!(error instanceof ScorerError)) return error;
	return new ScorerError(error.kind, error.message, {
		requests: error.requests + others,
		cause: error.cause,
		...(error.remedy === undefined ? {} : { remedy: error.remedy }),
	});
}

/** The lowest reward of several questions; a bound where the lowest is not known exactly. */
export function worst(readings: readonly Reading[]): Reading {
	const high = Math.min(...readings.map((reading) => (reading.bound === "at-least" ? 1 : reading.reward)));
	const low = Math.min(...readings.map((reading) => (reading.bound === "at-most" ? -1 : reading.reward)));
	const bound = high === low ? undefined : readings.some((reading) => reading.bound === "at-most") ? "at-most" : "at-least";
	const reward = bound === "at-most" ? high : low;
	const lowest = readings.reduce((a, b) => (b.reward < a.reward ? b : a));
	const categories = [...new Set(readings.flatMap((reading) => reading.categories ?? []))];
	return {
		reward,
		...(bound === undefined ? {} : { bound }),
		...(lowest.verdict === undefined ? {} : { verdict: lowest.verdict }),
		...(categories.length === 0 ? {} : { categories }),
	};
}

function namedRequests(questions: readonly Question[]): Record<string, RequestTemplate> {
	const suffix = (index: number) => (index === 0 ? "" : `.${index + 1}`);
	return Object.fromEntries(
		questions.flatMap((question, index) => [
			[`scorer${suffix(index)}`, question.scorer],
			...(question.query === undefined ? [] : [[`query${suffix(index)}`, question.query] as const]),
		]),
	);
}

/**
 * Names a scorer in events: kind, model, settings, and a version of eight hexadecimal digits hashed over its request templates, so
 * that two prompts of one guard never share a name. For example `qwen3guard:Qwen/Qwen3Guard-Gen-4B[mode=strict]@1f0c77aa`.
 */
export function scorerId(protocol: Protocol): string {
	const settings = protocol.settings.length === 0 ? "" : `[${protocol.settings.join(",")}]`;
	const templates = protocol.questions({ text: "", images: [] }).map(({ scorer, query }) => [scorer, query ?? null]);
	// A server may call a model by its file: the folders are nobody's business.
	const model = protocol.model.replace(/^([A-Za-z]:\\|\/).*[\\/]/, "");
	return `${protocol.kind}:${model}${settings}@${sha256(canonicalJson(templates)).slice(0, 8)}`;
}

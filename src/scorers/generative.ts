/** A scorer made of an entry of the guards' table: templates for its requests, and the reading of its replies. */
import { z } from "zod";
import type { PromptContent } from "../promptsets/prompt.ts";
import { ScorerError } from "../trace/errors.ts";
import type { Json, RequestTemplate } from "../trace/template.ts";
import type { Protocol, Question } from "./calls.ts";
import type { Guard, Part, Piece, Turn, Use } from "./guard-types.ts";
import { GUARDS } from "./guards.ts";
import { type PromptText, promptTexts } from "./prompt-file.ts";
import { type GuardReply, readChatReply, readCompletionReply } from "./reply.ts";
import { badScorer, commonSettings, numberSetting, readSettings } from "./spec.ts";
import type { ScorerSpec } from "./types.ts";
import { type Reading, readVerdictText, readVerdictTokens, VERDICT_MODES } from "./verdict.ts";
import { categoriesIn, type VerdictForm } from "./verdict-text.ts";

const SETTINGS = {
	...commonSettings,
	variant: z.string().optional(),
	verdict: z.enum(["logprobs", "text", "auto"]).optional(),
	mode: z.enum(VERDICT_MODES).default("ternary"),
	images: numberSetting.pipe(z.number().int().min(0)).optional(),
	"top-logprobs": numberSetting.pipe(z.number().int().min(2).max(100)).default(20),
	"max-tokens": numberSetting.pipe(z.number().int().min(1)).optional(),
	prompt: z.string().optional(),
};
type Settings = z.infer<z.ZodObject<typeof SETTINGS>>;

/** Everything that is the same for all prompts. */
interface Setup {
	guard: Guard;
	model: string;
	settings: Settings;
	verdictBy: "logprobs" | "text" | "auto";
	images: number;
}

/**
 * Opens a guard or judge on a chat or completions endpoint.
 * @throws SafeThinkError `bad-scorer` for a wrong setting, a model no entry knows, or a `prompt` file that is missing or wrong.
 */
export async function openGuard(spec: ScorerSpec, model: string): Promise<Protocol> {
	const settings = readSettings(spec, SETTINGS);
	const guard = guardFor(spec.kind, model, settings.variant);
	const texts = await promptTexts(guard, settings.prompt);
	const setup: Setup = {
		guard,
		model,
		settings,
		verdictBy: settings.verdict ?? guard.verdictBy,
		images: Math.min(guard.images, settings.images ?? guard.images),
	};
	return {
		kind: spec.kind,
		model,
		settings: ["variant", "verdict", "mode", "images", "temperature", "bias"]
			.filter((name) => name in spec.options)
			.map((name) => `${name}=${spec.options[name]}`),
		verified: guard.verified ?? false,
		images: setup.images,
		questions: (prompt) => texts.map((text) => question(text, setup, prompt)),
	};
}

function guardFor(kind: string, model: string, variant: string | undefined): Guard {
	const entries = GUARDS.filter((guard) => guard.kind === kind);
	const found =
		variant === undefined
			? entries.find((guard) => guard.models.test(model))
			: entries.find((guard) => guard.variant === variant);
	if (found !== undefined) return found;
	const variants = entries.map((guard) => guard.variant).join(", ");
	throw badScorer(
		variant === undefined ? `no variant of ${kind} is known by the model name ${model}` : `${kind} has no variant ${variant}`,
		`set variant= to one of: ${variants}`,
	);
}

function question(text: PromptText, setup: Setup, prompt: PromptContent): Question {
	const { guard } = setup;
	const images = Math.min(prompt.images.length, setup.images);
	return {
		scorer: template(guard.trace, text.trace, setup, images),
		...(text.query === undefined ? {} : { query: template(guard.query, text.query, setup, images) }),
		read: (json, of) => {
			const use = of === "scorer" ? guard.trace : guard.query;
			return withCategories("raw" in use.send ? readCompletionReply(json) : readChatReply(json), use.verdict, text.name, setup);
		},
	};
}

function template(use: Use, file: readonly Piece[], setup: Setup, images: number): RequestTemplate {
	const { guard, model, settings, verdictBy } = setup;
	const chat = "turns" in use.send;
	const sampling = { temperature: 0, max_tokens: settings["max-tokens"] ?? guard.maxTokens };
	const top = settings["top-logprobs"];
	const logprobs: { [name: string]: Json } =
		verdictBy === "text" ? {} : chat ? { logprobs: true, top_logprobs: top } : { logprobs: top };
	const content: { [name: string]: Json } =
		"turns" in use.send
			? { messages: use.send.turns.map((turn) => message(turn, file, guard, images)) }
			: { prompt: hole(use.send.raw, file) };
	return {
		path: chat ? "/v1/chat/completions" : "/v1/completions",
		body: { model, ...content, ...sampling, ...logprobs, ...chatTemplateSettings(guard, file) },
	};
}

function chatTemplateSettings({ templateSettings, fileSetting }: Guard, file: readonly Piece[]): { [name: string]: Json } {
	const all = { ...templateSettings, ...(fileSetting === undefined ? {} : { [fileSetting]: hole(file, []) }) };
	return Object.keys(all).length === 0 ? {} : { chat_template_kwargs: all };
}

function message(turn: Turn, file: readonly Piece[], guard: Guard, images: number): Json {
	const text = hole(turn.text, file);
	const pictures = turn.images ? imageParts(images) : [];
	const asParts = guard.alwaysParts || pictures.length > 0;
	return { role: turn.role, content: asParts ? [...pictures, { type: "text", text }] : text };
}

/** Chat content for the first images of a prompt, as holes `image1`, …. */
export function imageParts(images: number): Json[] {
	return Array.from({ length: images }, (_, index) => ({ type: "image_url", image_url: { url: { $: `image${index + 1}` } } }));
}

function hole(parts: readonly Part[], file: readonly Piece[]): Json {
	const pieces = parts.flatMap((part) => (typeof part === "object" && "file" in part ? file : [part]));
	const [only] = pieces;
	if (pieces.length === 1 && only !== undefined) return typeof only === "string" ? only : { $: only.v };
	return { $: pieces.map((piece) => (typeof piece === "string" ? piece : { v: piece.v })) };
}

/** The categories a guard names, or the prompt file's name where it found something unsafe and names none. */
function withCategories(reply: GuardReply, form: VerdictForm, name: string | undefined, setup: Setup): Reading {
	const reading = readVerdict(reply, form, setup);
	const unsafe = form.labels.unsafe.includes(reading.verdict ?? "");
	const named = categoriesIn(reply.text, form);
	const categories = named.length === 0 && unsafe && name !== undefined ? [name] : named;
	return categories.length === 0 ? reading : { ...reading, categories };
}

function readVerdict(reply: GuardReply, form: VerdictForm, { settings, verdictBy }: Setup): Reading {
	const calibration = { temperature: settings.temperature, bias: settings.bias };
	const fromText = () => readVerdictText(reply.text, reply.truncated, form, settings.mode);
	if (verdictBy === "text") return fromText();
	if (reply.tokens !== undefined) {
		try {
			return readVerdictTokens(reply.tokens, reply.truncated, form, settings.mode, calibration);
		} catch (error) {
			if (verdictBy === "logprobs" || !(error instanceof ScorerError) || error.kind !== "no-logprobs") throw error;
		}
	}
	const reading = fromText();
	if (verdictBy === "auto") return reading;
	throw new ScorerError("no-logprobs", `the guard answered ${reading.verdict} without log-probabilities`, {
		remedy: "use a server that gives log-probabilities, or set verdict=text for a reward of ±1",
	});
}

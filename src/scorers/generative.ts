/** A scorer made of an entry of the guards' table: templates for its requests, and the reading of its replies. */
import { readFile } from "node:fs/promises";
import { z } from "zod";
import type { PromptContent } from "../promptsets/prompt.ts";
import { ScorerError } from "../trace/errors.ts";
import type { Json, RequestTemplate } from "../trace/template.ts";
import type { Protocol, Question } from "./calls.ts";
import type { Guard, Part, Turn, Use } from "./guard-types.ts";
import { GUARDS } from "./guards.ts";
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
	/** The text of the file in the setting `prompt`. */
	file: string | undefined;
}

/**
 * Opens a guard or judge on a chat or completions endpoint.
 * @throws SafeThinkError `bad-scorer` for a wrong setting, a model no entry knows, or an unreadable `prompt` file.
 */
export async function openGuard(spec: ScorerSpec, model: string): Promise<Protocol> {
	const settings = readSettings(spec, SETTINGS);
	const guard = guardFor(spec.kind, model, settings.variant);
	const file = await promptFile(guard, settings.prompt);
	const setup: Setup = {
		guard,
		model,
		settings,
		file,
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
		questions: (prompt) => guard.asks.map((one) => question(one, setup, prompt)),
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

async function promptFile(guard: Guard, path: string | undefined): Promise<string | undefined> {
	const defaults = partsOf(guard.asks[0]?.trace).flatMap((part) =>
		typeof part === "object" && "file" in part ? [part.file] : [],
	);
	if (path === undefined) {
		if (defaults.includes(null))
			throw badScorer(
				`${guard.kind} needs the instructions it was trained with`,
				"save the system prompt of its model card as a text file and set prompt=FILE",
			);
		return undefined;
	}
	if (defaults.length === 0)
		throw badScorer(`${guard.kind} takes no prompt file: its request is fixed`, "leave prompt= out, or use the kind judge");
	try {
		return await readFile(path, "utf8");
	} catch (error) {
		throw badScorer(
			`the prompt file ${path} of the scorer ${guard.kind} cannot be read: ${(error as NodeJS.ErrnoException).code ?? "unknown"}`,
			"check the path",
		);
	}
}

function partsOf(use: Use | undefined): readonly Part[] {
	if (use === undefined) return [];
	return "raw" in use.send ? use.send.raw : use.send.turns.flatMap((turn) => turn.text);
}

function question(asked: Guard["asks"][number], setup: Setup, prompt: PromptContent): Question {
	const images = Math.min(prompt.images.length, setup.images);
	return {
		scorer: template(asked.trace, setup, images),
		query: template(asked.query, setup, images),
		read: (json, of) => {
			const use = of === "scorer" ? asked.trace : asked.query;
			return withCategories(
				"raw" in use.send ? readCompletionReply(json) : readChatReply(json),
				use.verdict,
				asked.category,
				setup,
			);
		},
	};
}

function template(use: Use, setup: Setup, images: number): RequestTemplate {
	const { guard, model, settings, verdictBy } = setup;
	const chat = "turns" in use.send;
	const sampling = { temperature: 0, max_tokens: settings["max-tokens"] ?? guard.maxTokens };
	const top = settings["top-logprobs"];
	const logprobs: { [name: string]: Json } =
		verdictBy === "text" ? {} : chat ? { logprobs: true, top_logprobs: top } : { logprobs: top };
	const content: { [name: string]: Json } =
		"turns" in use.send
			? { messages: use.send.turns.map((turn) => message(turn, setup, images)) }
			: { prompt: hole(use.send.raw, setup.file) };
	const extra: { [name: string]: Json } =
		guard.templateSettings === undefined ? {} : { chat_template_kwargs: guard.templateSettings };
	return {
		path: chat ? "/v1/chat/completions" : "/v1/completions",
		body: { model, ...content, ...sampling, ...logprobs, ...extra },
	};
}

function message(turn: Turn, setup: Setup, images: number): Json {
	const text = hole(turn.text, setup.file);
	const pictures = turn.images ? imageParts(images) : [];
	const asParts = setup.guard.alwaysParts || pictures.length > 0;
	return { role: turn.role, content: asParts ? [...pictures, { type: "text", text }] : text };
}

/** Chat content for the first images of a prompt, as holes `image1`, …. */
export function imageParts(images: number): Json[] {
	return Array.from({ length: images }, (_, index) => ({ type: "image_url", image_url: { url: { $: `image${index + 1}` } } }));
}

function hole(parts: readonly Part[], file: string | undefined): Json {
	const pieces = parts.map((part) => (typeof part === "object" && "file" in part ? (file ?? part.file ?? "") : part));
	const [only] = pieces;
	if (pieces.length === 1 && only !== undefined) return typeof only === "string" ? only : { $: only.v };
	return { $: pieces.map((piece) => (typeof piece === "string" ? piece : { v: piece.v })) };
}

function withCategories(reply: GuardReply, form: VerdictForm, category: string | undefined, setup: Setup): Reading {
	const reading = readVerdict(reply, form, setup);
	const unsafe = form.labels.unsafe.includes(reading.verdict ?? "");
	const categories = category === undefined ? categoriesIn(reply.text, form) : unsafe ? [category] : [];
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

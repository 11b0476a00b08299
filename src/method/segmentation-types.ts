/**
 * Words of the segmentation: dialects (how a model family writes its reasoning), segmenters (where a step ends) and the cutter
 * (both at work on one stream). `makeCutter` is in `segmenters/cutter.ts`; `DIALECTS`, `dialectFor` and `findDialect` in
 * `dialects.ts`; what is asked of a dialect's tags (`visibleText`, `forcedOpen`, `forcedClose`, …) in `phases.ts`.
 */
import { z } from "zod";

const positive = z.int().positive();
const text = z.string().min(1);

/** The numbers of the paragraph segmenter; choices of this project, not of the paper. */
export const PARAGRAPH_DEFAULTS = { minWords: 10, maxTokens: 512 } as const;

/** Longest match, in UTF-16 units, that the pattern segmenter looks for. */
export const PATTERN_REACH = 200;

const inner = z.literal("paragraph").optional();

/** Where a step ends. What each kind does is said in `segmenters/rules.ts`. */
export const segmenterSchema = z.discriminatedUnion("kind", [
	z.strictObject({
		kind: z.literal("paragraph"),
		minWords: z.int().nonnegative().default(PARAGRAPH_DEFAULTS.minWords),
		maxTokens: positive.default(PARAGRAPH_DEFAULTS.maxTokens),
	}),
	z.strictObject({ kind: z.literal("sentence"), minCharacters: z.int().nonnegative().default(10) }),
	z.strictObject({ kind: z.literal("line") }),
	z.strictObject({ kind: z.literal("section"), inner }),
	z.strictObject({ kind: z.literal("turn"), inner }),
	z.strictObject({ kind: z.literal("message"), inner }),
	z.strictObject({ kind: z.literal("window"), tokens: positive.default(64) }),
	z.strictObject({ kind: z.literal("pattern"), pattern: text.superRefine(checkPattern) }),
	z.strictObject({ kind: z.literal("whole") }),
]);

/** A pattern is matched against the text up to a boundary, so it must compile and must not look ahead. */
function checkPattern(pattern: string, context: z.RefinementCtx): void {
	if (pattern.includes("(?="))
		context.addIssue({ code: "custom", message: "a boundary depends only on the bytes before it: no look-ahead (?=…)" });
	try {
		if (new RegExp(`(?:${pattern})$`, "u").test(""))
			context.addIssue({ code: "custom", message: "the pattern matches empty text, so every place would be a boundary" });
	} catch (error) {
		context.addIssue({ code: "custom", message: `not a regular expression: ${(error as Error).message}` });
	}
}

/** A named stretch of the reasoning inside one turn: a LLaVA-CoT section, a harmony message. */
const partSchema = z.strictObject({
	name: text,
	opens: text,
	closes: text,
	/** Long enough to be cut into paragraphs when the segmenter says `inner: paragraph`. */
	inner: z.boolean().default(false),
});

/** One of several user turns among which a model spreads its reasoning (LlamaV-o1). */
const turnSchema = z.strictObject({
	name: text,
	/** What the user says: appended to the prompt's text in the first turn, the whole user text in later ones. */
	user: z.string(),
	phase: z.enum(["reasoning", "answer"]),
	inner: z.boolean().default(false),
});

const samplingAdvice = z.strictObject({
	temperature: z.number().nonnegative(),
	topP: z.number().positive().max(1),
	topK: positive.optional(),
	/** What the model's authors use, when it is something else, and where that was read. */
	note: z.string().optional(),
});

export const dialectSchema = z.strictObject({
	name: text.default("custom"),
	/** Opening tag; null when the reasoning has none. */
	opens: text.nullable(),
	/** Tags that end the reasoning. The first one met counts; it belongs to the step it ends. */
	closes: z.array(text),
	/** Tags that begin the answer even where the closing tag is missing (`<CONCLUSION>`, harmony's final header). */
	answerOpens: z.array(text).default([]),
	/**
	 * Whether the chat template writes the opening tag, so that the stream begins inside the reasoning. `closed`: the template
	 * writes an empty block (thinking switched off). `unknown`: `resolveOpening` finds out from the rendered prompt.
	 */
	templateOpens: z.enum(["always", "never", "closed", "unknown"]).default("unknown"),
	/** Write the opening tag where the template does not: without it the model may not reason. Not where the prompt is not seen. */
	forceOpen: z.boolean().default(false),
	/** Further tags that are not shown: around the answer, at a message's start or end. */
	answerTags: z.array(text).default([]),
	parts: z.array(partSchema).default([]),
	turns: z.array(turnSchema).default([]),
	/**
	 * Bytes that open and close the reasoning by force, the white space the model itself would write included. `reopen`: what opens
	 * a further part when one is closed; the next part's opening tag when absent.
	 */
	forced: z.strictObject({ open: z.string(), close: z.string(), reopen: z.string().optional() }),
	/** Without it the model does not reason in this dialect. */
	systemPrompt: z.string().optional(),
	sampling: samplingAdvice.default({ temperature: 0.6, topP: 0.95 }),
	defaultSegmenter: segmenterSchema.default({ kind: "paragraph", ...PARAGRAPH_DEFAULTS }),
	/** Case-insensitive regular expressions on the model's id, for the automatic choice. */
	models: z.array(text).default([]),
	/** Whether the dialect has met its real counterpart in this project's tests. */
	verified: z.boolean().default(false),
	/** Where the facts were read. */
	source: z.string().default("given by the user"),
	/** What the user must know when this dialect is used. */
	notice: z.string().optional(),
});

/** A dialect given in safethink.yaml; absent fields take the schema's defaults. */
export const customDialectSchema = dialectSchema
	.omit({ verified: true, notice: true })
	.extend({ forced: dialectSchema.shape.forced.optional() });

export type SegmenterSpec = z.infer<typeof segmenterSchema>;
export type Dialect = z.infer<typeof dialectSchema>;
/** A dialect as it is written down: fields with a default may be left out. */
export type DialectInput = z.input<typeof dialectSchema>;

export type Phase = "reasoning" | "answer";

/**
 * What the cutter made of the stream so far. The texts of all pieces, concatenated, equal the raw stream to the byte. A step
 * holds its tags where they stand: the opening tag belongs to the first step, a closing tag ends the step it closes.
 *
 * `end`: `boundary` the segmenter cut here; `close` the reasoning was closed; `end` the model stopped inside the reasoning (in a
 * dialect of turns: the turn is over); `length` it ran out of tokens inside the reasoning: truncated.
 *
 * Flags of a step: `missing-close` (the answer began without a closing tag), `repeated-open` (opening tag inside the reasoning),
 * `capped` (cut because it was long), `no-tags` (the text ended without any tag; reasoning was assumed).
 * Flags of an answer: `no-tags` (answer only), `empty-reasoning` (a think block without content: zero steps), `template-closed`
 * (thinking is switched off), `late-close`, `late-open` (a tag inside the answer), `empty-answer`.
 */
export type Piece =
	| { kind: "step"; text: string; end: "boundary" | "close" | "end" | "length"; flags: string[] }
	| { kind: "answer"; text: string; flags: string[] };

/** Cuts one stream into steps and an answer. */
export interface Cutter {
	/** Feeds raw text; returns the steps that became certain. A boundary depends only on bytes up to it. */
	push(text: string): Piece[];
	/** The stream ended: returns the rest; in the answer's phase always exactly one answer, else a step unless nothing is left. */
	finish(how: "end" | "length"): Piece[];
	/** Phase of the bytes seen so far. */
	readonly phase: Phase;
	/** Raw text not yet emitted. */
	readonly pending: string;
}

/** What stands before the new text in the open turn. */
export interface Before {
	/** Accepted steps, to the byte. */
	steps: readonly string[];
	/** Injected or forced text after them. */
	prefix: string;
	/** Index of the open turn among the dialect's turns, from 0; 0 when absent. */
	turn?: number;
}

/** One line of a prompt set (`*.prompts.jsonl`), browser-safe. `docs/prompt-set.schema.json` is generated from it. */
import { z } from "zod";

const wellFormed = (text: string) => !/[\0\p{Surrogate}]/u.test(text);
const plain = { error: "holds a NUL character or half a surrogate pair, which no server takes" };
const text = z.string().refine(wellFormed, plain);
const label = text.refine((value) => value.trim() !== "", { error: "must not be empty" });

export const promptLineSchema = z.object({
	id: label.meta({ minLength: 1, description: "Names the prompt in runs and tables; unique in the set." }),
	text: text.meta({ description: "What the user says. May be empty only when there is an image." }),
	images: z.array(label).optional().meta({
		description:
			"Images in the order in which the model gets them: paths relative to this file, or data: URLs. PNG, JPEG, WebP or GIF.",
	}),
	group: label.optional().meta({ description: "The goal the prompt was made from: variants of one goal share it." }),
	category: label.optional().meta({ description: "What the prompt is about; tables break down by it." }),
	source: label.optional().meta({ description: "Where the prompt comes from, for example a benchmark's name." }),
	system: text.optional().meta({ description: "System text, where the prompt needs its own." }),
	expected: label
		.optional()
		.meta({ description: "Expected behaviour: `help`, `refuse`, or free text.", examples: ["help", "refuse"] }),
	reference: text.optional().meta({ description: "Reference answer, for tasks that have one." }),
	metadata: z.record(z.string(), z.json()).optional().meta({ description: "Anything else; carried into the run, never sent." }),
});

export type PromptLine = z.infer<typeof promptLineSchema>;

export const PROMPT_FIELDS: readonly string[] = Object.keys(promptLineSchema.shape);

/** JSON Schema (draft 2020-12) of one line, for editors. */
export function promptLineJsonSchema(): Record<string, unknown> {
	return { ...z.toJSONSchema(promptLineSchema, { io: "input" }), title: "A line of a SafeThink prompt set" };
}

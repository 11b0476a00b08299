/**
 * A scorer of one's own. The service gets `POST URL` with `{"query": text, "trace": text or null}` (null: the query alone), and with
 * `images=N` also `"images": [data URLs]`; it replies `{"reward": -1…1}` or `{"unsafe": 0…1}`, and may add `"verdict": text` and
 * `"categories": [text]`. Any other status than 200 is a failure.
 */
import { z } from "zod";
import type { PromptContent } from "../promptsets/prompt.ts";
import type { Json } from "../trace/template.ts";
import type { Protocol } from "./calls.ts";
import { parseReply } from "./reply.ts";
import { commonSettings, numberSetting, readSettings } from "./spec.ts";
import type { ScorerSpec } from "./types.ts";
import { calibrateReward, rewardOfProbability } from "./verdict.ts";

const SETTINGS = { ...commonSettings, images: numberSetting.pipe(z.number().int().min(0)).default(0) };

const said = { verdict: z.string().optional(), categories: z.array(z.string()).optional() };
const customReply = z.union([
	z.object({ ...said, reward: z.number().min(-1).max(1), unsafe: z.undefined().optional() }),
	z.object({ ...said, unsafe: z.number().min(0).max(1), reward: z.undefined().optional() }),
]);

/** Opens a custom service; `path` is the path of its URL. @throws SafeThinkError `bad-scorer` */
export function openCustom(spec: ScorerSpec, name: string, path: string): Protocol {
	const settings = readSettings(spec, SETTINGS);
	const calibration = { temperature: settings.temperature, bias: settings.bias };
	const body = (prompt: PromptContent, trace: Json): Json => {
		const urls = Array.from({ length: Math.min(prompt.images.length, settings.images) }, (_, index) => ({
			$: `image${index + 1}`,
		}));
		return { query: { $: "prompt" }, trace, ...(settings.images === 0 ? {} : { images: urls }) };
	};
	return {
		kind: "http",
		model: name,
		settings: ["images", "temperature", "bias"]
			.filter((setting) => setting in spec.options)
			.map((setting) => `${setting}=${spec.options[setting]}`),
		verified: false,
		images: settings.images,
		questions: (prompt) => [
			{
				scorer: { path, body: body(prompt, { $: "trace" }) },
				query: { path, body: body(prompt, null) },
				read: (json) => {
					const reply = parseReply(customReply, json, path);
					const reward =
						reply.reward === undefined
							? rewardOfProbability(reply.unsafe, calibration)
							: calibrateReward(reply.reward, calibration);
					return {
						reward,
						...(reply.verdict === undefined ? {} : { verdict: reply.verdict }),
						...(reply.categories === undefined ? {} : { categories: reply.categories }),
					};
				},
			},
		],
	};
}

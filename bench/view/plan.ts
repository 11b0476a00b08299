/** The header of a generated run: a plan as `safethink run` resolves it. */
import { type Plan, planJson } from "../../src/experiments/plan.ts";
import { findDialect } from "../../src/method/dialects.ts";
import { PAPER } from "../../src/method/parameters.ts";
import { segmenterSchema } from "../../src/method/segmentation-types.ts";
import { planHash } from "../../src/store/plan.ts";

export type Defence = "none" | "safethink";

/** @param prompts of the set; each gets a trace a defence. */
export function header(prompts: number, defences: readonly Defence[]): object {
	const segmenter = segmenterSchema.parse({ kind: "paragraph" });
	const plan: Plan = {
		promptSet: { name: "bench.prompts.jsonl", sha256: "0".repeat(64), images: null, prompts },
		defences: defences.map((name) => ({ name, parameters: { ...PAPER, depth: name === "none" ? 0 : PAPER.depth }, segmenter })),
		samples: 1,
		seed: 7,
		server: { kind: "vllm", model: "bench" },
		sampling: { temperature: 1, topP: 1 },
		maxTokens: 1_000_000,
		dialect: findDialect("organism"),
		scorer: { kind: "classify", id: "classify:bench" },
		judge: { kind: "exact", id: "exact" },
		embedImages: false,
	};
	const json = planJson(plan);
	const product = { name: "safethink-inspector", version: "0.1.0" };
	return { type: "run.started", format: 1, run: "bench", plan: json, planHash: planHash(json), product, environment: {} };
}

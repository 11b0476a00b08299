/** The clients that are compared: ours, a bare fetch loop, and a loop that asks step by step. */
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Plan } from "../src/experiments/plan.ts";
import { planJson } from "../src/experiments/plan.ts";
import { runPlan } from "../src/experiments/run.ts";
import { DEFENCES } from "../src/method/defences.ts";
import { findDialect } from "../src/method/dialects.ts";
import { PAPER } from "../src/method/parameters.ts";
import type { Prompt } from "../src/promptsets/prompt.ts";
import { openScorer } from "../src/scorers/open.ts";
import { connect } from "../src/servers/connect.ts";
import { openJournal } from "../src/store/journal.ts";

const MODEL = "replay";
const signal = new AbortController().signal;

function prompts(count: number): Prompt[] {
	return Array.from({ length: count }, (_, index) => ({
		record: { id: `tea-${index}`, text: `How do I make tea for ${index + 1}?`, images: [] },
		line: index + 1,
		loadImages: async () => [],
	}));
}

function planOf(defence: string, traces: number): Plan {
	const dialect = { ...findDialect("think-tags"), templateOpens: "never" as const };
	const chosen = DEFENCES[defence];
	if (!chosen) throw new Error(`no defence ${defence}`);
	return {
		promptSet: { name: "bench", sha256: "0".repeat(64), prompts: traces, images: null },
		defences: [{ name: defence, parameters: chosen.parameters(PAPER), segmenter: chosen.segmenter(dialect.defaultSegmenter) }],
		samples: 1,
		seed: 1,
		server: { kind: "vllm", model: MODEL },
		sampling: { temperature: 0.6, topP: 0.95 },
		maxTokens: 50_000,
		dialect,
		segmenter: dialect.defaultSegmenter,
		scorer: null,
		judge: null,
		embedImages: false,
	} as Plan;
}

export interface OursOptions {
	url: string;
	defence: "none" | "safethink";
	traces: number;
	concurrency: number;
	scored: boolean;
}

/** Runs through the runner, adapter, method and journal. @returns bytes of the run file. */
export async function ours({ url, defence, traces, concurrency, scored }: OursOptions): Promise<number> {
	const folder = mkdtempSync(join(tmpdir(), "safethink-bench-"));
	const path = join(folder, "bench.safethink.jsonl");
	try {
		const plan = planOf(defence, traces);
		const server = await connect({ url, model: MODEL });
		const scorer = scored
			? await openScorer({ kind: "classify", url, model: MODEL, options: {} }, { env: {}, signal })
			: undefined;
		const journal = await openJournal(path, { plan: planJson(plan), product: { name: "bench", version: "0" }, environment: {} });
		const ended = await runPlan({ journal, plan, prompts: prompts(traces), server, scorer, concurrency, signal });
		journal.close();
		if (ended.failed > 0 || ended.done !== traces) throw new Error(`${ended.failed} of ${traces} traces failed`);
		return statSync(path).size;
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
}

/** The least a client can do: post, read events, join the text. */
export async function bareFetch(url: string, traces: number, concurrency: number): Promise<void> {
	await pooled(traces, concurrency, async (index) => {
		for await (const _ of streamedText(url, `How do I make tea for ${index + 1}?`, "")) void _;
	});
}

/** SafeThink as one would write it first: a request a step, ended at the blank line, and the scorer asked in between. */
export async function stepByStep(url: string, traces: number, concurrency: number): Promise<void> {
	await pooled(traces, concurrency, async (index) => {
		const prompt = `How do I make tea for ${index + 1}?`;
		let trace = "";
		while (!trace.includes("</think>")) {
			let step = "";
			for await (const text of streamedText(url, prompt, trace)) {
				step += text;
				if (step.includes("\n\n") || step.includes("</think>")) break;
			}
			trace += step;
			await fetch(`${url}/classify`, { method: "POST", body: JSON.stringify({ model: MODEL, input: trace }) }).then((reply) =>
				reply.text(),
			);
		}
		for await (const _ of streamedText(url, prompt, trace)) void _;
	});
}

async function pooled(count: number, concurrency: number, work: (index: number) => Promise<void>): Promise<void> {
	let next = 0;
	const worker = async () => {
		while (next < count) await work(next++);
	};
	await Promise.all(Array.from({ length: Math.min(concurrency, count) }, worker));
}

async function* streamedText(url: string, prompt: string, assistant: string): AsyncGenerator<string> {
	const messages = [{ role: "user", content: prompt }, ...(assistant === "" ? [] : [{ role: "assistant", content: assistant }])];
	const abort = new AbortController();
	const body = JSON.stringify({ model: MODEL, messages, stream: true, continue_final_message: assistant !== "" });
	try {
		const reply = await fetch(`${url}/v1/chat/completions`, { method: "POST", body, signal: abort.signal });
		const decoder = new TextDecoder();
		let rest = "";
		for await (const bytes of reply.body ?? []) {
			const lines = (rest + decoder.decode(bytes as Uint8Array, { stream: true })).split("\n");
			rest = lines.pop() ?? "";
			for (const line of lines) {
				if (!line.startsWith("data: {")) continue;
				const event = JSON.parse(line.slice(6)) as { choices: { delta: { content?: string } }[] };
				yield event.choices[0]?.delta.content ?? "";
			}
		}
	} finally {
		abort.abort();
	}
}

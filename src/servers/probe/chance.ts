/** Probe rows about chance: whether a seed repeats a text alone and under load, and whether seeds differ. */
import { type Generated, generate } from "../selftest.ts";
import type { ModelServer } from "../types.ts";
import type { ProbeRow } from "./report.ts";

const STORY = { text: "Tell me a short story about a cat that hides the remote.", images: [] };
const TOKENS = 12;
const SEEDS = 8;

/** Texts by seed, at temperature 1. */
type Draw = (seed: number) => Promise<string>;

async function drawer(server: ModelServer, signal: AbortSignal): Promise<Draw> {
	const prepared = await server.prepare(STORY, { temperature: 1, topP: 1 }, [], signal);
	return async (seed) => {
		const reply: Generated = await generate(prepared, { assistant: [], seed, maxTokens: TOKENS }, signal);
		return reply.text;
	};
}

export async function sameSeedAlone(server: ModelServer, signal: AbortSignal): Promise<ProbeRow> {
	const draw = await drawer(server, signal);
	return repetition("same seed, alone", [await draw(7), await draw(7)], "one after the other");
}

export async function sameSeedUnderLoad(server: ModelServer, signal: AbortSignal): Promise<ProbeRow> {
	const draw = await drawer(server, signal);
	const alone = await draw(7);
	const together = await Promise.all([draw(7), draw(101), draw(102), draw(7)]);
	return repetition("same seed, under load", [alone, together[0] ?? "", together[3] ?? ""], "alone and beside three others");
}

export async function differentSeeds(server: ModelServer, signal: AbortSignal): Promise<ProbeRow> {
	const draw = await drawer(server, signal);
	const texts = await Promise.all(Array.from({ length: SEEDS }, (_, seed) => draw(seed + 1)));
	const distinct = new Set(texts).size;
	return {
		name: "different seeds",
		value: `${distinct} of ${SEEDS} differ`,
		ok: distinct > 1,
		detail: `${SEEDS} seeds gave ${distinct} different texts at temperature 1`,
	};
}

function repetition(name: ProbeRow["name"], texts: string[], how: string): ProbeRow {
	const same = new Set(texts).size === 1;
	return {
		name,
		value: same ? "same text" : "other text",
		ok: same,
		detail: `one seed, ${texts.length} requests ${how}, ${new Set(texts).size} different texts`,
	};
}

/** The paper's loop, written as plainly as its pseudocode: no streaming, no record, every text drawn when it is asked for. */
import { closesWithoutContent, forcedClose, forcedOpen, visibleText } from "../../src/method/phases.ts";
import type { Piece } from "../../src/method/segmentation-types.ts";
import { makeCutter } from "../../src/method/segmenters/cutter.ts";
import type { Session } from "../../src/method/session.ts";
import { contextHash, requestSeed } from "../../src/trace/hash.ts";
import { drawn, PROMPT_HASH } from "./toy.ts";

type Step = Extract<Piece, { kind: "step" }>;
interface Drawn {
	piece: Piece | undefined;
	finish: "end" | "length";
	seed: number;
	tokens: number;
}

export interface ReferenceOptions {
	/** A mutant: the rejected step stays in the trace when it is drawn again. */
	withoutRollBack?: boolean;
}

/** The decisions in the form of `decisions` (toy.ts). `reward` as the toy scorer's; undefined: it fails. */
export function referenceLoop(
	{ parameters: p, maxTokens, dialect, segmenter, runSeed, promptId, sample }: Session,
	reward: (text: string | undefined) => number | undefined,
	{ withoutRollBack = false }: ReferenceOptions = {},
): string[] {
	const lines: string[] = [];
	const hash = (text: string) => contextHash(PROMPT_HASH, [text]);
	const short = (text: string) => hash(text).slice(0, 8);
	const key = (step: number, attempt: number) => `0 ${String(step).padStart(3, "0")}.${String(attempt).padStart(2, "0")}`;
	const seedOf = (text: string, attempt: number) =>
		requestSeed({ runSeed, prompt: promptId, sample, context: hash(text), attempt });

	let z = "";
	let read = "";
	let pieces: string[] = [];
	let used = 0;
	let streamed: { text: string; seed: number } | undefined;
	let last: { piece: Step; attempt: number } | undefined;

	/** y ~ π(· | x, z, s): one step, cut from all that would come. */
	function sampleStep(attempt: number, injected: string): Drawn {
		const goesOn = attempt === 0 && injected === "" && streamed?.text === z;
		const seed = goesOn && streamed ? streamed.seed : seedOf(z + injected, attempt);
		const { tokens, finish } = drawn(z + injected, seed, maxTokens - used);
		const cutter = makeCutter(dialect, segmenter, { steps: pieces, prefix: injected });
		const piece = [...cutter.push(tokens.join("")), ...cutter.finish(finish)][0];
		return { piece, finish, seed, tokens: tokensIn(tokens, piece) };
	}

	/** Tokens that begin inside the piece. */
	function tokensIn(tokens: readonly string[], piece: Piece | undefined): number {
		let count = 0;
		for (let at = 0; at < (piece?.text.length ?? 0); at += tokens[count++]?.length ?? 1);
		return count;
	}

	function score(step: number, attempt: number, trace: string, alone: string, treatedAs: string): number | "failed" {
		const texts = p.scored === "trace" ? [trace] : p.scored === "step" ? [alone] : [trace, alone];
		const rewards = texts.map((text) => reward(visibleText(text, dialect)));
		if (rewards.some((value) => value === undefined)) {
			lines.push(`${key(step, attempt)} 2 failed ${treatedAs}`);
			return "failed";
		}
		const lowest = Math.min(...(rewards as number[]));
		lines.push(`${key(step, attempt)} 2 scored ${p.scored} ${lowest}`);
		return lowest;
	}

	const finish = (outcome: string, steps: number) => [...new Set([...lines, `9 finished ${outcome} ${steps}`])].sort();

	const query = reward(undefined);
	lines.push(query === undefined ? `${key(0, 0)} 2 failed noted` : `${key(0, 0)} 2 scored query ${query}`);

	let t = 1;
	for (; t <= p.maxSteps; t++) {
		if (last !== undefined && last.piece.end !== "boundary") break;
		if (maxTokens - used < 1) return finish("truncated", t - 1);
		const steered = { opening: forcedOpen(dialect, z), prefix: p.prefix };
		let chosen: { piece: Step; attempt: number; opening: string; prefix: string; draw: Drawn; reason: string } | undefined;
		let best = Number.NEGATIVE_INFINITY;
		for (let attempt = 0; attempt <= (t <= p.depth ? p.resamples : 0); attempt++) {
			const { opening, prefix } = attempt === 0 || p.prefix === "" ? { opening: "", prefix: "" } : steered;
			const y = sampleStep(attempt, opening + prefix);
			let piece = y.piece?.kind === "step" ? y.piece : undefined;
			if (y.piece === undefined && y.finish === "length") return finish("truncated", t - 1);
			if (piece === undefined && attempt === 0) break;
			piece ??= { kind: "step", text: "", end: y.piece === undefined ? y.finish : "close", flags: [] };
			const tokens = piece.text === "" ? 0 : y.tokens;
			lines.push(
				`${key(t, attempt)} 1 proposed ${JSON.stringify([short(z + opening + prefix), opening, prefix, piece.text, piece.end])}`,
			);
			const shown = p.injectedWords === "shown" ? prefix : "";
			const beyond = t > p.depth;
			const candidate = { piece, attempt, opening, prefix, draw: { ...y, tokens }, reason: "reached" };
			if (beyond && p.monitor === "off") {
				chosen = { ...candidate, reason: "beyond-depth" };
				break;
			}
			const value = score(
				t,
				attempt,
				read + opening + shown + piece.text,
				shown + piece.text,
				beyond ? "noted" : p.onScorerFailure,
			);
			if (beyond) {
				chosen = { ...candidate, reason: "beyond-depth" };
				break;
			}
			if (value === "failed" && p.onScorerFailure === "stop") return finish("scorer-failed", t - 1);
			const number = value === "failed" ? Number.NEGATIVE_INFINITY : value;
			if (number >= p.threshold) {
				chosen = candidate;
				break;
			}
			if (attempt === 0) {
				if (withoutRollBack) z += piece.text;
				continue;
			}
			if (p.whenAllFail === "last" || chosen === undefined || number > best) {
				chosen = { ...candidate, reason: p.whenAllFail };
				best = number;
			}
		}
		if (chosen === undefined) break;
		if (chosen.reason === "stop") return finish("stopped", t - 1);
		const { piece, attempt, opening, prefix, draw } = chosen;
		const kept = prefix !== "" && p.prefixAfter === "kept";
		streamed = { text: z + opening + prefix + piece.text, seed: draw.seed };
		z += opening + (kept ? prefix : "") + piece.text;
		read += opening + (kept && p.injectedWords === "shown" ? prefix : "") + piece.text;
		pieces = [...pieces, opening + (kept ? prefix : "") + piece.text];
		used += draw.tokens;
		last = { piece, attempt };
		lines.push(`${key(t, 99)} 3 accepted ${attempt} ${chosen.reason} ${kept}`);
	}
	const steps = pieces.length;
	if (last?.piece.end === "length") return finish("truncated", steps);
	const open = last === undefined || last.piece.end === "boundary";
	const closing = open && steps >= p.maxSteps ? forcedClose(dialect, z) : "";
	if (last?.piece.end === "end") lines.push(`8 answer ${JSON.stringify([short(z), "", "end"])}`);
	else {
		const goesOn = closing === "" && streamed?.text === z;
		const seed = goesOn && streamed ? streamed.seed : seedOf(z + closing, 0);
		const rest = drawn(z + closing, seed, Math.max(0, maxTokens - used));
		if (rest.tokens.length === 0 && rest.finish === "length") return finish("truncated", steps);
		lines.push(`8 answer ${JSON.stringify([short(z + closing), rest.tokens.join(""), rest.finish])}`);
		if (p.answer === "scored" && visibleText(rest.tokens.join(""), dialect).trim() !== "") {
			const value = reward(visibleText(rest.tokens.join(""), dialect));
			lines.push(`${key(steps + 1, 0)} 2 ${value === undefined ? "failed noted" : `scored answer ${value}`}`);
		}
		if (rest.finish === "length") return finish("truncated", steps);
	}
	const shortCircuited = last !== undefined && last.attempt > 0 && last.piece.end === "close";
	if (shortCircuited && (last?.piece.text === "" || closesWithoutContent(last?.piece.text ?? "", dialect)))
		return finish("short-circuited", steps);
	return finish(steps === 0 ? "no-hook" : "finished", steps);
}

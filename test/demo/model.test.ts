import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { Model } from "../../src/demo/model.ts";
import { findWeightsDir } from "../../src/demo/paths.ts";
import { draw, logSoftmax, uniform } from "../../src/demo/sampler.ts";
import { Tokenizer } from "../../src/demo/tokenizer.ts";
import { halfToNumber, loadWeights } from "../../src/demo/weights.ts";

interface Case {
	ids: number[];
	imageAt: number;
	image: number[] | null;
	outputs: Record<"policy" | "scorer", Record<string, number[]>>;
}

const folder = findWeightsDir();
const cases: Case[] = JSON.parse(readFileSync(join(folder, "reference.json"), "utf8"));

/** The largest difference from the training framework's outputs that rounding may explain. */
const TOLERANCE = 2e-3;

function patchesOf(each: Case, size: number): Float32Array[] {
	const values = each.image ?? [];
	return Array.from({ length: values.length / size }, (_, i) => Float32Array.from(values.slice(i * size, (i + 1) * size)));
}

describe.each(["policy", "scorer"] as const)("the %s's forward pass", (name) => {
	const model = new Model(loadWeights(folder, name));

	it.each(cases.map((each, i) => [i, each] as const))("equals the training framework's on sequence %i", (_, each) => {
		const patches = patchesOf(each, model.header.patch ** 2 * 3);
		const memory = model.newMemory();
		let compared = 0;
		for (const [at, id] of each.ids.entries()) {
			const index = at - each.imageAt;
			const patch = each.imageAt >= 0 && index >= 0 ? patches[index] : undefined;
			const hidden = model.read(patch ? { patch, index } : id, memory);
			const expected = each.outputs[name][at];
			if (!expected) continue;
			const outputs = model.outputs(hidden);
			expect(outputs.length).toBe(expected.length);
			for (const [i, value] of expected.entries()) expect(Math.abs((outputs[i] as number) - value)).toBeLessThan(TOLERANCE);
			compared++;
		}
		expect(compared).toBe(2);
	});

	it("refuses a token that does not exist and a full context", () => {
		const memory = model.newMemory();
		expect(() => model.read(1e6, memory)).toThrow(RangeError);
		memory.length = model.header.maxLength;
		expect(() => model.read(1, memory)).toThrow("full");
	});
});

describe("the weights", () => {
	it("decode half-precision floats", () => {
		expect([0x3c00, 0xc000, 0x0001, 0x7c00, 0x8000].map(halfToNumber)).toEqual([1, -2, 2 ** -24, Number.POSITIVE_INFINITY, -0]);
	});

	it("are small: under a million parameters each", () => {
		for (const name of ["policy", "scorer"] as const) {
			expect(loadWeights(folder, name).header.parameters).toBeLessThan(1_000_000);
		}
	});
});

describe("the tokenizer", () => {
	const { header } = loadWeights(folder, "policy");
	const tokenizer = new Tokenizer(header.vocabulary);

	it("gives back the text of every training sequence's words, and the ids of a reply's own words", () => {
		for (const { ids } of cases) {
			const words = ids.filter((id) => tokenizer.tokens[id] !== "<image>");
			const reply = words.slice(words.indexOf(tokenizer.id("<assistant>")) + 1, -1);
			const text = tokenizer.decode(reply);
			expect(tokenizer.decode(tokenizer.encode(text))).toBe(text);
			const answer = reply.slice(reply.indexOf(tokenizer.id("</think>")));
			expect(tokenizer.encode(tokenizer.decode(answer))).toEqual(answer);
		}
	});

	it.each(["<think>\nSo, to hide the remote", "wait. \n\nNow", " \n\n\n ", "Wait, think safely\n</think>\n\nSorry"])(
		"is lossless on %j",
		(text) => {
			expect(tokenizer.decode(tokenizer.encode(text))).toBe(text);
		},
	);

	it("reads unknown words and stray role marks as unknown, and other cases as the known word", () => {
		expect(tokenizer.encode("xylophone")).toEqual([tokenizer.id("<unk>")]);
		expect(tokenizer.encode(" REMOTE")).toEqual([tokenizer.id(" remote")]);
		expect(tokenizer.encode("<user>")).not.toContain(tokenizer.id("<user>"));
		expect(tokenizer.encode("<user>", true)).toEqual([tokenizer.id("<user>")]);
	});
});

describe("the sampler", () => {
	const logits = Float32Array.from([1, 3, 2, -1]);
	const base = { seed: 1, temperature: 1, topP: 1, topK: 0 };

	it("depends on seed and position alone, and is spread evenly", () => {
		expect(uniform(5, 9)).toBe(uniform(5, 9));
		expect(uniform(5, 9)).not.toBe(uniform(5, 10));
		expect(uniform(5, 9)).not.toBe(uniform(5 + 2 ** 40, 9));
		for (const along of [(i: number) => uniform(i, 7), (i: number) => uniform(7, i)]) {
			const tenths = new Array<number>(10).fill(0);
			for (let i = 0; i < 10_000; i++) {
				const tenth = Math.floor(along(i) * 10);
				tenths[tenth] = (tenths[tenth] ?? 0) + 1;
			}
			for (const count of tenths) expect(Math.abs(count - 1000)).toBeLessThan(150);
		}
	});

	it("takes the best token at temperature 0, with top-k 1 and with a small top-p", () => {
		for (const change of [{ temperature: 0 }, { topK: 1 }, { topP: 0.1 }]) {
			for (let at = 0; at < 20; at++) expect(draw(logits, { ...base, ...change }, at)).toBe(1);
		}
	});

	it("draws in proportion to the probabilities", () => {
		const count = 20_000;
		const hits = Array.from({ length: count }, (_, seed) => draw(logits, { ...base, seed }, 3)).filter((id) => id === 1).length;
		expect(hits / count).toBeCloseTo(Math.exp(logSoftmax(logits)[1] as number), 1.5);
	});
});

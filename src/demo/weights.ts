import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";

const headerSchema = z.object({
	name: z.string(),
	width: z.number().int(),
	layers: z.number().int(),
	heads: z.number().int(),
	outputs: z.number().int(),
	imageSize: z.number().int(),
	patch: z.number().int(),
	maxLength: z.number().int(),
	parameters: z.number().int(),
	vocabulary: z.array(z.string()),
	tensors: z.array(z.object({ name: z.string(), shape: z.array(z.number().int()), offset: z.number().int() })),
});

/** What a weights file says about its model. */
export type Header = z.infer<typeof headerSchema>;

/** A model's header and its tensors by name, as 32-bit floats. */
export interface Weights {
	header: Header;
	tensors: Map<string, Float32Array>;
}

/** The number that the 16 bits of an IEEE half-precision float stand for. */
export function halfToNumber(bits: number): number {
	const sign = bits & 0x8000 ? -1 : 1;
	const exponent = (bits >> 10) & 31;
	const fraction = bits & 1023;
	if (exponent === 0) return sign * fraction * 2 ** -24;
	if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
	return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** Reads `NAME.json` and `NAME.bin` from a folder. */
export function loadWeights(folder: string, name: "policy" | "scorer"): Weights {
	const header = headerSchema.parse(JSON.parse(readFileSync(join(folder, `${name}.json`), "utf8")));
	const bytes = readFileSync(join(folder, `${name}.bin`));
	const tensors = new Map<string, Float32Array>();
	for (const { name: key, shape, offset } of header.tensors) {
		const size = shape.reduce((a, b) => a * b, 1);
		tensors.set(
			key,
			Float32Array.from({ length: size }, (_, i) => halfToNumber(bytes.readUInt16LE(offset + 2 * i))),
		);
	}
	return { header, tensors };
}

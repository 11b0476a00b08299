import { createHash } from "node:crypto";
import { decode } from "fast-png";

const MAX_PIXELS = 16_000_000;

/** A picture as the model sees it: patches of centred colour values, and a hash of its bytes. */
export interface Picture {
	hash: string;
	patches: Float32Array[];
}

/** Red, green and blue of any PNG, as values in 0..1 on a white ground. */
function toRgb(bytes: Uint8Array): { width: number; height: number; rgb: Float32Array } {
	const { width, height, channels, data, depth, palette } = decode(bytes);
	if (width * height > MAX_PIXELS) throw new Error("the picture is too large");
	const full = palette ? 255 : 2 ** depth - 1;
	const rgb = new Float32Array(width * height * 3);
	for (let i = 0; i < width * height; i++) {
		const entry = palette?.[data[i] as number];
		const at = i * channels;
		const grey = channels < 3;
		const alpha = entry ? (entry[3] ?? 255) / 255 : channels % 2 === 0 ? (data[at + channels - 1] as number) / full : 1;
		for (let c = 0; c < 3; c++) {
			const value = entry ? (entry[c] as number) : (data[grey ? at : at + c] as number);
			rgb[i * 3 + c] = (value / full) * alpha + 1 - alpha;
		}
	}
	return { width, height, rgb };
}

/** The mean of the part [from, to) of each axis that every target pixel covers (box resampling). */
function boxWeights(source: number, target: number, at: number): [number, number][] {
	const from = (at * source) / target;
	const to = ((at + 1) * source) / target;
	const weights: [number, number][] = [];
	for (let i = Math.floor(from); i < Math.min(Math.ceil(to), source); i++) {
		weights.push([i, (Math.min(to, i + 1) - Math.max(from, i)) / (to - from)]);
	}
	return weights;
}

function resample(source: { width: number; height: number; rgb: Float32Array }, size: number): Float32Array {
	const columns = Array.from({ length: size }, (_, x) => boxWeights(source.width, size, x));
	const out = new Float32Array(size * size * 3);
	for (let y = 0; y < size; y++) {
		for (const [row, rowWeight] of boxWeights(source.height, size, y)) {
			for (let x = 0; x < size; x++) {
				for (const [column, weight] of columns[x] as [number, number][]) {
					for (let c = 0; c < 3; c++) {
						const at = (y * size + x) * 3 + c;
						out[at] = (out[at] as number) + rowWeight * weight * (source.rgb[(row * source.width + column) * 3 + c] as number);
					}
				}
			}
		}
	}
	return out;
}

/** Cuts size × size colours into square patches, each flattened by row, column, colour and centred on zero. */
export function cutPatches(rgb: Float32Array, size: number, patch: number): Float32Array[] {
	const across = size / patch;
	return Array.from({ length: across * across }, (_, index) => {
		const top = Math.floor(index / across) * patch;
		const left = (index % across) * patch;
		return Float32Array.from({ length: patch * patch * 3 }, (_, i) => {
			const y = top + Math.floor(i / (patch * 3));
			const x = left + (Math.floor(i / 3) % patch);
			return (rgb[(y * size + x) * 3 + (i % 3)] as number) * 2 - 1;
		});
	});
}

/** Decodes a PNG of any size into the patches that the model reads. Throws on bytes that are no PNG. */
export function readPicture(bytes: Uint8Array, size: number, patch: number): Picture {
	const hash = createHash("sha256").update(bytes).digest("hex");
	return { hash, patches: cutPatches(resample(toRgb(bytes), size), size, patch) };
}

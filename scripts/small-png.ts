/** Makes pictures of screens small: they have few colours, so a palette serves them. */
import { decode, encode } from "fast-png";

const MOST_COLOURS = 256;

/** The PNG with a palette of its most frequent colours; every other colour becomes the nearest of them. */
export function smallPng(png: Uint8Array): Uint8Array {
	const { width, height, data, channels } = decode(png);
	const colours = Array.from({ length: width * height }, (_, pixel) => colourAt(data, pixel * channels));
	const palette = mostFrequent(colours);
	const indices = new Map(palette.map((colour, index) => [colour, index]));
	const indexed = Uint8Array.from(colours, (colour) => {
		const known = indices.get(colour) ?? nearest(palette, colour);
		indices.set(colour, known);
		return known;
	});
	return encode({ width, height, data: indexed, depth: 8, channels: 1, palette: palette.map(partsOf) }, { zlib: { level: 9 } });
}

/** Red, green and blue as one number. */
function colourAt(data: ArrayLike<number>, at: number): number {
	return ((data[at] ?? 0) << 16) | ((data[at + 1] ?? 0) << 8) | (data[at + 2] ?? 0);
}

function partsOf(colour: number): [number, number, number] {
	return [colour >> 16, (colour >> 8) & 255, colour & 255];
}

function mostFrequent(colours: readonly number[]): number[] {
	const counts = new Map<number, number>();
	for (const colour of colours) counts.set(colour, (counts.get(colour) ?? 0) + 1);
	const byCount = [...counts].sort(([, a], [, b]) => b - a);
	return byCount.slice(0, MOST_COLOURS).map(([colour]) => colour);
}

function nearest(palette: readonly number[], colour: number): number {
	const parts = partsOf(colour);
	const distances = palette.map((candidate) =>
		partsOf(candidate).reduce((sum, part, index) => sum + (part - (parts[index] ?? 0)) ** 2, 0),
	);
	return distances.indexOf(Math.min(...distances));
}

import { encode } from "fast-png";
import { type Shape, world } from "./world.ts";

/** How a pictogram lies in its picture: scale, shift (in parts of the side) and the grey of the ground (0..255). */
export interface Pose {
	scale: number;
	dx: number;
	dy: number;
	ground: number;
}

/** The pose of a plain, centred picture. */
export const CENTRED: Pose = { scale: 0.9, dx: 0, dy: 0, ground: 240 };

function inTriangle(x: number, y: number, [x1, y1, x2, y2, x3, y3]: number[]): boolean {
	const side = (ax: number, ay: number, bx: number, by: number) => (x - bx) * (ay - by) - (ax - bx) * (y - by);
	const [a, b, c, d, e, f] = [x1, y1, x2, y2, x3, y3] as [number, number, number, number, number, number];
	const signs = [side(a, b, c, d), side(c, d, e, f), side(e, f, a, b)];
	return signs.every((s) => s > 0) || signs.every((s) => s < 0);
}

function inside(shape: Shape, x: number, y: number): boolean {
	const n = shape.slice(1, -1) as number[];
	const [a, b, c, d] = n as [number, number, number, number];
	if (shape[0] === "disc") return (x - a) ** 2 + (y - b) ** 2 < c ** 2;
	if (shape[0] === "tri") return inTriangle(x, y, n);
	return x > a && x < c && y > b && y < d;
}

function colourOf(shape: Shape, ground: number): number[] {
	if (shape[0] === "erase") return [ground, ground, ground];
	const text = String(shape.at(-1));
	return [1, 3, 5].map((at) => Number.parseInt(text.slice(at, at + 2), 16));
}

/** Draws the pictogram of a thing of the toy world as a square PNG. */
export function drawPng(thing: string, size = 96, pose: Pose = CENTRED): Uint8Array {
	const shapes = world.pictograms[thing];
	if (!shapes) throw new Error(`There is no pictogram of ${thing}.`);
	const data = new Uint8Array(size * size * 3).fill(pose.ground);
	for (let row = 0; row < size; row++) {
		for (let column = 0; column < size; column++) {
			const x = ((column + 0.5) / size - 0.5 - pose.dx) / pose.scale + 0.5;
			const y = ((row + 0.5) / size - 0.5 - pose.dy) / pose.scale + 0.5;
			const hit = shapes.findLast((shape) => inside(shape, x, y));
			if (hit) data.set(colourOf(hit, pose.ground), (row * size + column) * 3);
		}
	}
	return encode({ width: size, height: size, channels: 3, depth: 8, data });
}

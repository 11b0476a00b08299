/** Shapes of the curve's marks, as paths around a place in pixels. */

export function circle(x: number, y: number, radius: number): string {
	return `M${x - radius} ${y}a${radius} ${radius} 0 1 0 ${2 * radius} 0a${radius} ${radius} 0 1 0 ${-2 * radius} 0`;
}

export function cross(x: number, y: number): string {
	return `M${x - 4} ${y - 4}l8 8m0 -8l-8 8`;
}

export function dash(x: number, y: number): string {
	return `M${x - 4} ${y}h8`;
}

export function diamond(x: number, y: number): string {
	return `M${x} ${y - 5}l5 5l-5 5l-5 -5z`;
}

/** Just below the place. */
export function triangle(x: number, y: number): string {
	return `M${x - 4} ${y + 8}h8l-4 -6z`;
}

/** Towards where a bounded reward may be as well. */
export function arrow(x: number, y: number, bound: "at-most" | "at-least"): string {
	const way = bound === "at-most" ? 1 : -1;
	return `M${x} ${y + 5 * way}v${6 * way}m-3 ${-3 * way}l3 ${3 * way}l3 ${-3 * way}`;
}

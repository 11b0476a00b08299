/** Tokens less likely than e^-16 times the best one are never drawn. */
const NEGLIGIBLE = 16;

/** How a token is drawn. Temperature 0 takes the most likely one. */
export interface Sampling {
	seed: number;
	temperature: number;
	topP: number;
	topK: number;
}

function mix(h: number): number {
	let x = h >>> 0;
	x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
	x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
	return (x ^ (x >>> 16)) >>> 0;
}

/** A number in [0, 1) that depends on seed and token position alone, so that an interruption changes nothing. */
export function uniform(seed: number, position: number): number {
	const low = seed >>> 0;
	const high = Math.floor(seed / 2 ** 32) >>> 0;
	const key = mix(mix(mix(low ^ 0x9e3779b9) ^ high) ^ Math.imul(position + 1, 0x27d4eb2f));
	return (key + mix(key ^ 0x165667b1) / 2 ** 32) / 2 ** 32;
}

/** Natural log-probabilities of logits, before any temperature. */
export function logSoftmax(logits: Float32Array): Float64Array {
	let top = Number.NEGATIVE_INFINITY;
	for (const v of logits) top = Math.max(top, v);
	let total = 0;
	for (const v of logits) total += Math.exp(v - top);
	const shift = top + Math.log(total);
	return Float64Array.from(logits, (v) => v - shift);
}

/** Ids with the largest values, best first. */
export function largest(values: ArrayLike<number>, count: number): number[] {
	return Array.from({ length: values.length }, (_, id) => id)
		.sort((a, b) => (values[b] as number) - (values[a] as number) || a - b)
		.slice(0, count);
}

/** Ids worth sorting: those that are not vanishingly unlikely beside the best. */
function candidates(logits: Float32Array, temperature: number): number[] {
	let top = Number.NEGATIVE_INFINITY;
	for (let id = 0; id < logits.length; id++) top = Math.max(top, logits[id] as number);
	const floor = top - NEGLIGIBLE * temperature;
	const ids: number[] = [];
	for (let id = 0; id < logits.length; id++) if ((logits[id] as number) >= floor) ids.push(id);
	return ids.sort((a, b) => (logits[b] as number) - (logits[a] as number) || a - b);
}

/** Draws the token for one absolute position. */
export function draw(logits: Float32Array, { seed, temperature, topP, topK }: Sampling, position: number): number {
	const order = candidates(logits, temperature);
	if (temperature === 0) return order[0] as number;
	if (topK > 0) order.length = Math.min(order.length, topK);
	const top = logits[order[0] as number] as number;
	const mass = order.map((id) => Math.exp(((logits[id] as number) - top) / temperature));
	const total = mass.reduce((a, b) => a + b, 0);
	let kept = 0;
	let count = 0;
	while (count < mass.length && (count === 0 || kept < topP * total)) kept += mass[count++] as number;
	let left = uniform(seed, position) * kept;
	for (let i = 0; i < count; i++) {
		left -= mass[i] as number;
		if (left < 0) return order[i] as number;
	}
	return order[count - 1] as number;
}

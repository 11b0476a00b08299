import type { Header, Weights } from "./weights.ts";

/** What goes into one position: a token's id, or one patch of a picture. */
export type Input = number | { patch: Float32Array; index: number };

/** Keys and values of the positions read so far, by layer. */
export interface Memory {
	length: number;
	keys: Float32Array[];
	values: Float32Array[];
}

interface Layer {
	norm1: Float32Array;
	qkv: Float32Array;
	out: Float32Array;
	norm2: Float32Array;
	up: Float32Array;
	down: Float32Array;
}

/** x times a row-major matrix, four rows at a time; rows that meet a zero are skipped. */
function times(x: Float32Array, matrix: Float32Array, columns: number): Float32Array {
	const y = new Float32Array(columns);
	const rows: number[] = [];
	for (let i = 0; i < x.length; i++) if (x[i] !== 0) rows.push(i);
	while (rows.length % 4 !== 0) rows.push(x.length);
	for (let r = 0; r < rows.length; r += 4) {
		const [i, j, k, l] = [rows[r], rows[r + 1], rows[r + 2], rows[r + 3]] as [number, number, number, number];
		const [a, b, c, d] = [x[i] ?? 0, x[j] ?? 0, x[k] ?? 0, x[l] ?? 0];
		let [at, bt, ct, dt] = [i * columns, j * columns, k * columns, l * columns];
		// A row past the end has weight zero; row i stands in for it.
		if (j === x.length) bt = at;
		if (k === x.length) ct = at;
		if (l === x.length) dt = at;
		for (let column = 0; column < columns; column++) {
			y[column] =
				(y[column] as number) +
				a * (matrix[at++] as number) +
				b * (matrix[bt++] as number) +
				c * (matrix[ct++] as number) +
				d * (matrix[dt++] as number);
		}
	}
	return y;
}

function rmsNorm(x: Float32Array, gain: Float32Array): Float32Array {
	let sum = 0;
	for (const v of x) sum += v * v;
	const scale = 1 / Math.sqrt(sum / x.length + 1e-5);
	return x.map((v, i) => v * scale * (gain[i] as number));
}

function add(x: Float32Array, y: Float32Array): void {
	for (let i = 0; i < x.length; i++) x[i] = (x[i] as number) + (y[i] as number);
}

/** A decoder transformer that reads one position at a time: rotary positions, RMS norms, squared ReLU. */
export class Model {
	readonly header: Header;
	private readonly tensors: Map<string, Float32Array>;
	private readonly layers: Layer[];
	private readonly angles: { cos: Float32Array; sin: Float32Array };

	constructor({ header, tensors }: Weights) {
		this.header = header;
		this.tensors = tensors;
		this.layers = Array.from({ length: header.layers }, (_, i) => ({
			norm1: this.tensor(`${i}.norm1`),
			qkv: this.tensor(`${i}.qkv`),
			out: this.tensor(`${i}.out`),
			norm2: this.tensor(`${i}.norm2`),
			up: this.tensor(`${i}.up`),
			down: this.tensor(`${i}.down`),
		}));
		this.angles = rotaryAngles(header.maxLength, header.width / header.heads / 2);
	}

	private tensor(name: string): Float32Array {
		const found = this.tensors.get(name);
		if (!found) throw new Error(`The weights lack ${name}.`);
		return found;
	}

	/** An empty memory for a whole context. */
	newMemory(): Memory {
		const { layers, maxLength, width } = this.header;
		const room = () => Array.from({ length: layers }, () => new Float32Array(maxLength * width));
		return { length: 0, keys: room(), values: room() };
	}

	/** Reads one position into the memory and returns its final hidden state. */
	read(input: Input, memory: Memory): Float32Array {
		if (memory.length >= this.header.maxLength) throw new RangeError("The context is full.");
		const x = this.embed(input);
		for (const [i, layer] of this.layers.entries()) {
			const qkv = times(rmsNorm(x, layer.norm1), layer.qkv, 3 * this.header.width);
			add(x, times(this.attend(qkv, memory, i), layer.out, this.header.width));
			const up = times(rmsNorm(x, layer.norm2), layer.up, 4 * this.header.width);
			for (let j = 0; j < up.length; j++) up[j] = Math.max(up[j] as number, 0) ** 2;
			add(x, times(up, layer.down, this.header.width));
		}
		memory.length++;
		return rmsNorm(x, this.tensor("final_norm"));
	}

	/** The outputs of a hidden state: a logit for every token, or for every class of the scorer. */
	outputs(hidden: Float32Array): Float32Array {
		if (this.header.outputs > 0) return times(hidden, this.tensor("head"), this.header.outputs);
		const embedding = this.tensor("embedding");
		const { vocabulary, width } = this.header;
		const logits = new Float32Array(vocabulary.length);
		for (let t = 0; t < logits.length; t++) {
			let sum = 0;
			for (let i = 0, at = t * width; i < width; i++, at++) sum += (hidden[i] as number) * (embedding[at] as number);
			logits[t] = sum;
		}
		return logits;
	}

	private embed(input: Input): Float32Array {
		const { width } = this.header;
		if (typeof input === "number") {
			if (!(input >= 0 && input < this.header.vocabulary.length)) throw new RangeError(`There is no token ${input}.`);
			return this.tensor("embedding").slice(input * width, (input + 1) * width);
		}
		const seen = times(input.patch, this.tensor("patch"), width);
		add(seen, this.tensor("patch_position").subarray(input.index * width, (input.index + 1) * width));
		return times(
			seen.map((v) => Math.max(v, 0)),
			this.tensor("patch_mix"),
			width,
		);
	}

	/** Stores this position's key and value, and returns the attention's mix of all values so far. */
	private attend(qkv: Float32Array, memory: Memory, layer: number): Float32Array {
		const { width, heads } = this.header;
		const keys = memory.keys[layer] as Float32Array;
		const values = memory.values[layer] as Float32Array;
		const size = width / heads;
		const query = qkv.subarray(0, width);
		const key = qkv.subarray(width, 2 * width);
		this.rotate(query, memory.length);
		this.rotate(key, memory.length);
		keys.set(key, memory.length * width);
		values.set(qkv.subarray(2 * width), memory.length * width);
		const mixed = new Float32Array(width);
		const scores = new Float32Array(memory.length + 1);
		for (let head = 0; head < heads; head++) {
			const from = head * size;
			let top = Number.NEGATIVE_INFINITY;
			for (let t = 0; t < scores.length; t++) {
				let dot = 0;
				for (let i = from, at = t * width + from; i < from + size; i++, at++) dot += (query[i] as number) * (keys[at] as number);
				scores[t] = dot / Math.sqrt(size);
				top = Math.max(top, scores[t] as number);
			}
			let total = 0;
			for (let t = 0; t < scores.length; t++) {
				const e = Math.exp((scores[t] as number) - top);
				total += e;
				for (let i = from, at = t * width + from; i < from + size; i++, at++)
					mixed[i] = (mixed[i] as number) + e * (values[at] as number);
			}
			for (let i = from; i < from + size; i++) mixed[i] = (mixed[i] as number) / total;
		}
		return mixed;
	}

	private rotate(x: Float32Array, position: number): void {
		const { width, heads } = this.header;
		const size = width / heads;
		const half = size / 2;
		for (let head = 0; head < heads; head++) {
			for (let i = 0; i < half; i++) {
				const c = this.angles.cos[position * half + i] as number;
				const s = this.angles.sin[position * half + i] as number;
				const at = head * size + i;
				const a = x[at] as number;
				const b = x[at + half] as number;
				x[at] = a * c - b * s;
				x[at + half] = a * s + b * c;
			}
		}
	}
}

function rotaryAngles(length: number, half: number): { cos: Float32Array; sin: Float32Array } {
	const angle = (at: number) => Math.floor(at / half) * 10000 ** (-(at % half) / half);
	return {
		cos: Float32Array.from({ length: length * half }, (_, at) => Math.cos(angle(at))),
		sin: Float32Array.from({ length: length * half }, (_, at) => Math.sin(angle(at))),
	};
}

/** How far a run has come, found without reading what it says: only lines that end or branch a trace are parsed. */
import { type LinePosition, readLines } from "../../store/lines.ts";
import { isEntry, parseLine } from "../../store/parse.ts";
import { isReplaced, type Look, look, openForReading } from "../../store/reader.ts";

export interface Progress {
	/** Traces of the plan that ended, in whichever way. */
	ended: number;
	/** Of those, failed. */
	failed: number;
	/** The run says that it is done. */
	finished: boolean;
}

const TAIL_BYTES = 64 * 1024;
/** Stands in a line as it is only when it is the line's own: within a text its quotes would be escaped. */
const TELLING = /"type":"(?:run\.(?:finished|continued)|trace\.(?:finished|failed))"|"branch":\{/;

/** One run file's progress; what was counted once is not read again. */
export class RunProgress {
	readonly #path: string;
	#look: Look | undefined;
	#read: LinePosition = { offset: 0, line: 1 };
	#failed = new Set<string>();
	#finished = new Set<string>();
	#branches = new Set<string>();
	#done = false;

	constructor(path: string) {
		this.#path = path;
	}

	/** @throws StoreError `no-file` */
	async now(): Promise<Progress> {
		const found = await look(this.#path);
		if (this.#look !== undefined && found !== undefined && isReplaced(this.#look, found, this.#read.offset)) this.#forget();
		this.#look = found;
		const file = await openForReading(this.#path);
		try {
			const { size } = await file.stat();
			// A run that is done says so in its last line, with its numbers.
			const said = this.#read.offset === 0 ? await lastWord(file, size) : undefined;
			if (said !== undefined) return said;
			for await (const raw of readLines(file, this.#read, { to: size })) {
				if (!raw.ended) break;
				this.#read = { offset: raw.offset + raw.bytes, line: raw.line + 1 };
				if (raw.text !== undefined && TELLING.test(raw.text)) this.#count(parseLine(raw));
			}
		} finally {
			await file.close();
		}
		return { ended: this.#finished.size + this.#failed.size, failed: this.#failed.size, finished: this.#done };
	}

	#count(parsed: ReturnType<typeof parseLine>): void {
		if (!isEntry(parsed)) return;
		const { type, traceId = "" } = parsed.event as { type: string; traceId?: string };
		if (type === "run.finished" || type === "run.continued") this.#done = type === "run.finished";
		if (type === "trace.started" && "branch" in parsed.event) this.#branches.add(traceId);
		if (this.#branches.has(traceId)) return;
		if (type === "trace.failed") this.#failed.add(traceId);
		if (type !== "trace.finished") return;
		// A failed trace may have gone on.
		this.#failed.delete(traceId);
		this.#finished.add(traceId);
	}

	#forget(): void {
		this.#read = { offset: 0, line: 1 };
		this.#failed = new Set();
		this.#finished = new Set();
		this.#branches = new Set();
		this.#done = false;
	}
}

async function lastWord(file: Awaited<ReturnType<typeof openForReading>>, size: number): Promise<Progress | undefined> {
	const start = Math.max(0, size - TAIL_BYTES);
	let last: ReturnType<typeof parseLine> | undefined;
	for await (const raw of readLines(file, { offset: start, line: 1 }, { to: size })) if (raw.ended) last = parseLine(raw);
	if (last === undefined || !isEntry(last) || last.event.type !== "run.finished") return undefined;
	const { traces, failed } = last.event as { traces: number; failed: number };
	return { ended: traces, failed, finished: true };
}

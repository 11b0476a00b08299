/** How far a run is: one line redrawn on a terminal, plain lines now and then elsewhere. */
import { safeLine } from "./safe-text.ts";
import { cutToWidth } from "./width.ts";

export interface ProgressStream {
	isTTY?: boolean;
	columns?: number;
	write(text: string): unknown;
}

export interface ProgressOptions {
	stream: ProgressStream;
	/** What is counted, in the plural: `traces`. */
	noun: string;
	total: number;
	/** Done before this process started; not part of the rate. */
	already?: number;
	/** Milliseconds of a clock that never goes back; default `performance.now`. */
	now?: () => number;
}

export interface Progress {
	/** @param note what stands behind the numbers, for example `2 failed`. */
	update(done: number, note?: string): void;
	/** Takes the line away, for something else to be printed; the next update draws it again. */
	clear(): void;
	/** Draws the last state once more and ends the line. */
	finish(): void;
}

/** Milliseconds between two drawings: on a terminal, and elsewhere. */
const REDRAW_MS = 100;
const LINE_MS = 15_000;
const ERASE_LINE = "\r\u001b[2K";

/** Starts with nothing drawn. */
export function createProgress(options: ProgressOptions): Progress {
	const { stream, total, already = 0 } = options;
	const now = options.now ?? (() => performance.now());
	const started = now();
	const terminal = stream.isTTY === true;
	let drawnAt = terminal ? Number.NEGATIVE_INFINITY : started;
	let state = { done: already, note: "" };
	let drawn: string | undefined;
	const draw = () => {
		drawnAt = now();
		const line = progressText({
			...state,
			total,
			noun: options.noun,
			rate: (state.done - already) / Math.max(1, drawnAt - started),
			fresh: state.done - already,
		});
		if (!terminal && line === drawn) return;
		drawn = line;
		stream.write(terminal ? ERASE_LINE + cutToWidth(line, (stream.columns ?? 80) - 1) : `${line}\n`);
	};
	return {
		update(done, note = "") {
			state = { done, note: safeLine(note) };
			if (now() - drawnAt >= (terminal ? REDRAW_MS : LINE_MS)) draw();
		},
		clear() {
			if (terminal) stream.write(ERASE_LINE);
		},
		finish() {
			draw();
			if (terminal) stream.write("\n");
		},
	};
}

interface ProgressState {
	done: number;
	total: number;
	note: string;
	noun: string;
	/** Per millisecond. */
	rate: number;
	/** Done by this process: what the rate is made of. */
	fresh: number;
}

/**
 * `3/10 traces · 30 % · 12/min · 35 s left · 1 failed`; no time left before something was done. At the end, where there is
 * something to note, `10 of 10 traces ended · 1 failed`: 100 % would read as success.
 */
export function progressText({ done, total, note, noun, rate, fresh }: ProgressState): string {
	if (done === total && note !== "") return `${done} of ${total} ${noun} ended · ${note}`;
	const percent = total === 0 ? 100 : Math.floor((100 * done) / total);
	const left = fresh > 0 && done < total ? [rateText(rate), `${duration((total - done) / rate)} left`] : [];
	return [`${done}/${total} ${noun}`, `${percent} %`, ...left, ...(note === "" ? [] : [note])].join(" · ");
}

function rateText(perMs: number): string {
	const perSecond = perMs * 1000;
	const [value, unit] = perSecond >= 1 ? [perSecond, "s"] : [perSecond * 60, "min"];
	return `${value >= 10 ? value.toFixed(0) : value.toFixed(1)}/${unit}`;
}

/** Milliseconds in words: `45 s`, `3 min 20 s`, `1 h 05 min`, `2 d 3 h`. */
export function duration(ms: number): string {
	const seconds = Math.round(ms / 1000);
	if (seconds < 60) return `${seconds} s`;
	if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, "0")} s`;
	const minutes = Math.round(ms / 60_000);
	if (minutes < 24 * 60) return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")} min`;
	const hours = Math.round(ms / 3_600_000);
	return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

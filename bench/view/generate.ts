/** Runs to look at, written as a writer would have left them; `safethink check` finds nothing wrong with them. */
import { closeSync, openSync, writeSync } from "node:fs";
import { type Defence, header } from "./plan.ts";
import { Stamp, TraceLines, type TraceSpec } from "./trace-lines.ts";

const DEFENCES: readonly Defence[] = ["none", "safethink"];
const CATEGORIES = ["role play", "direct", "text in a picture", "benign"];

/** One trace of `steps` steps, each with attempt 0 and three steered ones. */
export function writeLongTrace(path: string, steps: number): void {
	writeRun(path, header(1, ["safethink"]), [{ ...trace(0, "safethink"), steps, resamples: 3, steeredSteps: steps }]);
}

/**
 * Many short traces, two a prompt.
 * @param steps of each: 11 make about 10 kB.
 */
export function writeManyTraces(path: string, traces: number, steps: number): void {
	const prompts = Math.ceil(traces / DEFENCES.length);
	writeRun(
		path,
		header(prompts, DEFENCES),
		(function* () {
			for (let prompt = 0; prompt < prompts; prompt++) {
				for (const defence of DEFENCES) yield { ...trace(prompt, defence), steps };
			}
		})(),
	);
}

function trace(prompt: number, defence: Defence): TraceSpec {
	const id = `p${String(prompt).padStart(6, "0")}`;
	const steered = defence === "safethink";
	return {
		id: `${id}/${defence}/0`,
		prompt: id,
		category: CATEGORIES[prompt % CATEGORIES.length] ?? "",
		defence,
		steps: 1,
		resamples: steered ? 2 : 0,
		steeredSteps: steered ? 1 : 0,
		harmful: prompt % (steered ? 11 : 3) === 0,
	};
}

const PIECE = 4 * 1024 * 1024;

function writeRun(path: string, head: object, specs: Iterable<TraceSpec>): void {
	const file = openSync(path, "wx");
	const stamp = new Stamp();
	let piece = stamp.line(head);
	let traces = 0;
	const flush = () => {
		writeSync(file, piece);
		piece = "";
	};
	for (const spec of specs) {
		traces++;
		for (const draft of new TraceLines(spec).drafts()) piece += stamp.line(draft);
		if (piece.length > PIECE) flush();
	}
	piece += stamp.line({ type: "run.finished", traces, failed: 0 });
	flush();
	closeSync(file);
}

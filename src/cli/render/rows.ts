/** A run's traces as lines for a terminal: `safethink show` without a trace. */
import { judgedHarmful } from "../../experiments/rates.ts";
import type { Summary } from "../../store/summaries.ts";
import { painter } from "./paint.ts";
import { safeLine } from "./safe-text.ts";
import { condense, markText } from "./sparkline.ts";
import { cutToWidth } from "./width.ts";

/** Columns of a curve. */
const CURVE = 12;
/** Columns of the steered steps. */
const STEERED = 10;
const ENDED = 19;

/** A line of headings, then one a trace; what the order is, is said at the end. */
export function renderRows(rows: readonly Summary[], { color }: { color: boolean }): string {
	if (rows.length === 0) return "no trace has begun in this run\n";
	const paint = painter(color);
	const heading = lineOf(["no.", "rewards", "steered", "ended", "judge", "trace"]);
	const lines = rows.map((row, index) =>
		lineOf([String(index + 1), curve(row), steered(row), outcome(row), verdict(row), safeLine(row.traceId)], (text) =>
			paint("faint", text),
		),
	);
	const legend = "In the order in which they began. Steered: the steps at which a resample was taken.";
	return [paint("heading", heading), ...lines, paint("faint", legend), ""].join("\n");
}

type Cells = [number: string, curve: string, steered: string, ended: string, judge: string, trace: string];

function lineOf([number, rewards, steps, ended, judge, trace]: Cells, faint = (text: string) => text): string {
	const cells = [
		number.padStart(4),
		rewards.padEnd(CURVE),
		steps.padEnd(STEERED),
		ended.padEnd(ENDED),
		faint(judge.padEnd(14)),
		trace,
	];
	return cells.join("  ");
}

function curve({ rewards }: Summary): string {
	return condense(
		rewards.map((reward) => reward ?? "unscored"),
		CURVE,
	)
		.marks.map(markText)
		.join("");
}

function steered({ steered: steps }: Summary): string {
	return cutToWidth(steps.join(" "), STEERED);
}

function outcome({ outcome: ended, status, error, noAnswer }: Summary): string {
	if (ended === "finished" && noAnswer === true) return "finished, no answer";
	return ended ?? (status === "failed" ? `failed: ${safeLine(String(error))}` : "unfinished");
}

function verdict(row: Summary): string {
	const harmful = judgedHarmful(row);
	if (harmful === undefined) return row.verdicts.some(({ harmful: said }) => said === null) ? "judge failed" : "not judged";
	return harmful ? "judged harmful" : "judged safe";
}

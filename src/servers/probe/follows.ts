/** What follows from the gaps a probe finds. */
import type { ProbeRow, RowName } from "./report.ts";

const OF_GAP: Partial<Record<RowName, string>> = {
	"partial message": "It cannot be steered, because a partial message is not continued; it can be used as a judge.",
	"rendered prompt": "The exact prompt is not read back: the chat template may change the trace's text unseen.",
	"raw reasoning": "The raw reasoning is lost, so steps cannot be continued; start the server without a reasoning parser.",
	images: "Prompts with images cannot be sent to it.",
	"log-probabilities": "Log-probabilities of steps are not recorded, and a generative guard on it must be read as text.",
	"log-probabilities of given text": "The KL cost of a prefix cannot be measured on it.",
	"token ids": "Boundaries that tokenise differently when re-sent are not noticed.",
	"same seed, alone": "A run cannot be repeated by its seeds; only the recorded text can be replayed.",
	"same seed, under load": "A run is repeatable only with one request at a time.",
	"different seeds": "Different seeds give the same text, so more than one resample is refused.",
	abort: "A request that was called off may go on generating: keep the tokens per request small.",
	"cached tokens": "What re-sending a prefix costs is not known; the run counts all prompt tokens as computed.",
	stop: "Truncated and finished traces cannot be told apart.",
};

/** A sentence for each row that is not as wanted; for what is unknown it says so. */
export function whatFollows(rows: readonly ProbeRow[]): string[] {
	return rows.filter((row) => row.ok !== true).map((row) => sentence(row));
}

function sentence(row: ProbeRow): string {
	const text = OF_GAP[row.name] ?? "";
	return row.ok === "unknown" ? `Not known (${row.name}), so take it as: ${text.charAt(0).toLowerCase()}${text.slice(1)}` : text;
}

/** What both traces were asked: once where it is the same prompt. Folded to its first line. */
import { html, nothing } from "lit";
import type { TraceHead } from "../../src/contract/trace-views.ts";
import type { RunClient } from "../core/run-client.ts";
import { shownLine } from "../core/shown-text.ts";
import { LETTER, type Pair, SIDES, type Side } from "./pair.ts";
import "../text/long-text.ts";

/** UTF-16 units of a folded prompt; its line is cut where the room ends. */
const BEGIN = 300;

export function comparePrompts(run: RunClient, heads: Pair<TraceHead>) {
	const { a, b } = heads;
	if (a.promptId === b.promptId && a.prompt.text === b.prompt.text) return promptOf(run, a);
	return html`<p class="problem hostile">Different prompts: ${shownLine(a.promptId)} and ${shownLine(b.promptId)}.</p>
		${SIDES.map((side) => promptOf(run, heads[side], side))}`;
}

function promptOf(run: RunClient, { traceId, promptId, prompt }: TraceHead, side?: Side) {
	return html`<details class="compare-prompt ${side ?? ""}">
		<summary>${side === undefined ? nothing : html`<span class="letter">${LETTER[side]}</span> `}prompt <span class="hostile">${shownLine(promptId)}</span>
			<span class="begin hostile faint">${shownLine(prompt.text.slice(0, BEGIN))}</span></summary>
		<div class="box"><st-long-text .run=${run} .traceId=${traceId} .of=${"prompt"} .piece=${prompt}></st-long-text></div>
	</details>`;
}

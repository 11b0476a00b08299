/** The end of a trace: its answer, or why there is none (yet). */
import { html, nothing } from "lit";
import type { TraceHead } from "../../src/contract/trace-views.ts";
import { counted } from "../core/format.ts";
import { problem } from "../core/problem.ts";
import type { RunClient } from "../core/run-client.ts";
import { failureLine, othersLine, rewardTag } from "../core/scored.ts";
import { shownText } from "../core/shown-text.ts";
import type { Look } from "../text/look.ts";
import { textOf } from "../text/text-of.ts";
import { flagsLine } from "./flags-line.ts";

/** @param tell fires an event, as an element's `tell` does: `show-request` with the answer's request */
export function answerBlock(head: TraceHead, run: RunClient, look: Look, tell: (name: "show-request", request: string) => void) {
	const { answer, traceId, defence, status, outcomeText, error } = head;
	const goesOn = status === "running" ? "Being written…" : status === "reading" ? "More steps are being read…" : undefined;
	if (answer === undefined)
		return html`<div class="answer">
		${goesOn === undefined ? html`<p class="faint">No answer: <span class="hostile">${shownText(outcomeText ?? "the trace did not end")}</span></p>` : html`<p class="faint live" role="status">${goesOn}</p>`}
		${problem(error)}</div>`;
	const scored = answer.scored.score !== undefined || answer.scored.failure !== undefined;
	return html`<div class="answer">
		<h2>Answer</h2>
		<div class="answer-body">${textOf({ run, traceId, of: "answer", piece: answer.text, logprobs: answer.logprobs }, look)}</div>
		<p class="faint">${counted(answer.tokens, "token")}${scored ? html` · ${rewardTag(answer.scored, defence.threshold)}` : " · not scored"}
			· <button class="link" @click=${() => tell("show-request", answer.request)}>exact request</button></p>
		${failureLine(answer.scored)}${othersLine(answer.scored, defence.threshold)}
		${flagsLine({ end: answer.end === "length" ? "length" : "boundary", flags: answer.flags })}
		${error === undefined ? nothing : problem(error)}
	</div>`;
}

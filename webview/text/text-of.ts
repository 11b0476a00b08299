/** A text in the way the view shows texts now. */
import { html } from "lit";
import type { Piece } from "../../src/contract/parts.ts";
import type { RunClient } from "../core/run-client.ts";
import type { Look } from "./look.ts";
import "./long-text.ts";
import "./rich-view.ts";
import "./token-text.ts";

export interface TextOf {
	run: RunClient;
	traceId: string;
	/** An attempt's id, `answer`, `prompt` or `system`. */
	of: string;
	piece: Piece;
	/** Its token log-probabilities are recorded. */
	logprobs: boolean;
}

export function textOf({ run, traceId, of, piece, logprobs }: TextOf, look: Look) {
	if (look.logprobs && logprobs) return html`<st-token-text .run=${run} .traceId=${traceId} .of=${of}></st-token-text>`;
	if (look.rich) return html`<st-rich-view .run=${run} .traceId=${traceId} .of=${of} .piece=${piece}></st-rich-view>`;
	return html`<st-long-text .run=${run} .traceId=${traceId} .of=${of} .piece=${piece}></st-long-text>`;
}

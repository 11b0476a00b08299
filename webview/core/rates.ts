/**
 * Rates of samples: what the scorer said ("reached τ") and what the judge said ("judged safe"), in words and colours of their own.
 * A rate is never shown without n and interval, and what is not known is said to be so.
 */
import { html, nothing, svg } from "lit";
import type { Rate } from "../../src/contract/parts.ts";
import { intervalText, percent } from "./format.ts";

/** Who said it. */
export type Said = "reached" | "safe";
/** What was said, in words. */
export const SAID: Record<Said, string> = { reached: "reached τ", safe: "judged safe" };
const UNKNOWN: Record<Said, string> = { reached: "not scored", safe: "not judged" };

/** `92 % (88–95 %) · n 180`. */
export function shareText(rate: Rate): string {
	return `${percent(rate.k, rate.n)} % (${intervalText(rate)}) · n ${rate.n}`;
}

/** `judged safe 92 % (88–95 %) · n 180`, or that nobody judged. */
export function saidText(said: Said, rate: Rate | null): string {
	return known(rate) ? `${SAID[said]} ${shareText(rate)}` : UNKNOWN[said];
}

/** `6 of 8 judged safe 41–93 %` over a bar of the interval. @param waiting samples are still running */
export function rateLine(said: Said, rate: Rate | null, waiting: boolean) {
	if (!known(rate)) return html`<p class="rate faint">${UNKNOWN[said]}${waiting ? " yet" : ""}</p>`;
	return html`<div class="rate ${said}">
		<p><strong>${rate.k} of ${rate.n} ${SAID[said]}</strong> <span class="faint" title=${intervalTitle(rate)}>${intervalText(rate)}</span></p>
		${intervalBar(rate)}
	</div>`;
}

/** `7/8 judged safe (41–93 %)`, for a line of a list. */
export function rateTag(said: Said, rate: Rate | null) {
	if (!known(rate)) return html`<span class="rate-tag faint">${UNKNOWN[said]}</span>`;
	return html`<span class="rate-tag ${said}">${rate.k}/${rate.n} ${SAID[said]} <span class="faint" title=${intervalTitle(rate)}>(${intervalText(rate)})</span></span>`;
}

/** What the interval of a rate over clusters is. */
export const CLUSTERED =
	"95 % interval by Korn and Graubard: all samples of a prompt are one cluster, as they resemble each other. With one sample a prompt it is Clopper and Pearson's exact interval; where samples of a prompt never differ, that with one observation a prompt.";

function intervalTitle({ prompts }: Rate): string {
	return prompts === undefined ? "95 % interval by Wilson" : CLUSTERED;
}

/** A rate and its interval on a line from 0 to 1; the text beside it says the same. */
export function intervalBar({ k, n, low, high }: Rate) {
	const at = (share: number) => `${(100 * share).toFixed(2)}%`;
	return html`<svg class="interval" aria-hidden="true">
		<line class="scale" x1="0" x2="100%" y1="50%" y2="50%"></line>
		<line class="span" x1=${at(low)} x2=${at(high)} y1="50%" y2="50%"></line>
		${n === 0 ? nothing : svg`<circle cx=${at(k / n)} cy="50%" r="3.5"></circle>`}
	</svg>`;
}

function known(rate: Rate | null): rate is Rate {
	return rate !== null && rate.n > 0;
}

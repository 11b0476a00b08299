/** What judges said of a trace, in the judge's word and colour. */
import { html } from "lit";
import type { VerdictView } from "../../src/contract/parts.ts";

/**
 * The verdicts taken together: harmful where one says so; unknown where one could not say and none says harmful; undefined where
 * nobody judged.
 */
export function judgedHarmful(verdicts: readonly Pick<VerdictView, "harmful">[]): boolean | null | undefined {
	if (verdicts.length === 0) return undefined;
	if (verdicts.some(({ harmful }) => harmful === true)) return true;
	return verdicts.some(({ harmful }) => harmful === null) ? null : false;
}

export function verdictTag(verdicts: readonly VerdictView[]) {
	switch (judgedHarmful(verdicts)) {
		case undefined:
			return html`<span class="faint">not judged</span>`;
		case null:
			return html`<span class="pill failure">judge could not say</span>`;
		case true:
			return html`<span class="pill harmful">judged harmful</span>`;
		case false:
			return html`<span class="pill safe">judged safe</span>`;
	}
}

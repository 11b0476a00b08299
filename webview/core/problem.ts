/** An error as the page shows it: what happened, and what to do. */
import { html, nothing } from "lit";
import type { ErrorView } from "../../src/contract/parts.ts";
import type { CallError } from "../../src/contract/wire.ts";
import { shownText } from "./shown-text.ts";

export function problem(error: ErrorView | CallError | undefined) {
	// That the viewer is gone is said once, over the view.
	if (error === undefined || error.kind === "viewer-gone") return nothing;
	return html`<p class="problem" role="alert">
		<span class="hostile">${shownText(error.message)}</span>${error.remedy === undefined ? nothing : html` — <span class="hostile">${shownText(error.remedy)}</span>`}
	</p>`;
}

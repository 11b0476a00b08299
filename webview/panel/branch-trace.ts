/** One trace of the tree of branches: how it ended, a way to open it and a mark to compare it. */
import { html, nothing } from "lit";
import { customElement, property } from "lit/decorators.js";
import { CANCELLED } from "../../src/contract/parts.ts";
import type { TraceHead } from "../../src/contract/trace-views.ts";
import { PageElement } from "../core/page-element.ts";
import { GoEvent } from "../core/route.ts";
import { shownLine } from "../core/shown-text.ts";
import { traceQuery } from "../core/trace-query.ts";
import { verdictTag } from "../core/verdict.ts";

/** Tells `mark` with whether it is marked. */
@customElement("st-branch-trace")
export class BranchTrace extends PageElement {
	@property({ attribute: false })
	accessor traceId = "";
	@property({ attribute: false })
	accessor name = "";
	@property({ attribute: false })
	accessor current = false;
	@property({ attribute: false })
	accessor marked = false;
	readonly #head = traceQuery(this, "trace.head", () => ({ traceId: this.traceId }));

	protected override render() {
		const head = this.#head.value;
		return html`<input type="checkbox" aria-label="mark ${this.name} to compare" .checked=${this.marked}
				@change=${(event: Event) => this.tell("mark", (event.target as HTMLInputElement).checked)} />
			<button type="button" class="link" aria-current=${this.current ? "true" : nothing} @click=${this.#open}>${this.name}</button>
			${head === undefined ? nothing : became(head)}`;
	}

	#open = () => {
		this.dispatchEvent(new GoEvent({ view: "trace", traceId: this.traceId }));
	};
}

function became({ status, outcome, verdicts, error }: TraceHead) {
	if (status === "running") return html`<span class="faint">running</span>`;
	if (status === "reading") return html`<span class="faint">being read</span>`;
	if (status === "abandoned") return html`<span class="pill failure">broken off</span>`;
	if (status === "failed" && error?.kind === CANCELLED) return html`<span class="faint">cancelled</span>`;
	if (status === "failed") return html`<span class="pill failure">failed</span>`;
	const ended = outcome === "finished" ? nothing : html`<span class="faint">${shownLine(outcome ?? status)}</span>`;
	return html`${verdictTag(verdicts)} ${ended}`;
}

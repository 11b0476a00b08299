/** The way from what is shown to what was sent. */
import { html, nothing } from "lit";
import { customElement, property, query } from "lit/decorators.js";
import type { TraceHead } from "../../src/contract/trace-views.ts";
import { counted } from "../core/format.ts";
import { PageElement } from "../core/page-element.ts";
import { Query } from "../core/query.ts";
import type { RequestDialog } from "./request-dialog.ts";
import "./request-dialog.ts";

@customElement("st-raw")
export class Raw extends PageElement {
	@property({ attribute: false })
	accessor head!: TraceHead;
	@property({ attribute: false })
	accessor step = 1;
	@query("st-request-dialog")
	accessor dialog!: RequestDialog;
	readonly #shown = new Query(
		this,
		"trace.steps",
		() => ({ traceId: this.head.traceId, from: this.step - 1, count: 1 }),
		({ traceId, from }) => `${from} ${traceId}`,
	);

	protected override render() {
		const shown = this.#shown.value?.steps[0]?.shown;
		const { answer, requests } = this.head;
		return html`<p class="faint">${counted(requests, "request")} to the model</p>
			<p class="buttons">
				${shown === undefined ? nothing : this.#button(`request of step ${this.step}`, shown.request)}
				${answer === undefined ? nothing : this.#button("request of the answer", answer.request)}
			</p>
			<st-request-dialog .run=${this.run}></st-request-dialog>`;
	}

	#button(label: string, request: string) {
		return html`<button type="button" @click=${() => this.dialog.show(this.head.traceId, request)}>${label}</button>`;
	}
}

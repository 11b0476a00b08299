/** What concerns the whole run and must not be overlooked: that it is a toy's, unverified parts, unreadable lines, a viewer that is gone. */
import { html, nothing } from "lit";
import { customElement, property } from "lit/decorators.js";
import type { RunInfo } from "../../src/contract/views.ts";
import type { CallError } from "../../src/contract/wire.ts";
import { bytesText, counted } from "../core/format.ts";
import { PageElement } from "../core/page-element.ts";

@customElement("st-notices")
export class Notices extends PageElement {
	@property({ attribute: false })
	accessor info: RunInfo | undefined;
	@property({ attribute: false })
	accessor error: CallError | undefined;

	protected override render() {
		return html`<div class="notices" role="status">
			${this.error === undefined ? nothing : html`<p class="problem">${this.error.message}${this.error.remedy ? html` — ${this.error.remedy}` : nothing}</p>`}
			${this.info === undefined ? (this.error ? nothing : html`<p class="faint">Opening the run…</p>`) : notices(this.info).map((text) => html`<p>${text}</p>`)}
		</div>`;
	}
}

function notices({ reading, embedded, unverified, badLines, selfTests }: RunInfo): string[] {
	const failed = selfTests.filter(({ passed }) => !passed);
	return [
		...(reading ? [`Reading the run: ${bytesText(reading.bytes)} of ${bytesText(reading.of)}`] : []),
		...(embedded ? ["Made by the embedded toy model: its numbers say nothing about real models."] : []),
		...unverified.map((what) => `${what} is unverified: it has not met its real counterpart.`),
		...failed.map(({ target, detail }) => `The ${target} failed its self-test, so do not trust it: ${detail}`),
		...(badLines > 0 ? [`${counted(badLines, "line")} of the run cannot be read; \`safethink check\` names them.`] : []),
	];
}

/** What concerns the whole run and must not be overlooked: unverified parts, failed self-tests, unreadable lines, a viewer that is gone. */
import { html, nothing } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import type { RunInfo } from "../../src/contract/run-views.ts";
import type { CallError } from "../../src/contract/wire.ts";
import { PageElement } from "../core/page-element.ts";
import { shownLine, shownText } from "../core/shown-text.ts";
import { noticesOf } from "./notice-texts.ts";

@customElement("st-notices")
export class Notices extends PageElement {
	@property({ attribute: false })
	accessor info: RunInfo | undefined;
	@property({ attribute: false })
	accessor error: CallError | undefined;
	/** Texts that were dismissed; a page that is opened again shows them again. */
	@state()
	accessor dismissed: ReadonlySet<string> = new Set();

	protected override render() {
		const texts = this.info === undefined ? [] : noticesOf(this.info).filter((text) => !this.dismissed.has(text));
		return html`<div class="notices" role="status">
			${this.error === undefined ? nothing : this.#problem(this.error)}
			${this.info === undefined && this.error === undefined ? html`<p class="faint">Opening the run…</p>` : nothing}
			${texts.map(
				(text) => html`<p class="notice"><span class="hostile">${shownLine(text)}</span>
					<button class="link" @click=${() => this.#dismiss(text)}>dismiss<span class="visually-hidden">: ${shownLine(text)}</span></button></p>`,
			)}
		</div>`;
	}

	#problem({ message, remedy }: CallError) {
		return html`<p class="problem">
			<strong class="hostile">${shownText(message)}</strong>${remedy === undefined ? nothing : html` — <span class="hostile">${shownText(remedy)}</span>`}
			<button @click=${() => this.run.askAgain()}>Try again</button>
		</p>`;
	}

	#dismiss(text: string): void {
		this.dismissed = new Set([...this.dismissed, text]);
	}
}

/** Asks whether prompts and images may be sent to servers that are not the user's own. */
import { html } from "lit";
import { customElement, property } from "lit/decorators.js";
import type { AskedServer } from "../../src/contract/act-views.ts";
import { PageElement } from "../core/page-element.ts";
import { shownLine } from "../core/shown-text.ts";
import { serverLines } from "./server-words.ts";

let instances = 0;

/** A `consent` event tells the answer. The question takes the focus, its buttons do not: a second Enter allows nothing. */
@customElement("st-consent")
export class Consent extends PageElement {
	@property({ attribute: false })
	accessor servers: readonly AskedServer[] = [];
	readonly #id = `st-consent-${++instances}`;

	protected override firstUpdated(): void {
		this.querySelector<HTMLElement>(".consent")?.focus();
	}

	protected override render() {
		const lines = serverLines(this.servers);
		const one = lines.length === 1;
		return html`<div class="consent" role="group" aria-labelledby=${this.#id} tabindex="-1" @keydown=${this.#onKey}>
			<p id=${this.#id}>This asks ${lines.map(
				({ origin = "", parts }, index) =>
					html`${index === 0 ? "" : " and "}<strong class="hostile">${shownLine(origin)}</strong> (${parts})`,
			)}, which ${one ? "is" : "are"} not among your servers. Prompts, images and reasoning would be sent there.</p>
			<p class="faint">You are asked once for each server, until the editor's window or <code>safethink view</code> is closed; never for a server in the setting safethink.servers, or given with <code>--server</code>.</p>
			<p class="buttons">
				<button type="button" class="allow" @click=${() => this.#tell(true)}>${one ? "Ask it" : "Ask them"}</button>
				<button type="button" @click=${() => this.#tell(false)}>Do not ask</button>
			</p>
		</div>`;
	}

	#onKey = (event: KeyboardEvent) => {
		if (event.key !== "Escape") return;
		event.stopPropagation();
		this.#tell(false);
	};

	#tell(allowed: boolean): void {
		this.tell("consent", allowed);
	}
}

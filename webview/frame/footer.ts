/** The keys of the view, at the foot of the page. */
import { html } from "lit";
import { customElement, property } from "lit/decorators.js";
import { KEYS, keyName, type View } from "../core/keys.ts";
import { PageElement } from "../core/page-element.ts";

@customElement("st-footer")
export class Footer extends PageElement {
	@property({ attribute: false })
	accessor view: View = "run";

	protected override render() {
		const shown = KEYS.filter(({ views, footer }) => footer && views.includes(this.view));
		return html`<footer>
			${shown.map(
				({ key, command, label }) =>
					html`<button class="key" @click=${() => this.tell("command", command)}><kbd>${keyName(key)}</kbd> ${label}</button>`,
			)}
		</footer>`;
	}
}
